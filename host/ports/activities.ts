import type {
  AllowedHost,
  ComponentLimits,
  GrantedDir,
  Program,
  SecretPlace,
  StdioTarget,
} from "../core/deployment.ts";
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
  /** Its deployment was replaced: what is kept of it goes with the last attempt that has it. */
  retire(sandbox: Sandbox): void;
  close(): Promise<void>;
}

export interface ActivityAttempt {
  readonly execution: ExecutionId;
  /** From 1. */
  readonly attempt: number;
  readonly component: Digest;
  readonly function: FunctionName;
  readonly params: readonly Json[];
  /** From when its code begins to run. */
  readonly deadlineMs: number;
  /** From `start` on, whatever it waits for; for ever when absent. */
  readonly leftMs?: number;
  /** One object for all attempts of a component: it crosses to a thread once. */
  readonly sandbox: Sandbox;
}

/** What an attempt may use of the machine: the grants of the deployment within the bounds of the operator, with values in
 *  place of names. It holds secrets: it is kept in memory alone, and printed nowhere. */
export interface Sandbox {
  readonly env: readonly (readonly [key: string, value: string])[];
  readonly dirs: readonly GrantedDir[];
  readonly scratch: string | undefined;
  readonly stdin: string;
  readonly stdout: StdioTarget;
  readonly stderr: StdioTarget;
  readonly allowedHosts: readonly AllowedHost[];
  /** What the operator allows; undefined for whatever the deployment does. */
  readonly operatorHosts: readonly AllowedHost[] | undefined;
  readonly secrets: readonly Secret[];
  readonly limits: ComponentLimits;
  /** What runs the attempt when its component has no code. */
  readonly program: Program | undefined;
}

/** A secret of the operator that a component may have sent. */
export interface Secret {
  readonly name: string;
  readonly value: string;
  /** Where the operator lets it go, and in which places of a request: the deployment's own rule must say so too. */
  readonly allowedHosts: readonly AllowedHost[];
  readonly replaceIn: readonly SecretPlace[];
}

export type AttemptEnd = { readonly logs: readonly LogLine[] } & (
  | { readonly kind: "returned"; readonly outcome: { readonly ok: Json } | { readonly err: Json } }
  | { readonly kind: "failed"; readonly reason: AttemptFailure }
);
