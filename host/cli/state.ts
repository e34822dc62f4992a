import type { Command } from "commander";
import { executionOf, reading, readingCommand } from "./options.ts";
import { printJson } from "./output.ts";

export function stateCommand(): Command {
  return readingCommand("state", "Print what a workflow has published last, as JSON")
    .argument("<id>", "the execution")
    .addHelpText("after", "\nExample: stele state --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0")
    .action((id: string, { data, json }: { data: string; json?: boolean }) =>
      reading(data, (reader) => {
        const history = reader.history(executionOf(reader, id).key);
        const state = history.findLast((event) => event.kind === "state-published")?.state;
        if (json === true) printJson({ state: state ?? null });
        else console.log(state === undefined ? "nothing was published" : JSON.stringify(state));
      }),
    );
}
