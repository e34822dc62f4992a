import type { AttemptFailure, Event, Millis } from "../index.ts";
import { failureText } from "./outcome.ts";
import { paint } from "./output.ts";
import { durationText, timeText } from "./text.ts";

/** An attempt at an activity, as `--json` prints it. */
export interface Attempt {
  readonly attempt: number;
  readonly startedAt: Millis;
  /** Null while it is under way. */
  readonly endedAt: Millis | null;
  /** Why it did not count; null for the one under way, and for the last, whose end is the result. */
  readonly failure: AttemptFailure | null;
  /** When the next one was or is due, if there is one after it. */
  readonly retryAt: Millis | null;
}

export function attemptsOf(history: readonly Event[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const event of history) {
    const last = attempts.at(-1);
    if (event.kind === "attempt-started") {
      attempts.push({ attempt: event.attempt, startedAt: event.at, endedAt: null, failure: null, retryAt: null });
    } else if (last?.endedAt === null && event.kind === "attempt-failed") {
      attempts[attempts.length - 1] = {
        ...last,
        endedAt: event.at,
        failure: event.reason,
        retryAt: event.retryAt,
      };
    } else if (last?.endedAt === null && event.kind === "finished") {
      attempts[attempts.length - 1] = { ...last, endedAt: event.at };
    }
  }
  return attempts;
}

/** One row for each attempt. */
export function rowsOfAttempts(attempts: readonly Attempt[], indent: string, now: number): string[][] {
  return attempts.map(({ attempt, startedAt, endedAt, failure, retryAt }) => {
    const took = durationText((endedAt ?? now) - startedAt);
    const began = `began ${timeText(startedAt)}`;
    const why =
      failure === null ? began : `${began}; ${failureText(failure)}; tried again at ${timeText(retryAt ?? now)}`;
    return [`${indent}  attempt ${attempt}`, whatOf(failure, endedAt, took), paint("gray", why)];
  });
}

function whatOf(failure: AttemptFailure | null, endedAt: Millis | null, took: string): string {
  if (failure !== null) return `${failure.kind} in ${took}`;
  return endedAt === null ? `under way for ${took}` : `ended in ${took}`;
}
