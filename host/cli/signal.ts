import { Command } from "commander";
import { parseJson } from "../core/json.ts";
import { HostError, type Json, openHost } from "../index.ts";
import { printJson } from "./output.ts";

export function signalCommand(): Command {
  return new Command("signal")
    .description("Send a JSON value to a channel of a workflow, which receives it when it asks")
    .argument("<id>", "the execution")
    .argument("<channel>", "as the workflow names it")
    .argument("[value]", "JSON", "null")
    .requiredOption("--data <dir>", "the data folder", process.env["STELE_DATA"])
    .option("--json", "print JSON")
    .addHelpText("after", `\nExample: stele signal --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0 approved '{"by": "Ada"}'`)
    .action(signal);
}

async function signal(
  id: string,
  channel: string,
  text: string,
  { data, json }: { data: string; json?: boolean },
): Promise<void> {
  const value = parseValue(text);
  const host = await openHost({ data, dormant: true });
  try {
    await host.signal(id, channel, value);
  } finally {
    await host.close();
  }
  if (json === true) printJson({ id, channel, value });
  else console.log("sent; it is received when the workflow is run next");
}

function parseValue(text: string): Json {
  const value = parseJson("the value", text);
  if (value.ok) return value.value;
  throw new HostError("params-invalid", value.problem, { hint: `a text has quotes of its own: '"yes"'` });
}
