import type { Command } from "commander";
import { type ChangingOptions, changing, changingCommand } from "./changing.ts";
import { printJson } from "./output.ts";
import { jsonArgument } from "./parameters.ts";

export function signalCommand(): Command {
  return changingCommand("signal", "Send a JSON value to a channel of a workflow, which receives it when it asks")
    .argument("<id>", "the execution")
    .argument("<channel>", "as the workflow names it")
    .argument("[value]", "JSON", "null")
    .addHelpText("after", `\nExample: stele signal --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0 approved '{"by": "Ada"}'`)
    .action(signal);
}

async function signal(id: string, channel: string, text: string, { data, json }: ChangingOptions): Promise<void> {
  const value = jsonArgument("the value", text, '"yes"');
  await changing(data, (host) => host.signal(id, channel, value));
  if (json === true) printJson({ id, channel, value });
  else console.log("sent; it is received when the workflow is run next");
}
