import type { AttemptFailure, Difference, ExecutionRow, ExecutionStatus, Outcome } from "../index.ts";
import { paint } from "./output.ts";
import { plain, timeText } from "./text.ts";

/** The exit code that an outcome gives to `stele run`. */
export function exitCodeOf(outcome: Outcome): number {
  if ("ok" in outcome) return 0;
  return "err" in outcome ? 1 : 3;
}

export function outcomeText(outcome: Outcome): string {
  if ("ok" in outcome) return `${paint("green", "ok")} ${plain(JSON.stringify(outcome.ok))}`;
  if ("err" in outcome) return `${paint("red", "err")} ${plain(JSON.stringify(outcome.err))}`;
  return `${paint("red", outcome.failure)} ${plain(outcome.reason)}`;
}

export function failureText({ message, value }: AttemptFailure): string {
  return plain(value === undefined ? message : `${message}: ${JSON.stringify(value)}`);
}

/** A finished execution is said by its outcome, another by its state. */
export function stateText(row: StateOf, now: number): string {
  if (row.status === "finished") return paint(row.outcome === "ok" ? "green" : "red", row.outcome ?? "finished");
  return paint(colours[row.status], waitText(row, now));
}

type StateOf = Pick<ExecutionRow, "status" | "outcome" | "blockedBy" | "wakeAt" | "attempts">;

function waitText({ status, blockedBy, wakeAt, attempts }: StateOf, now: number): string {
  const at = wakeAt === null ? undefined : wakeAt <= now ? "due" : `until ${timeText(wakeAt)}`;
  switch (status) {
    case "pending":
      if (at === undefined) return "pending";
      return attempts === 0 ? `scheduled (${at})` : `waits for its next attempt (${at})`;
    case "locked":
      return "running";
    case "blocked":
      // Whether it waits for the delay itself, the row does not tell: others may be pending in the same set.
      return `waits for ${blockedBy ?? "a response"}${at === undefined ? "" : ` (a delay ${at})`}`;
    case "paused":
    case "cancelling":
    case "finished":
      return status;
  }
}

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
    `  recorded:  ${plain(recorded)}`,
    `  attempted: ${plain(attempted)}`,
  ].join("\n");
}
