import type { AttemptFailure, Difference, ExecutionRow, ExecutionStatus, Outcome } from "../index.ts";
import { paint } from "./output.ts";

/** The exit code that an outcome gives to `stele run`. */
export function exitCodeOf(outcome: Outcome): number {
  if ("ok" in outcome) return 0;
  return "err" in outcome ? 1 : 3;
}

export function outcomeText(outcome: Outcome): string {
  if ("ok" in outcome) return `${paint("green", "ok")} ${JSON.stringify(outcome.ok)}`;
  if ("err" in outcome) return `${paint("red", "err")} ${JSON.stringify(outcome.err)}`;
  return `${paint("red", outcome.failure)} ${outcome.reason}`;
}

export function failureText({ message, value }: AttemptFailure): string {
  return value === undefined ? message : `${message}: ${JSON.stringify(value)}`;
}

/** A finished execution is said by its outcome, another by its state. */
export function stateText(row: Pick<ExecutionRow, "status" | "outcome" | "blockedBy" | "wakeAt">, now: number): string {
  if (row.status === "finished") return paint(row.outcome === "ok" ? "green" : "red", row.outcome ?? "finished");
  const waits =
    row.wakeAt === null ? "" : row.wakeAt <= now ? " (due)" : ` (until ${new Date(row.wakeAt).toISOString()})`;
  if (row.status === "blocked")
    return paint("yellow", row.wakeAt === null ? `waits for ${row.blockedBy ?? "a response"}` : `sleeps${waits}`);
  return paint(colours[row.status], words[row.status] + waits);
}

const words: Record<ExecutionStatus, string> = {
  pending: "pending",
  locked: "running",
  blocked: "blocked",
  paused: "paused",
  cancelling: "cancelling",
  finished: "finished",
};

const colours: Record<ExecutionStatus, "cyan" | "yellow" | "gray"> = {
  pending: "cyan",
  locked: "cyan",
  blocked: "yellow",
  paused: "yellow",
  cancelling: "yellow",
  finished: "gray",
};

export function differenceText({ version, recorded, attempted }: Difference): string {
  return [
    `${paint("red", "differs")} at version ${version}`,
    `  recorded:  ${recorded}`,
    `  attempted: ${attempted}`,
  ].join("\n");
}
