import { Command } from "commander";
import { openHost } from "../index.ts";
import { hostOptions, operatorFile, payloadBytesMax } from "./options.ts";
import { exitCodeOf, outcomeText } from "./outcome.ts";
import { printJson } from "./output.ts";
import { parseParams } from "./parameters.ts";
import { watchProgress } from "./progress.ts";
import { stopOnSignal } from "./signals.ts";

interface Options {
  readonly deployment?: string;
  readonly operator?: string;
  readonly data: string;
  readonly executionId?: string;
  readonly payloadBytesMax?: number;
  readonly json?: boolean;
}

export function runCommand(): Command {
  return new Command("run")
    .description("Run a function to its end on an embedded host; what is unfinished in the folder goes on meanwhile")
    .argument("<function>", "ns:pkg/ifc.fn, or .../ifc.fn where that is unambiguous")
    .argument("[params]", "parameters, as a JSON array in order", "[]")
    .option("-d, --deployment <file>", "the deployment's manifest; by default the one that the folder holds")
    .requiredOption("--data <dir>", "the data folder; made when it is not there", process.env["STELE_DATA"])
    .option("--execution-id <id>", "the id to run under: running the same again waits for the same execution")
    .addOption(operatorFile())
    .addOption(payloadBytesMax())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `\nExit codes: 0 ok, 1 err, 3 platform failure, 2 wrong usage or a world that failed
Example: stele run -d deployment.toml --data ./data .../orders.place '[{"id": "o-1"}]'`,
    )
    .action(run);
}

async function run(functionName: string, text: string, options: Options): Promise<void> {
  const params = parseParams(text);
  const { data, executionId } = options;
  const host = await openHost(hostOptions(options));
  const signals = stopOnSignal(host, data);
  try {
    const id = await host.submit(functionName, params, executionId === undefined ? {} : { executionId });
    const progress = watchProgress(data, id, options.json === true);
    const outcome = await host.result(id).finally(() => progress.stop());
    if (options.json === true) printJson({ id, outcome });
    else console.log(outcomeText(outcome));
    process.exitCode = exitCodeOf(outcome);
  } catch (error) {
    if (!signals.stopping) throw error;
  } finally {
    signals.done();
    await host.close();
  }
}
