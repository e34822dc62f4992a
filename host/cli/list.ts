import type { Command } from "commander";
import { Option } from "commander";
import type { ExecutionRow, ExecutionStatus } from "../index.ts";
import { reading, readingCommand, wholeNumber } from "./options.ts";
import { printJson } from "./output.ts";
import { outcomeColumn } from "./rows.ts";
import { columns, fit, timeText } from "./text.ts";

interface Options {
  readonly data: string;
  readonly json?: boolean;
  readonly status?: ExecutionStatus;
  readonly limit: number;
  readonly children?: boolean;
}

export function listCommand(): Command {
  return readingCommand("list", "List executions, the newest first")
    .addOption(
      new Option("--status <status>", "only those in this state").choices([
        "pending",
        "locked",
        "blocked",
        "paused",
        "cancelling",
        "finished",
      ]),
    )
    .option("--limit <n>", "at most so many", wholeNumber, 50)
    .option("--children", "children too, not only top-level executions")
    .addHelpText("after", "\nExample: stele list --data ./data --status blocked")
    .action((options: Options) =>
      reading(options.data, (reader) => {
        const { limit, status, children } = options;
        const rows = reader.executions({
          limit,
          ...(status !== undefined && { status }),
          ...(children !== undefined && { children }),
        });
        if (options.json === true) printJson(rows);
        else if (rows.length > 0) console.log(listText(rows, Date.now()));
        else console.log("no executions");
      }),
    );
}

export function listText(rows: readonly ExecutionRow[], now: number): string {
  return columns([
    ["ID", "CREATED", "STATE", "FUNCTION"],
    ...rows.map((row) => [row.id, timeText(row.createdAt), outcomeColumn(row, now), row.function]),
  ])
    .split("\n")
    .map((line) => fit(line))
    .join("\n");
}
