/** Appends to a journal behind a noted disk, through hosts one after the other, and says for each commit how many there have
 *  been, and which events it had: `node recorded.ts DIR LOG FIRST HOSTS TURNS FAILING`, FIRST being the number before that of the first commit. When a
 *  host's sync of number FAILING has failed, or all is done, it says "over" and waits to be killed. */
import { writeSync } from "node:fs";
import { constants } from "node:os";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { commit, Variety } from "../crash/variety.ts";
import { disk } from "./disk.ts";
import { eventsIn } from "./events-in.ts";

const [dir = "", log = "", first, hosts, turns, failing] = process.argv.slice(2);
disk.note(dir, log);
let commits = Number(first);

/** Leaves the journal open when it fails. */
async function runHost(): Promise<void> {
  const journal = openJournal({ dir, now: () => Date.now() as Millis });
  const variety = new Variety(journal);
  // A commit that failed may be there all the same.
  say(commits, eventsIn(dir));
  for (let turn = 0; turn < Number(turns); turn++) {
    const events = await commit(journal, variety.units(turn));
    disk.mark(++commits);
    say(commits, events);
  }
  journal.close();
}

function say(acknowledged: number, events: readonly string[]): void {
  writeSync(1, `${JSON.stringify({ acknowledged, events })}\n`);
}

try {
  for (let host = 0; host < Number(hosts); host++) {
    disk.fail(dir, "sync", Number(failing), constants.errno.EIO, 1);
    await runHost();
  }
} catch (error) {
  if ((error as { readonly code?: string }).code !== "journal-io") throw error;
}
disk.stop();
writeSync(1, "over\n");
setInterval(() => undefined, 1_000_000);
