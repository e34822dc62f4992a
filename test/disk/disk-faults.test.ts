/** Every write and every sync of a piece of work fails once: half written, or not at all. What was acknowledged is there when the
 *  disk is well again, the file is sound, and the work ended with an error that says what was wrong, if it ended.
 *  `STELE_FAULTS=all npx vitest run test/disk/disk-faults` tries full disks, and disks that stay broken, too. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noteProof } from "../support/proof.ts";
import { startBehindDisk } from "./disk.ts";
import type { Trial } from "./failing.ts";

const all = process.env["STELE_FAULTS"] === "all";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stele-faults-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a write or sync that fails loses nothing that was acknowledged", { timeout: 600_000 }, async () => {
  const work = startBehindDisk(folder, new URL("./failing.ts", import.meta.url), folder, all ? "all" : "once");
  await work.ended();
  const [whole, ...trials] = work.lines.map((line) => JSON.parse(line) as Trial);
  expect(whole?.ended).toBeNull();
  expect(whole?.acknowledged).toBeGreaterThan(0);
  for (const trial of trials) {
    expect(trial, trial.what).toMatchObject({ lost: [], problem: null });
    expect([null, "journal-io", "journal-full"], trial.what).toContain(trial.ended);
    if (trial.ended === null) expect(trial.acknowledged, trial.what).toBe(whole?.acknowledged);
  }
  const ended = trials.filter(({ ended }) => ended !== null).length;
  // Some were met by nobody: a commit was safe before the log was moved into the database.
  expect(ended).toBeGreaterThan(trials.length / 4);
  expect(ended).toBeLessThan(trials.length);
  noteProof("writes and syncs that failed", { faults: trials.length, ended });
});
