import type { Command } from "commander";
import type { Event, ExecutionRow, JournalReader, Outcome } from "../index.ts";
import { executionOf, reading, readingCommand } from "./options.ts";
import { outcomeText } from "./outcome.ts";
import { paint, printJson } from "./output.ts";
import { outcomeColumn } from "./rows.ts";
import { columns, fit, timeText } from "./text.ts";

/** An execution with its children, as `--json` prints it. */
export interface Tree extends ExecutionRow {
  readonly result: Outcome | null;
  /** Why each attempt that did not count failed. */
  readonly failedAttempts: readonly Extract<Event, { kind: "attempt-failed" }>[];
  readonly children: readonly Tree[];
}

export function showCommand(): Command {
  return readingCommand("show", "Show an execution and the tree of its children")
    .argument("<id>", "the execution")
    .addHelpText("after", "\nExample: stele show --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0")
    .action((id: string, options: { data: string; json?: boolean }) =>
      reading(options.data, (reader) => {
        const tree = treeOf(reader, executionOf(reader, id));
        if (options.json === true) printJson(tree);
        else console.log(showText(tree, Date.now()));
      }),
    );
}

export function treeOf(reader: JournalReader, row: ExecutionRow): Tree {
  const history = reader.history(row.key);
  const children = history.flatMap((event) => {
    const child = event.kind === "child-submitted" ? reader.execution(event.childKey) : undefined;
    return child === undefined ? [] : [treeOf(reader, child)];
  });
  const last = history.at(-1);
  return {
    ...row,
    result: last?.kind === "finished" ? last.outcome : null,
    failedAttempts: history.filter((event) => event.kind === "attempt-failed"),
    children,
  };
}

export function showText(tree: Tree, now: number): string {
  const head = columns([
    ["id", tree.id],
    ["function", tree.function],
    ["component", tree.component],
    ["created", timeText(tree.createdAt)],
    ["state", outcomeColumn(tree, now)],
    ...(tree.result === null ? [] : [["result", outcomeText(tree.result)]]),
  ]);
  const children = columns(branches(tree, "", now));
  return [head, ...(children === "" ? [] : ["", children])]
    .join("\n")
    .split("\n")
    .map((line) => fit(line))
    .join("\n");
}

function branches(tree: Tree, indent: string, now: number): string[][] {
  return tree.children.flatMap((child, i) => {
    const last = i === tree.children.length - 1;
    const own = child.id.slice(tree.id.length + 1);
    const failed = child.failedAttempts.at(-1)?.reason.message;
    const why = child.result === null || "ok" in child.result ? (failed ?? "") : outcomeText(child.result);
    return [
      [`${indent}${last ? "└─" : "├─"} ${own}`, outcomeColumn(child, now), paint("gray", why)],
      ...branches(child, `${indent}${last ? "   " : "│  "}`, now),
    ];
  });
}
