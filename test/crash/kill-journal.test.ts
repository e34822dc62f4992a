import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { noteProof } from "../support/proof.ts";
import { historiesIn } from "../support/rig.ts";
import { eventDigest } from "./event-digest.ts";
import { Speaker } from "./speaker.ts";

/** Appenders are killed for so long; `STELE_KILL_SECONDS=60 npx vitest run test/crash/kill-journal` goes on for longer. */
const killingMs = Number(process.env["STELE_KILL_SECONDS"] ?? 8) * 1_000;
/** The longest that one lives after it has begun to append. */
const lifeMsMax = 200;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "stele-kill-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("whatever the moment of a kill, what was acknowledged is there, and every chain is whole", {
  timeout: killingMs + 60_000,
}, async () => {
  const acknowledged: (readonly [string, number, string])[] = [];
  let before: ReadonlyMap<ExecutionId, readonly Event[]> = new Map();
  let kills = 0;
  const endsAt = performance.now() + killingMs;
  while (performance.now() < endsAt) {
    const appender = Speaker.start(new URL("./appender.ts", import.meta.url), dir);
    await appender.saidLines(1);
    const lifeMs = Math.random() * lifeMsMax;
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    await appender.kill();
    kills++;
    for (const line of appender.lines) {
      const [id = "", version, digest = ""] = line.split(" ");
      acknowledged.push([id, Number(version), digest]);
    }

    const histories = historiesIn(dir); // throws when anything is wrong with the file
    const where = `after kill ${kills}, ${lifeMs.toFixed(1)} ms after the first acknowledgement`;
    for (const [id, version, digest] of acknowledged) {
      const event = histories.get(id as ExecutionId)?.[version];
      if (event === undefined) expect.fail(`${where}: ${id} version ${version} is gone`);
      if (eventDigest(event) !== digest) expect.fail(`${where}: ${id} version ${version} is another event`);
    }
    for (const [id, history] of before)
      expect(histories.get(id)?.slice(0, history.length), `${where}: ${id} was changed`).toEqual(history);
    before = histories;
  }
  noteProof("kills of an appender", { kills, "events acknowledged": acknowledged.length });
  expect(kills).toBeGreaterThan(3);
  expect(acknowledged.length).toBeGreaterThan(kills);
});
