import type { RetryPolicy } from "../core/deployment.ts";
import type { AttemptFailure, Outcome } from "../core/event.ts";
import type { Millis } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { backoffMs, giveUpAt, shouldRetry } from "../core/retry.ts";
import { isPermanent } from "../core/wit/signature.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { LogLine } from "../ports/journal.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Executions } from "./executions.ts";
import type { ShardLimits } from "./limits.ts";
import type { Live } from "./live.ts";
import { admissible } from "./payload.ts";

export interface AttemptEndsParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly executions: Executions;
  readonly limits: ShardLimits;
}

/** What the end of an attempt means for its activity: a result that counts, or another attempt. */
export class AttemptEnds {
  readonly #parts: AttemptEndsParts;
  readonly #again: (live: Live, at: Millis | null) => void;

  /** `again` makes another attempt possible, at that time; null stands for now. */
  constructor(parts: AttemptEndsParts, again: (live: Live, at: Millis | null) => void) {
    this.#parts = parts;
    this.#again = again;
  }

  returned(live: Live, outcome: { ok: Json } | { err: Json }, logs: readonly LogLine[]): void {
    const admitted = admissible(outcome, this.#parts.limits.payloadBytesMax);
    if ("failure" in admitted) this.failed(live, { kind: "too-large", message: admitted.reason }, logs);
    else if ("ok" in outcome) this.#parts.executions.end(live, outcome, logs);
    else this.failed(live, { kind: "err", message: "the activity returned an err", value: outcome.err }, logs);
  }

  /** Retries, or makes the last attempt's failure the activity's result. */
  failed(live: Live, reason: AttemptFailure, logs: readonly LogLine[]): void {
    const { catalogue, clock, entropy, executions } = this.#parts;
    const { function: name } = live.fold.row;
    const { retry } = catalogue.policy(name);
    const attempt = live.fold.attempts;
    const permanent = reason.value !== undefined && isPermanent(catalogue.resultType(name), reason.value);
    if (!shouldRetry(retry, attempt, reason.kind, permanent)) {
      executions.end(live, finalOutcome(reason, `attempt ${attempt}, the last`), logs);
      return;
    }
    // Losing a host says nothing against the activity.
    const waitMs = reason.kind === "host-lost" ? 0 : backoffMs(retry, attempt, entropy.fraction());
    const retryAt = (clock.now() + waitMs) as Millis;
    if (retryAt >= giveUpAt(retry, live.fold.readyAt)) {
      executions.end(live, finalOutcome(reason, `attempt ${attempt}, the last: ${usedUp(retry)}`), logs);
      return;
    }
    const event = executions.next(live, { kind: "attempt-failed", attempt, reason, retryAt });
    executions.commit([{ live, events: [event], logs }]);
    this.#again(live, waitMs === 0 ? null : retryAt);
  }

  /** Whether the total time of an activity is used up, its waits included. */
  isOverdue({ fold }: Live): boolean {
    return giveUpAt(this.#parts.catalogue.policy(fold.function).retry, fold.readyAt) <= this.#parts.clock.now();
  }

  /** Ends an activity that is overdue while no attempt is under way, with what its last attempt came to. */
  gaveUp(live: Live): void {
    const { attempts, failure, function: name } = live.fold;
    const { retry } = this.#parts.catalogue.policy(name);
    const outcome: Outcome =
      failure === undefined
        ? { failure: "timed-out", reason: `${usedUp(retry)} before its first attempt` }
        : finalOutcome(failure, `attempt ${attempts}, the last: ${usedUp(retry)}`);
    this.#parts.executions.end(live, outcome);
  }
}

function usedUp({ totalMs }: RetryPolicy): string {
  return `the total time of ${totalMs} ms is used up`;
}

function finalOutcome(reason: AttemptFailure, which: string): Outcome {
  const after = `${reason.message} (${which})`;
  switch (reason.kind) {
    case "err":
      return { err: reason.value ?? null };
    case "timed-out":
    case "out-of-fuel":
      return { failure: reason.kind, reason: after };
    case "lease-lost":
      return { failure: "timed-out", reason: after };
    case "trap":
    case "host-lost":
    case "too-large":
    case "failed":
      return { failure: "uncategorized", reason: after };
  }
}
