import { Command } from "commander";
import { openHost } from "../index.ts";
import { printState } from "./changing.ts";
import { hostOptions, operatorFile, payloadBytesMax } from "./options.ts";
import { parseParams } from "./parameters.ts";
import { parseTime } from "./start-time.ts";

interface Options {
  readonly deployment?: string;
  readonly operator?: string;
  readonly data: string;
  readonly executionId?: string;
  readonly at?: number;
  readonly payloadBytesMax?: number;
  readonly json?: boolean;
}

export function submitCommand(): Command {
  return new Command("submit")
    .description("Submit a function for the next host on the folder to run (`stele resume`, or a program of yours)")
    .argument("<function>", "ns:pkg/ifc.fn, or .../ifc.fn where that is unambiguous")
    .argument("[params]", "parameters, as a JSON array in order", "[]")
    .option("-d, --deployment <file>", "the deployment's manifest; by default the one that the folder holds")
    .requiredOption("--data <dir>", "the data folder; made when it is not there", process.env["STELE_DATA"])
    .option("--at <time>", "not to be run before: 2030-01-31T09:00:00Z, +90s, +5m, +2h, +1d", parseTime)
    .option("--execution-id <id>", "the id to run under: submitting the same again changes nothing")
    .addOption(operatorFile())
    .addOption(payloadBytesMax())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples: stele submit -d deployment.toml --data ./data .../orders.place '[{"id": "o-1"}]'
          stele submit --data ./data --at +2h .../orders.remind '["o-1"]'`,
    )
    .action(submit);
}

async function submit(functionName: string, text: string, options: Options): Promise<void> {
  const params = parseParams(text);
  const { executionId, at } = options;
  const host = await openHost({ ...hostOptions(options), dormant: true });
  let id: string;
  try {
    id = await host.submit(functionName, params, {
      ...(executionId !== undefined && { executionId }),
      ...(at !== undefined && { startAt: at }),
    });
  } finally {
    await host.close();
  }
  await printState(options, id);
}
