import type { Command } from "commander";
import type { AttemptFailure, DelayId, Event, ExecutionRow, JournalReader, Millis, Outcome } from "../index.ts";
import { executionOf, reading, readingCommand } from "./options.ts";
import { failureText, outcomeText } from "./outcome.ts";
import { paint, printJson } from "./output.ts";
import { outcomeColumn } from "./rows.ts";
import { columns, durationText, fit, timeText } from "./text.ts";

/** An execution with its children and delays, as `--json` prints it. */
export interface Tree extends ExecutionRow {
  readonly result: Outcome | null;
  readonly failedAttempts: readonly FailedAttempt[];
  /** An attempt that a worker outside has claimed; each of its heartbeats renews the lease. */
  readonly claimed: Claimed | null;
  readonly delays: readonly Delay[];
  readonly children: readonly Tree[];
}

export interface Claimed {
  readonly attempt: number;
  readonly claimedAt: Millis;
  readonly leaseMs: number;
}

export interface Delay {
  readonly id: DelayId;
  readonly dueAt: Millis;
  readonly state: "pending" | "expired" | "cancelled";
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
    claimed: claimed(history),
    delays: delays(history),
    children,
  };
}

function claimed(history: readonly Event[]): Claimed | null {
  const last = history.findLast(({ kind }) => kind !== "paused" && kind !== "unpaused");
  if (last?.kind !== "attempt-started" || last.leaseMs === undefined) return null;
  return { attempt: last.attempt, claimedAt: last.at, leaseMs: last.leaseMs };
}

function delays(history: readonly Event[]): readonly Delay[] {
  const delays = new Map<DelayId, Delay>();
  for (const event of history) {
    if (event.kind === "delay-submitted") {
      delays.set(event.delay, { id: event.delay, dueAt: event.dueAt, state: "pending" });
    } else if (event.kind === "delay-expired" || event.kind === "delay-cancelled") {
      const delay = delays.get(event.delay);
      if (delay !== undefined) {
        delays.set(event.delay, { ...delay, state: event.kind === "delay-expired" ? "expired" : "cancelled" });
      }
    }
  }
  return [...delays.values()];
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
  // Those that have expired are in the history, and here they would hide the rest.
  const shown = tree.delays.filter(({ state }) => state !== "expired");
  const rows = shown.map(({ id, dueAt, state }, i) => [
    `${indent}${i + 1 === shown.length && tree.children.length === 0 ? "└─" : "├─"} ${id.slice(tree.id.length + 1)}`,
    state === "pending" ? `delay (${dueAt <= now ? "due" : `until ${timeText(dueAt)}`})` : `delay, ${state}`,
    paint("gray", id),
  ]);
  const children = tree.children.flatMap((child, i) => {
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
  return [...rows, ...children];
}

function tries({ failedAttempts: failed, claimed: claim }: Tree, indent: string): string[][] {
  const rows = failed.map(({ attempt, startedAt, failedAt, reason, retryAt }) => [
    `${indent}  attempt ${attempt}`,
    `${reason.kind} in ${durationText(failedAt - startedAt)}`,
    paint("gray", `${failureText(reason)}; tried again at ${timeText(retryAt)}`),
  ]);
  if (claim === null) return rows;
  const what = `a worker's since ${timeText(claim.claimedAt)}, under a lease of ${durationText(claim.leaseMs)}`;
  return [...rows, [`${indent}  attempt ${claim.attempt}`, "claimed", paint("gray", what)]];
}
