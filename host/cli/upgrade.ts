import type { Command } from "commander";
import { type ChangingOptions, changing, changingCommand } from "./changing.ts";
import { differenceText } from "./outcome.ts";
import { printJson } from "./output.ts";

interface Options extends ChangingOptions {
  readonly digest: string;
}

export function upgradeCommand(): Command {
  return changingCommand(
    "upgrade",
    "Take a workflow execution to another component, if its history replays against that",
  )
    .argument("<id>", "the execution")
    .requiredOption("--digest <digest>", "the component, one that the folder holds: `stele list --json` shows digests")
    .addHelpText(
      "after",
      `\nExit code 1 when the history does not replay: the first difference is printed, and nothing has changed
Example: stele upgrade --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0 --digest sha256:4f0c…`,
    )
    .action(upgrade);
}

async function upgrade(id: string, { digest, data, json }: Options): Promise<void> {
  const difference = await changing(data, (host) => host.upgrade(id, digest));
  if (json === true) printJson({ id, digest, difference: difference ?? null });
  else if (difference === undefined) console.log(`${id} goes on with ${digest}`);
  else console.log(differenceText(difference));
  if (difference !== undefined) process.exitCode = 1;
}
