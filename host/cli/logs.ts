import type { Command } from "commander";
import type { LogLevel, LogLine } from "../index.ts";
import { executionOf, reading, readingCommand } from "./options.ts";
import { paint, printJson } from "./output.ts";
import { columns, plain, timeText } from "./text.ts";

export function logsCommand(): Command {
  return readingCommand("logs", "Print what an execution has logged, attempt by attempt")
    .argument("<id>", "the execution")
    .addHelpText("after", "\nExample: stele logs --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0.o:1-charge_1")
    .action((id: string, options: { data: string; json?: boolean }) =>
      reading(options.data, (reader) => {
        const lines = reader.logs(executionOf(reader, id).key);
        if (options.json === true) printJson(lines);
        else console.log(lines.length === 0 ? "nothing was logged" : logsText(lines));
      }),
    );
}

const colours: Record<LogLevel, "red" | "yellow" | "green" | "gray"> = {
  error: "red",
  stderr: "red",
  warn: "yellow",
  info: "green",
  stdout: "green",
  debug: "gray",
  trace: "gray",
};

export function logsText(lines: readonly LogLine[]): string {
  return columns(
    lines.map(({ attempt, at, level, message }) => [
      timeText(at),
      ...(attempt === 0 ? [] : [`#${attempt}`]),
      paint(colours[level], level),
      plain(message),
    ]),
  );
}
