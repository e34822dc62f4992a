import type { Command } from "commander";
import type { DelayId, Event, ExecutionRow, JournalReader, Millis, Outcome } from "../index.ts";
import { type Attempt, attemptsOf, rowsOfAttempts } from "./attempts.ts";
import { type ActivityInForce, activityRows, InForce, waitsText } from "./in-force.ts";
import { executionOf, reading, readingCommand } from "./options.ts";
import { outcomeText } from "./outcome.ts";
import { paint, printJson } from "./output.ts";
import { outcomeColumn } from "./rows.ts";
import { columns, durationText, fit, timeText } from "./text.ts";

/** An execution with its children and delays, as `--json` prints it. */
export interface Tree extends ExecutionRow {
  readonly result: Outcome | null;
  readonly attemptsMade: readonly Attempt[];
  /** How an activity is run; null for anything else. */
  readonly activity: ActivityInForce | null;
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

export function showCommand(): Command {
  return readingCommand("show", "Show an execution and the tree of its children")
    .argument("<id>", "the execution")
    .addHelpText("after", "\nExample: stele show --data ./data E_01K42AJA8QHD7D3GTJAYMASFY0")
    .action((id: string, options: { data: string; json?: boolean }) =>
      reading(options.data, (reader) => {
        const now = Date.now();
        const tree = treeOf(reader, executionOf(reader, id), now);
        if (options.json === true) printJson(tree);
        else console.log(showText(tree, now));
      }),
    );
}

export function treeOf(reader: JournalReader, row: ExecutionRow, now: number): Tree {
  return subtreeOf(reader, row, new InForce(reader, now));
}

function subtreeOf(reader: JournalReader, row: ExecutionRow, inForce: InForce): Tree {
  const history = reader.history(row.key);
  const children = history.flatMap((event) => {
    const child = event.kind === "child-submitted" ? reader.execution(event.childKey) : undefined;
    return child === undefined ? [] : [subtreeOf(reader, child, inForce)];
  });
  const last = history.at(-1);
  return {
    ...row,
    result: last?.kind === "finished" ? last.outcome : null,
    attemptsMade: attemptsOf(history),
    activity: inForce.of(row),
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

export function showText(tree: Tree, now: number): string {
  const head = columns([
    ["id", tree.id],
    ["function", tree.function],
    ["component", tree.component],
    ["created", timeText(tree.createdAt)],
    ["state", outcomeColumn(tree, now)],
    ...(tree.result === null ? [] : [["result", outcomeText(tree.result)]]),
    ...(tree.activity === null ? [] : activityRows(tree.activity, tree.attempts)),
  ]);
  const below = columns([...attemptRows(tree, "", now), ...branches(tree, "", now)]);
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
      ...attemptRows(child, below, now),
      ...branches(child, below, now),
    ];
  });
  return [...rows, ...children];
}

/** A child's only attempt is in its state already. */
function attemptRows(tree: Tree, indent: string, now: number): string[][] {
  const isPlain = indent !== "" && tree.attemptsMade.every(({ failure }) => failure === null);
  const own = isPlain ? [] : tree.attemptsMade.filter(({ attempt }) => attempt !== tree.claimed?.attempt);
  return [...rowsOfAttempts(own, indent, now), ...claimRow(tree, indent), ...waitRow(tree, indent)];
}

function claimRow({ claimed: claim }: Tree, indent: string): string[][] {
  if (claim === null) return [];
  const what = `a worker's since ${timeText(claim.claimedAt)}, under a lease of ${durationText(claim.leaseMs)}`;
  return [[`${indent}  attempt ${claim.attempt}`, "claimed", paint("gray", what)]];
}

/** What it waits for, where its state doesn't say so already. */
function waitRow({ attempts, activity }: Tree, indent: string): string[][] {
  if (activity === null || activity.waits === null || activity.waits.for === "start") return [];
  return [[`${indent}  attempt ${attempts + 1}`, "waits", paint("gray", waitsText(activity))]];
}
