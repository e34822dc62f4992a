import type { Command } from "commander";
import { type Cut, checkJournal, cutsOf, type JournalProblem } from "../index.ts";
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
      const cuts = cutsOf(options.data);
      if (options.json === true) printJson({ sound: problems.length === 0, problems, cuts });
      else report(options.data, problems, cuts);
      if (problems.length > 0) process.exitCode = 1;
    });
}

function report(folder: string, problems: readonly JournalProblem[], cuts: readonly Cut[]): void {
  const { length } = problems;
  for (const { message } of problems) console.log(`${paint("red", "problem:")} ${plain(message)}`);
  if (length > 0) console.log(`${length} problem${length === 1 ? "" : "s"} in ${folder}`);
  else console.log(`${paint("green", "sound")}: ${folder}`);
  for (const cut of cuts) console.log(cutLine(cut));
}

function cutLine({ at, frames }: Cut): string {
  const when = new Date(at).toISOString();
  return `note: the host that was started ${when} cut an unfinished commit of ${frames} page${frames === 1 ? "" : "s"} off the log: nobody had been promised anything of it`;
}
