/** Runs one piece of work on a journal again and again, each time with another write or sync of it failing, and says what came
 *  of it: `node failing.ts FOLDER [all]`. A line of JSON for each; with `all` also for failures that don't end, and full disks. */
import { mkdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { commit, Variety } from "../crash/variety.ts";
import { disk } from "./disk.ts";
import { eventsIn } from "./events-in.ts";

export interface Trial {
  readonly what: string;
  /** Of the HostError that the work ended with; anything else that it threw. Null when it came to its end. */
  readonly ended: string | null;
  readonly acknowledged: number;
  /** Acknowledged events that are not there when the disk is well again. */
  readonly lost: readonly string[];
  /** What a check of the journal says then, and what it throws. */
  readonly problem: string | null;
}

const [folder = "", all] = process.argv.slice(2);
const dir = join(folder, "data");
const once = 1;
const forEver = 1_000_000_000;
/** In place of an error's number: half of what was to be written is, and that is what is answered. */
const halfOnly = 0;

/** Two hosts, one after the other. Gives the events that were acknowledged, also when it throws. */
async function work(acknowledged: string[]): Promise<void> {
  for (let host = 0; host < 2; host++) {
    const journal = openJournal({ dir, now: () => Date.now() as Millis });
    try {
      const variety = new Variety(journal);
      for (let turn = 1; turn <= 6; turn++) acknowledged.push(...(await commit(journal, variety.units(turn))));
    } finally {
      journal.close();
    }
  }
}

async function trial(what: "write" | "sync", n: number, error: number, times: number): Promise<Trial> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const acknowledged: string[] = [];
  let ended: string | null = null;
  disk.fail(dir, what, n, error, times);
  try {
    await work(acknowledged);
  } catch (thrown) {
    const { name, code } = thrown as { readonly name?: string; readonly code?: string };
    ended = name === "HostError" ? String(code) : String(thrown);
  }
  disk.count(join(folder, "count"));
  disk.stop();
  return {
    what: `${what} ${n}, error ${error}, ${times === once ? "once" : "for ever"}`,
    ended,
    acknowledged: acknowledged.length,
    ...afterwards(acknowledged),
  };
}

function afterwards(acknowledged: readonly string[]): Pick<Trial, "lost" | "problem"> {
  try {
    openJournal({ dir, now: () => Date.now() as Millis }).close();
    const there = new Set(eventsIn(dir));
    return { lost: acknowledged.filter((event) => !there.has(event)), problem: null };
  } catch (error) {
    return { lost: [], problem: String(error) };
  }
}

const say = (result: Trial) => writeSync(1, `${JSON.stringify(result)}\n`);

say(await trial("write", 0, halfOnly, once));
const [writes = 0, syncs = 0] = readFileSync(join(folder, "count"), "utf8").split(" ").map(Number);
const { ENOSPC, EIO } = constants.errno;
const kinds = all === "all" ? [once, forEver] : [once];
const errors = all === "all" ? [ENOSPC, EIO, halfOnly] : [EIO, halfOnly];
for (const times of kinds) {
  for (let n = 1; n <= writes; n++) for (const error of errors) say(await trial("write", n, error, times));
  for (let n = 1; n <= syncs; n++) say(await trial("sync", n, EIO, times));
}
