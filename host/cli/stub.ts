import type { Command } from "commander";
import { type ChangingOptions, changing, changingCommand, printState } from "./changing.ts";
import { jsonArgument } from "./parameters.ts";

export function stubCommand(): Command {
  return changingCommand("stub", "Write the result of a stub or external activity; the first one stands")
    .argument("<id>", "the activity's execution")
    .argument("<result>", `as JSON: '{"ok": …}' or '{"err": …}'`)
    .addHelpText(
      "after",
      `\nExample: stele stub --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0.o:1-approve_1 '{"ok": "granted"}'`,
    )
    .action(async (id: string, text: string, options: ChangingOptions) => {
      const result = jsonArgument("the result", text, '{"ok": "granted"}');
      await changing(options.data, (host) => host.stub(id, result));
      await printState(options, id);
    });
}
