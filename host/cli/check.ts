import type { Command } from "commander";
import { checkJournal } from "../index.ts";
import { readingCommand } from "./options.ts";
import { paint, printJson } from "./output.ts";
import { plain } from "./text.ts";

export function checkCommand(): Command {
  return readingCommand(
    "check",
    "Check a data folder: SQLite's own check, hash chains, states against histories, blobs, components",
  )
    .addHelpText("after", "\nExit codes: 0 sound, 1 problems were found\nExample: stele check --data ./data")
    .action((options: { data: string; json?: boolean }) => {
      const problems = [...checkJournal(options.data)];
      if (options.json === true) printJson({ sound: problems.length === 0, problems });
      else if (problems.length === 0) console.log(`${paint("green", "sound")}: ${options.data}`);
      else {
        for (const { message } of problems) console.log(`${paint("red", "problem:")} ${plain(message)}`);
        console.log(`${problems.length} problem${problems.length === 1 ? "" : "s"} in ${options.data}`);
      }
      if (problems.length > 0) process.exitCode = 1;
    });
}
