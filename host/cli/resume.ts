import { Command } from "commander";
import { openHost, openReader } from "../index.ts";
import { printJson } from "./output.ts";
import { stopOnSignal } from "./signals.ts";

interface Options {
  readonly deployment?: string;
  readonly data: string;
  readonly json?: boolean;
}

export function resumeCommand(): Command {
  return new Command("resume")
    .description("Finish everything that is unfinished in a data folder, then stop")
    .option("-d, --deployment <file>", "the deployment's manifest; by default the one that the folder holds")
    .requiredOption("--data <dir>", "the data folder", process.env["STELE_DATA"])
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: stele resume --data ./data")
    .action(resume);
}

async function resume({ deployment, data, json }: Options): Promise<void> {
  openReader(data).close(); // there must be something to resume
  const host = await openHost({ data, ...(deployment !== undefined && { deployment }) });
  const signals = stopOnSignal(host, data);
  try {
    const unfinished = await host.unfinished();
    if (json !== true) console.log(unfinished === 0 ? "nothing is unfinished" : `${unfinished} unfinished, going on`);
    await host.idle();
    if (json === true) printJson({ resumed: unfinished });
    else if (unfinished > 0) console.log("all finished");
  } catch (error) {
    if (!signals.stopping) throw error;
  } finally {
    signals.done();
    await host.close();
  }
}
