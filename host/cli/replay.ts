import type { Command } from "commander";
import { type ReplayReport, replayExecution } from "../index.ts";
import { readingCommand } from "./options.ts";
import { differenceText } from "./outcome.ts";
import { paint, printJson } from "./output.ts";

export function replayCommand(): Command {
  return readingCommand(
    "replay",
    "Replay a workflow against the component that it belongs to, as the journal stores it",
  )
    .argument("<id>", "the execution")
    .addHelpText(
      "after",
      "\nExit codes: 0 it matches, 1 it differs\nExample: stele replay --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0",
    )
    .action(async (id: string, options: { data: string; json?: boolean }) => {
      const report = await replayExecution(options.data, id);
      if (options.json === true) printJson(report);
      else console.log(replayText(report));
      if (report.kind === "diverged") process.exitCode = 1;
    });
}

export function replayText(report: ReplayReport): string {
  if (report.kind === "matches") {
    return `${paint("green", "matches")}: ${report.events} events${report.outcome === undefined ? ", not finished yet" : ""}`;
  }
  return differenceText(report);
}
