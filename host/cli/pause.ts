import type { Command } from "commander";
import { type ChangingOptions, changing, changingCommand, printState } from "./changing.ts";

export function pauseCommand(): Command {
  return changingCommand("pause", "Let nothing of an execution be run until it is unpaused; its children go on")
    .argument("<id>", "the execution")
    .addHelpText("after", "\nExample: stele pause --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0")
    .action(async (id: string, options: ChangingOptions) => {
      await changing(options.data, (host) => host.pause(id));
      await printState(options, id);
    });
}
