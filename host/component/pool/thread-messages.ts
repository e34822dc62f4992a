import type { Digest, FunctionName } from "../../core/ids.ts";
import type { Json } from "../../core/json.ts";
import type { AttemptEnd, Sandbox } from "../../ports/activities.ts";
import type { PreparedComponent } from "../component.ts";
import type { PoolLimits } from "./limits.ts";

/** Names one start of one attempt: an attempt that is started again gets another. From 1. */
export type RunNumber = number;

export interface AttemptStart {
  readonly run: RunNumber;
  readonly attempt: number;
  readonly component: Digest;
  readonly function: FunctionName;
  readonly params: readonly Json[];
  readonly deadlineMs: number;
  readonly sandbox: SandboxNumber;
}

/** Names a sandbox that the thread has been given. From 1. */
export type SandboxNumber = number;

/** What the attempts which follow may use. */
export interface NewSandbox {
  readonly number: SandboxNumber;
  readonly sandbox: Sandbox;
}

/** A component that the attempts which follow may be of. */
export interface NewComponent {
  readonly digest: Digest;
  readonly prepared: PreparedComponent;
}

/** To a thread, in order, all of one turn of the event loop in one array, as JSON text. */
export type ToThread =
  | { readonly kind: "start"; readonly start: AttemptStart }
  | { readonly kind: "cancel"; readonly run: RunNumber }
  /** Nothing that follows has it. */
  | { readonly kind: "forget"; readonly sandbox: SandboxNumber }
  | { readonly kind: "ping" };

/** From a thread, likewise. */
export type FromThread =
  | { readonly kind: "ended"; readonly run: RunNumber; readonly end: AttemptEnd }
  /** What was cancelled is gone. */
  | { readonly kind: "stopped"; readonly run: RunNumber }
  | { readonly kind: "pong" };

/** How a thread is set up. */
export interface ThreadSetup {
  readonly limits: PoolLimits;
  /** The thread's place among the others, from 0. */
  readonly number: number;
  /** What guests use of memory: `memoryCounters`. */
  readonly memory: Int32Array<SharedArrayBuffer>;
  /** A folder of the thread's own, made when it is needed, for those of attempts. */
  readonly scratchDir: string | undefined;
  /** The first element names the run whose guest has the thread, 0 for none: it can be read while the guest spins. The
   *  second names the last one that had it. */
  readonly current: Int32Array<SharedArrayBuffer>;
}
