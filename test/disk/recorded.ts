/** Appends to a journal behind a noted disk, through several hosts, and says for each commit which events it had:
 *  `node recorded.ts DIR LOG HOSTS TURNS`. */
import { writeSync } from "node:fs";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { commit, Variety } from "../crash/variety.ts";
import { disk } from "./disk.ts";

const [dir = "", log = "", hosts, turns] = process.argv.slice(2);
disk.note(dir, log);
let commits = 0;
for (let host = 0; host < Number(hosts); host++) {
  const journal = openJournal({ dir, now: () => Date.now() as Millis });
  const variety = new Variety(journal);
  for (let turn = 0; turn < Number(turns); turn++) {
    const events = await commit(journal, variety.units(turn));
    disk.mark(++commits);
    writeSync(1, `${JSON.stringify(events)}\n`);
  }
  journal.close();
}
disk.stop();
