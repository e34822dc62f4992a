import type { AllowedHost } from "../../core/deployment.ts";
import type { Digest, FunctionName } from "../../core/ids.ts";
import type { PreparedComponent } from "../component.ts";
import type { PoolLimits } from "./limits.ts";

/** Names one start of one attempt: an attempt that is started again gets another. From 1. */
export type RunNumber = number;

export interface AttemptStart {
  readonly run: RunNumber;
  readonly attempt: number;
  readonly component: Digest;
  readonly function: FunctionName;
  /** JSON text, which crosses between threads faster than a structured clone. */
  readonly params: string;
  readonly deadlineMs: number;
  readonly allowedHosts: readonly AllowedHost[];
}

/** To a thread, in order, all of one turn of the event loop in one array. */
export type ToThread =
  | { readonly kind: "component"; readonly digest: Digest; readonly prepared: PreparedComponent }
  | { readonly kind: "start"; readonly start: AttemptStart }
  | { readonly kind: "cancel"; readonly run: RunNumber }
  | { readonly kind: "ping" };

/** From a thread, likewise. */
export type FromThread =
  /** `end` is an AttemptEnd as JSON text. */
  | { readonly kind: "ended"; readonly run: RunNumber; readonly end: string }
  /** What was cancelled is gone. */
  | { readonly kind: "stopped"; readonly run: RunNumber }
  | { readonly kind: "pong" };

/** How a thread is set up. */
export interface ThreadSetup {
  readonly limits: PoolLimits;
  /** The first element names the run whose guest has the thread, 0 for none: it can be read while the guest spins. */
  readonly current: Int32Array<SharedArrayBuffer>;
}
