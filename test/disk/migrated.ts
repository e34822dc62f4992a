/** Leaves a journal of an older format, then opens it as a host does, behind a noted disk: `node migrated.ts DIR LOG VERSION`.
 *  Marks 1 when the old journal is there, 2 when it has been brought up to date. Says "over" and waits to be killed. */
import { writeSync } from "node:fs";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { restoreFormat } from "../support/format.ts";
import { disk } from "./disk.ts";

const [dir = "", log = "", version] = process.argv.slice(2);
disk.note(dir, log);
restoreFormat(Number(version), dir);
disk.mark(1);
const journal = openJournal({ dir, now: () => Date.now() as Millis });
disk.mark(2);
journal.close();
disk.stop();
writeSync(1, "over\n");
setInterval(() => undefined, 1_000_000);
