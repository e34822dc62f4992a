/** What a power failure leaves of a journal, made from what a host wrote: whatever the disk kept of what was not synced,
 *  all that was acknowledged is there, and nothing that was not written.
 *  `STELE_IMAGES=3000 STELE_SIM_SEED=7 npx vitest run test/disk/crash-images` makes more of them. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Millis } from "../../host/core/ids.ts";
import { cutsOf } from "../../host/inspect.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { commit, Variety } from "../crash/variety.ts";
import { Chance } from "../sim/chance.ts";
import { noteProof } from "../support/proof.ts";
import { historiesIn } from "../support/rig.ts";
import { startBehindDisk } from "./disk.ts";
import { eventsIn } from "./events-in.ts";
import { type Fate, fates, Recording } from "./recording.ts";

const images = Number(process.env["STELE_IMAGES"] ?? 300);
const seed = Number(process.env["STELE_SIM_SEED"] ?? 1);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stele-images-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a journal may hold. */
interface State {
  /** Commits in it that were. */
  readonly acknowledged: number;
  readonly events: ReadonlySet<string>;
}

interface Run {
  readonly recording: Recording;
  readonly states: readonly State[];
}

/** Processes one after the other, each with so many hosts of so many commits, and killed when it is through or the sync of this
 *  number has failed. */
async function run(processes: number, hosts: number, turns: number, failing: number): Promise<Run> {
  const data = join(folder, "data");
  mkdirSync(data);
  const logs: string[] = [];
  const states: State[] = [{ acknowledged: 0, events: new Set() }];
  for (let n = 0; n < processes; n++) {
    const log = join(folder, `log-${n}`);
    logs.push(log);
    const script = new URL("./recorded.ts", import.meta.url);
    const numbers = [states.at(-1)?.acknowledged, hosts, turns, failing].map(String);
    const recorded = startBehindDisk(folder, script, data, log, ...numbers);
    await recorded.said("over");
    await recorded.kill();
    for (const line of recorded.lines.slice(0, -1)) {
      const { acknowledged, events } = JSON.parse(line) as { acknowledged: number; events: readonly string[] };
      states.push({ acknowledged, events: new Set([...(states.at(-1)?.events ?? []), ...events]) });
    }
  }
  return { recording: new Recording(logs), states };
}

test.each<[what: string, processes: number, hosts: number, turns: number, failing: number, of: number]>([
  ["power failures", 1, 3, 40, 0, 0.8],
  ["power failures after syncs that failed", 6, 1, 12, 11, 0.2],
])(
  "%s lose nothing that was acknowledged, and leave whole commits only",
  { timeout: 60_000 + images * 500 },
  async (what, processes, hosts, turns, failing, of) => {
    const { recording, states } = await run(processes, hosts, turns, failing);
    const count = Math.ceil(images * of);
    let cut = 0;
    let beyond = 0;
    for (let n = 0; n < count; n++) {
      const chance = new Chance(seed + n);
      const end = chance.below(recording.length + 1);
      const fate = fates[n % fates.length] as Fate;
      const dir = join(folder, `image-${n}`);
      mkdirSync(dir);
      for (const [name, bytes] of recording.image(end, fate, chance)) writeFileSync(join(dir, name), bytes);
      const acknowledged = recording.marked(end);
      const where = `${what}, STELE_SIM_SEED=${seed + n} (${fate}, before entry ${end}, ${acknowledged} commits acknowledged)`;
      const unfinished = framesBehindLastCommit(dir);
      const kept = await keptCommits(dir, states, where);
      expect(kept, `${where}: commits that are there`).toBeGreaterThanOrEqual(acknowledged);
      if (unfinished !== undefined) {
        expect(cutsOf(dir)[0]?.frames ?? 0, `${where}: pages that were cut`).toBe(unfinished);
        if (unfinished > 0) cut++;
      }
      if (kept > acknowledged) beyond++;
      if (n % 10 === 0) historiesIn(dir); // throws when anything is wrong with the file
      rmSync(dir, { recursive: true });
    }
    if (images >= 300) expect(cut, "unfinished commits").toBeGreaterThan(0);
    noteProof(what, { images: count, cut, beyond });
  },
);

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

/** How many commits are there, once a host has opened the journal and gone on. */
async function keptCommits(dir: string, states: Run["states"], where: string): Promise<number> {
  const journal = openedAt(dir, where);
  const events = eventsIn(dir);
  const state = states.findLast((each) => each.events.size === events.length);
  expect(state, `${where}: ${events.length} events are no whole commits`).toBeDefined();
  expect(
    events.every((event) => state?.events.has(event)),
    `${where}: there are other events`,
  ).toBe(true);
  const more = new Variety(journal);
  for (let turn = 0; turn < 3; turn++) await commit(journal, more.units(turn));
  journal.close();
  return state?.acknowledged ?? -1;
}

function openedAt(dir: string, where: string): ReturnType<typeof openJournal> {
  try {
    return openJournal({ dir, now: () => Date.now() as Millis });
  } catch (error) {
    throw new Error(`${where}: the journal can't be opened`, { cause: error });
  }
}
