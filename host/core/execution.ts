import type { FailureKind } from "./event.ts";
import type { Digest, ExecutionId, ExecutionKey, FunctionName, JoinSetId, Millis } from "./ids.ts";

export type ExecutionStatus = "pending" | "locked" | "blocked" | "paused" | "cancelling" | "finished";

/** What is known of an execution without reading its history. Derived: it must equal the fold over that history. */
export interface ExecutionRow {
  readonly key: ExecutionKey;
  readonly id: ExecutionId;
  readonly parent: ExecutionKey | null;
  readonly function: FunctionName;
  readonly component: Digest;
  readonly status: ExecutionStatus;
  /** The join set that it waits for while blocked. */
  readonly blockedBy: JoinSetId | null;
  /** When it goes on without anyone's doing: a retry or the earliest pending delay. */
  readonly wakeAt: Millis | null;
  readonly createdAt: Millis;
  readonly finishedAt: Millis | null;
  readonly outcome: "ok" | "err" | FailureKind | null;
  /** Attempts started; 0 for a workflow. */
  readonly attempts: number;
  /** The version that the next event takes, which is also the history's length. */
  readonly nextVersion: number;
}
