import type { Command } from "commander";
import { type ChangingOptions, changing, changingCommand, printState } from "./changing.ts";
import { printJson } from "./output.ts";

interface Options extends ChangingOptions {
  readonly reason?: string;
}

export function cancelCommand(): Command {
  return changingCommand(
    "cancel",
    "Cancel an execution with its delays, activities and cancellable children, or one delay",
  )
    .argument("<id>", "the execution (E_…) or the delay (D_…)")
    .option("--reason <text>", "why, for whoever reads the result")
    .addHelpText(
      "after",
      `
What has finished stays as it is. Other children are waited for: \`stele resume\` runs them to their end.
Examples: stele cancel --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0 --reason "ordered twice"
          stele cancel --data ./data D_01K42AJA8QHD7D3GTJAYMASFY0.n:reminder_1`,
    )
    .action(cancel);
}

async function cancel(id: string, options: Options): Promise<void> {
  const cancelled = await changing(options.data, (host) => host.cancel(id, options.reason));
  if (!id.startsWith("D_")) await printState(options, id);
  else if (options.json === true) printJson({ id, cancelled });
  else console.log(cancelled ? `${id} cancelled` : `${id} was over already`);
}
