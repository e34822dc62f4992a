import { unreachable } from "./assert.ts";
import type { RetryPolicy } from "./deployment.ts";
import type { AttemptFailure } from "./event.ts";
import type { Millis } from "./ids.ts";

/** How long to wait after the attempt of this number (from 1) before the next, for a `fraction` drawn uniformly from
 *  [0, 1). Exponential with equal jitter: `b = min(backoffMaxMs, backoffMs · 2^(attempt − 1))`, then uniform in
 *  [b / 2, b), so that a wait is never nothing and those who failed together do not come back together (M. Brooker,
 *  "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). */
export function backoffMs(policy: RetryPolicy, attempt: number, fraction: number): number {
  // 2^52 ms are beyond any cap; without a bound the power could be infinite, and 0 · ∞ is not a number.
  const doubled = policy.backoffMs * 2 ** Math.min(attempt - 1, 52);
  const backoff = Math.min(policy.backoffMaxMs, doubled);
  return Math.floor(backoff / 2 + (fraction * backoff) / 2);
}

/** Whether an activity is tried again after the attempt of this number, from 1, has failed.
 *  `permanent` says that its err is final by its own name. */
export function shouldRetry(
  policy: RetryPolicy,
  attempt: number,
  failure: AttemptFailure["kind"],
  permanent: boolean,
): boolean {
  switch (failure) {
    case "err":
      return !permanent && attempt <= policy.retriesMax;
    case "trap":
    case "timed-out":
    case "out-of-fuel":
    case "host-lost":
    case "failed":
    case "lease-lost":
      return attempt <= policy.retriesMax;
    case "too-large":
      // The next result would be as large.
      return false;
    default:
      return unreachable(failure);
  }
}

/** When an activity that could first run at `readyAt` must have ended: no attempt begins then or later, and one that is
 *  under way is ended. */
export function giveUpAt({ totalMs = Number.POSITIVE_INFINITY }: RetryPolicy, readyAt: Millis): Millis {
  return (readyAt + totalMs) as Millis;
}
