import type { Millis } from "../core/ids.ts";

/** The longest that a timer of Node's takes: 24 days. No deadline is kept beyond it; a wait is made of several. */
export const timerMsMax = 2 ** 31 - 1;

export interface Clock {
  now(): Millis;
  /** Calls `fire` once, not before `at`, in a later turn of the event loop. Returns what cancels it. */
  at(at: Millis, fire: () => void): () => void;
}
