import type { Millis } from "../core/ids.ts";

export interface Clock {
  now(): Millis;
  /** Calls `fire` once, not before `at`, in a later turn of the event loop. Returns what cancels it. */
  at(at: Millis, fire: () => void): () => void;
}
