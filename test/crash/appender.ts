/** Appends to the journal of a folder for as long as it lives, and says what it was promised to be durable. */
import { writeSync } from "node:fs";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { commit, Variety } from "./variety.ts";

const journal = openJournal({ dir: process.argv[2] ?? "", now: () => Date.now() as Millis });
const variety = new Variety(journal);
for (let turn = 0; ; turn++) {
  const events = await commit(journal, variety.units(turn));
  writeSync(1, events.map((event) => `${event}\n`).join(""));
}
