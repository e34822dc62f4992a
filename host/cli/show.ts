import type { Command } from "commander";
import type { AttemptFailure, Event, ExecutionRow, JournalReader, Millis, Outcome } from "../index.ts";
import { executionOf, reading, readingCommand } from "./options.ts";
import { failureText, outcomeText } from "./outcome.ts";
import { paint, printJson } from "./output.ts";
import { outcomeColumn } from "./rows.ts";
import { columns, durationText, fit, timeText } from "./text.ts";

/** An execution with its children, as `--json` prints it. */
export interface Tree extends ExecutionRow {
  readonly result: Outcome | null;
  readonly failedAttempts: readonly FailedAttempt[];
  readonly children: readonly Tree[];
}

/** An attempt that did not count, why, and when the next one was or is due. */
export interface FailedAttempt {
  readonly attempt: number;
  readonly startedAt: Millis;
  readonly failedAt: Millis;
  readonly reason: AttemptFailure;
  readonly retryAt: Millis;
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
    failedAttempts: failedAttempts(history),
    children,
  };
}

function failedAttempts(history: readonly Event[]): readonly FailedAttempt[] {
  return history.flatMap((event, i) => {
    const started = history[i - 1];
    if (event.kind !== "attempt-failed" || started === undefined) return [];
    const { attempt, at, reason, retryAt } = event;
    return [{ attempt, startedAt: started.at, failedAt: at, reason, retryAt }];
  });
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
  const below = columns([...tries(tree, ""), ...branches(tree, "", now)]);
  return [head, ...(below === "" ? [] : ["", below])]
    .join("\n")
    .split("\n")
    .map((line) => fit(line))
    .join("\n");
}

function branches(tree: Tree, indent: string, now: number): string[][] {
  return tree.children.flatMap((child, i) => {
    const last = i === tree.children.length - 1;
    const below = `${indent}${last ? "   " : "│  "}`;
    const own = child.id.slice(tree.id.length + 1);
    const result = child.result === null || "ok" in child.result ? "" : outcomeText(child.result);
    return [
      [`${indent}${last ? "└─" : "├─"} ${own}`, outcomeColumn(child, now), paint("gray", result)],
      ...tries(child, below),
      ...branches(child, below, now),
    ];
  });
}

function tries({ failedAttempts: failed }: Tree, indent: string): string[][] {
  return failed.map(({ attempt, startedAt, failedAt, reason, retryAt }) => [
    `${indent}  attempt ${attempt}`,
    `${reason.kind} in ${durationText(failedAt - startedAt)}`,
    paint("gray", `${failureText(reason)}; tried again at ${timeText(retryAt)}`),
  ]);
}
