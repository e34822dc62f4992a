import type { Command } from "commander";
import { type ChangingOptions, changing, changingCommand, printState } from "./changing.ts";

export function unpauseCommand(): Command {
  return changingCommand("unpause", "Let a paused execution go on with the next host on the folder")
    .argument("<id>", "the execution")
    .addHelpText("after", "\nExample: stele unpause --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0")
    .action(async (id: string, options: ChangingOptions) => {
      const unfinished = await changing(options.data, (host) => host.unpause(id));
      if (unfinished && options.json !== true) console.log(`${id} goes on with the next host on the folder`);
      else await printState(options, id);
    });
}
