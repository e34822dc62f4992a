/** What a power failure leaves of a journal, made from what a host wrote: whatever the disk kept of what was not synced,
 *  all that was acknowledged is there, and nothing that was not written.
 *  `STELE_IMAGES=3000 STELE_SIM_SEED=7 npx vitest run test/disk/crash-images` makes more of them. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Millis } from "../../host/core/ids.ts";
import { cutsOf } from "../../host/inspect.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { eventDigest } from "../crash/event-digest.ts";
import { commit, Variety } from "../crash/variety.ts";
import { Chance } from "../sim/chance.ts";
import { noteProof } from "../support/proof.ts";
import { historiesIn } from "../support/rig.ts";
import { startBehindDisk } from "./disk.ts";
import { type Fate, fates, Recording } from "./recording.ts";

const images = Number(process.env["STELE_IMAGES"] ?? 300);
const seed = Number(process.env["STELE_SIM_SEED"] ?? 1);

let folder: string;
let recording: Recording;
/** For each number of commits, from none, all events that they made. */
const states: ReadonlySet<string>[] = [new Set()];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stele-images-"));
  mkdirSync(join(folder, "data"));
  const log = join(folder, "log");
  const recorded = startBehindDisk(
    folder,
    new URL("./recorded.ts", import.meta.url),
    join(folder, "data"),
    log,
    "3",
    "40",
  );
  await recorded.ended();
  for (const line of recorded.lines)
    states.push(new Set([...(states.at(-1) ?? []), ...(JSON.parse(line) as readonly string[])]));
  recording = new Recording(log);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test(`${images} power failures lose nothing that was acknowledged, and leave whole commits only`, {
  timeout: 60_000 + images * 500,
}, async () => {
  let cut = 0;
  let beyond = 0;
  for (let n = 0; n < images; n++) {
    const chance = new Chance(seed + n);
    const end = chance.below(recording.length + 1);
    const fate = fates[n % fates.length] as Fate;
    const dir = join(folder, `image-${n}`);
    mkdirSync(dir);
    for (const [name, bytes] of recording.image(end, fate, chance)) writeFileSync(join(dir, name), bytes);
    const acknowledged = recording.marked(end);
    const where = `STELE_SIM_SEED=${seed + n} STELE_IMAGES=1 (${fate}, before entry ${end}, ${acknowledged} commits acknowledged)`;
    const unfinished = framesBehindLastCommit(dir);
    const kept = await expectWholeCommits(dir, acknowledged, where);
    if (unfinished !== undefined) {
      expect(cutsOf(dir)[0]?.frames ?? 0, `${where}: pages that were cut`).toBe(unfinished);
      if (unfinished > 0) cut++;
    }
    if (kept > acknowledged) beyond++;
    if (n % 10 === 0) historiesIn(dir); // throws when anything is wrong with the file
    rmSync(dir, { recursive: true });
  }
  if (images >= 100) expect([cut, beyond], "commits that were cut, and such that were kept unasked").not.toContain(0);
  noteProof("power failures", { images, cut, beyond });
});

/** As SQLite itself reads a copy of the log; undefined when it reads none of it. */
function framesBehindLastCommit(dir: string): number | undefined {
  const wal = join(dir, "journal.sqlite-wal");
  if (!existsSync(wal)) return undefined;
  const copy = join(dir, "copy");
  mkdirSync(copy);
  for (const name of ["journal.sqlite", "journal.sqlite-wal"]) copyFileSync(join(dir, name), join(copy, name));
  const db = new Database(join(copy, "journal.sqlite"));
  const [state] = db.pragma("wal_checkpoint(passive)") as { log: number }[];
  db.close();
  rmSync(copy, { recursive: true });
  const read = state?.log ?? 0;
  if (read <= 0) return undefined;
  const bytes = readFileSync(wal);
  const salt = bytes.toString("hex", 16, 24);
  let frames = 0;
  for (let at = 32; at + 4_120 <= bytes.length; at += 4_120)
    if (bytes.toString("hex", at + 8, at + 16) === salt) frames++;
  return frames - read;
}

/** Gives how many commits are there. */
async function expectWholeCommits(dir: string, acknowledged: number, where: string): Promise<number> {
  const journal = openedAt(dir, where);
  const events = new Set(
    [...historiesIn(dir)].flatMap(([id, history]) =>
      history.map((event) => `${id} ${event.version} ${eventDigest(event)}`),
    ),
  );
  const kept = states.findIndex((state) => state.size === events.size);
  expect(kept, `${where}: ${events.size} events are no whole commits`).toBeGreaterThanOrEqual(acknowledged);
  expect(
    [...events].every((event) => states[kept]?.has(event)),
    `${where}: there are other events`,
  ).toBe(true);
  // And it goes on from there.
  const more = new Variety(journal);
  for (let turn = 0; turn < 3; turn++) await commit(journal, more.units(turn));
  journal.close();
  return kept;
}

function openedAt(dir: string, where: string): ReturnType<typeof openJournal> {
  try {
    return openJournal({ dir, now: () => Date.now() as Millis });
  } catch (error) {
    throw new Error(`${where}: the journal can't be opened`, { cause: error });
  }
}
