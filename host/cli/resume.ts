import { Command } from "commander";
import { openHost, openReader } from "../index.ts";
import { awaitedFromOutside } from "./awaited.ts";
import { hostOptions, operatorFile, payloadBytesMax } from "./options.ts";
import { printJson } from "./output.ts";
import { stopOnSignal } from "./signals.ts";

interface Options {
  readonly deployment?: string;
  readonly operator?: string;
  readonly data: string;
  readonly payloadBytesMax?: number;
  readonly json?: boolean;
}

/** What is still unfinished then may wait for somebody who doesn't know it. */
const noticeAfterMs = 2_000;
const noticeMax = 10;

export function resumeCommand(): Command {
  return new Command("resume")
    .description("Finish everything that is unfinished in a data folder, then stop")
    .option("-d, --deployment <file>", "the deployment's manifest; by default the one that the folder holds")
    .requiredOption("--data <dir>", "the data folder", process.env["STELE_DATA"])
    .addOption(operatorFile())
    .addOption(payloadBytesMax())
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: stele resume --data ./data")
    .action(resume);
}

async function resume(options: Options): Promise<void> {
  const { data, json } = options;
  const unfinished = unfinishedIn(data); // before the host is there: some end as soon as it is open
  const host = await openHost(hostOptions(options));
  const signals = stopOnSignal(host, data);
  try {
    if (json !== true) console.log(unfinished === 0 ? "nothing is unfinished" : `${unfinished} unfinished, going on`);
    const notice = setTimeout(() => tellAwaited(data), noticeAfterMs);
    await host.idle().finally(() => clearTimeout(notice));
    if (json === true) printJson({ resumed: unfinished });
    else if (unfinished > 0) console.log("all finished");
  } catch (error) {
    if (!signals.stopping) throw error;
  } finally {
    signals.done();
    await host.close();
  }
}

function unfinishedIn(data: string): number {
  const reader = openReader(data);
  try {
    return reader.unfinishedCount();
  } finally {
    reader.close();
  }
}

function tellAwaited(data: string): void {
  const reader = openReader(data);
  try {
    const lines = awaitedFromOutside(reader);
    for (const line of lines.slice(0, noticeMax)) console.error(line);
    if (lines.length > noticeMax) console.error(`and ${lines.length - noticeMax} more wait for somebody outside`);
  } finally {
    reader.close();
  }
}
