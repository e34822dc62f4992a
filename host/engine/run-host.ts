import type { Continuation, Difference, Outcome } from "../core/event.ts";
import type { ExecutionId, Millis } from "../core/ids.ts";
import type { Intent, IntentEvent } from "../core/intent.ts";
import type { MemoryAccount } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";

export type RunEnd =
  | { readonly kind: "finished"; readonly outcome: Outcome }
  | ({ readonly kind: "continued" } & Continuation)
  /** It waits; nothing of the run is left but the journal. */
  | { readonly kind: "suspended" | "stopped" | "history-ends" }
  | ({ readonly kind: "diverged" } & Difference);

/** What a run needs of the world around it. */
export interface RunHost {
  /** Makes a fresh intent a fact: appends its event and returns it. Responses that follow at once are delivered before. */
  record(intent: Intent): IntentEvent;
  /** The outcome as it may be recorded: a result that is too large is a failure. */
  admit(outcome: Outcome): Outcome;
  /** Whether a guest should give up its instance while it waits, for a delay until `dueAt` or else for a child. */
  parks(dueAt: Millis | undefined): boolean;
  /** One of the guest's log lines, counted from 0; lines of an earlier run come again with the same index. */
  log(index: number, at: Millis, level: LogLevel, message: string): void;
  /** One that nobody in the world has. */
  newExecutionId(): ExecutionId;
  /** How many tries may be answered that nothing is there yet. */
  readonly pollsMax: number;
  /** What the hot runs use together. It never says no: a guest could tell. */
  readonly memory: MemoryAccount;
  /** The guest has computed for some milliseconds: undefined when it may go on, or a promise to be waited for. */
  turn(): Promise<void> | undefined;
  /** Calls `again` after a while that grows with the number of polls in a row; returns what cancels it. */
  poll(inARow: number, again: () => void): () => void;
}
