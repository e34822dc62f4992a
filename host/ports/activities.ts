import type { AllowedHost } from "../core/deployment.ts";
import type { AttemptFailure } from "../core/event.ts";
import type { Digest, ExecutionId, FunctionName } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import type { LogLine } from "./journal.ts";

/** Runs attempts of activities, away from the shard's thread. */
export interface Activities {
  /** Starts one attempt. `ended` is called once, in a later turn. */
  start(attempt: ActivityAttempt, ended: (end: AttemptEnd) => void): void;
  /** Stops a running attempt; `ended` is not called for it any more. */
  cancel(attempt: ActivityAttempt): void;
  close(): Promise<void>;
}

export interface ActivityAttempt {
  readonly execution: ExecutionId;
  /** From 1. */
  readonly attempt: number;
  readonly component: Digest;
  readonly function: FunctionName;
  readonly params: readonly Json[];
  readonly deadlineMs: number;
  readonly allowedHosts: readonly AllowedHost[];
}

export type AttemptEnd = { readonly logs: readonly LogLine[] } & (
  | { readonly kind: "returned"; readonly outcome: { readonly ok: Json } | { readonly err: Json } }
  | { readonly kind: "failed"; readonly reason: AttemptFailure }
);
