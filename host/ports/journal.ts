import type { ComponentKind } from "../core/deployment.ts";
import type { Event } from "../core/event.ts";
import type { ExecutionRow, ExecutionStatus } from "../core/execution.ts";
import type { Digest, ExecutionId, ExecutionKey, Millis, Position } from "../core/ids.ts";

/** The store of all histories of one shard. All calls run to their end at once. What was appended is visible
 *  to every later read of the same journal: a read of an execution with events in the open batch commits
 *  the batch first, a read of any other leaves it open. */
export interface Journal {
  /** Taken anew at each open; an append under an older epoch is refused. */
  readonly epoch: number;

  /** Takes the changes into the open batch as one atomic unit and returns the position of the last event.
   *  All units appended in one turn of the event loop are committed together.
   *  Throws HostError when the journal has failed or was fenced. */
  append(changes: readonly Change[]): Position;

  /** Resolves when everything up to `position` is durable; rejects with the HostError that prevented it.
   *  The same promise for all positions of one batch. */
  durable(position: Position): Promise<void>;

  /** Reserves the key of an execution to be created. */
  nextKey(): ExecutionKey;

  execution(key: ExecutionKey): ExecutionRow | undefined;
  findExecution(id: ExecutionId): ExecutionRow | undefined;
  /** From version 0 on, the hash chain verified. Throws HostError `journal-corrupt` naming the row. */
  history(key: ExecutionKey): readonly Event[];
  /** Row and history, for an execution that is to go on: the history from the event on with which it last began anew. */
  load(key: ExecutionKey): { readonly row: ExecutionRow; readonly history: readonly Event[] } | undefined;
  /** Ascending by key, after `after`, at most `limit`. */
  unfinished(after: ExecutionKey, limit: number): readonly ExecutionRow[];
  unfinishedCount(): number;

  /** How many log lines the execution has under this attempt (0 for a workflow). */
  logCount(key: ExecutionKey, attempt: number): number;

  /** Stores a component once per digest, durably, before this returns. */
  putComponent(component: StoredComponent): void;
  component(digest: Digest): StoredComponent | undefined;
  /** What each stored component is, without its bytes. */
  componentKinds(): ReadonlyMap<Digest, StoredComponent["kind"]>;
  /** Stores a deployment's normalized JSON and makes it the active one, durably. */
  activateDeployment(digest: Digest, json: string, at: Millis): void;
  activeDeployment(): { readonly digest: Digest; readonly json: string } | undefined;

  /** Commits the open batch and closes the files. */
  close(): void;
}

/** What happens to one execution in one atomic unit: new events, the row that follows from them, log lines. */
export interface Change {
  readonly row: ExecutionRow;
  /** Their versions end at `row.nextVersion - 1`. May be empty when only log lines are added. */
  readonly events: readonly Event[];
  readonly logs?: readonly LogLine[];
}

export interface LogLine {
  /** The activity's attempt, from 1; 0 for a workflow. */
  readonly attempt: number;
  /** The line's place within its execution and attempt, from 0. */
  readonly index: number;
  readonly at: Millis;
  readonly level: LogLevel;
  readonly message: string;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "stdout" | "stderr";

export interface StoredComponent {
  readonly digest: Digest;
  readonly name: string;
  readonly kind: ComponentKind;
  readonly bytes: Uint8Array;
}

/** Reads a journal, closed or live, without disturbing it. */
export interface JournalReader {
  unfinishedCount(): number;
  execution(key: ExecutionKey): ExecutionRow | undefined;
  findExecution(id: ExecutionId): ExecutionRow | undefined;
  history(key: ExecutionKey): readonly Event[];
  /** Newest first. */
  executions(query: ExecutionQuery): readonly ExecutionRow[];
  logs(key: ExecutionKey): readonly LogLine[];
  component(digest: Digest): StoredComponent | undefined;
  activeDeployment(): { readonly digest: Digest; readonly json: string } | undefined;
  /** The starts of hosts, oldest first, that found an unfinished commit and cut it off. */
  cuts(): readonly Cut[];
  /** SQLite's own check, every hash chain, every blob against its digest; yields what is wrong. */
  problems(fold: FoldRow): Iterable<JournalProblem>;
  close(): void;
}

/** The row as it follows from the history; throws when the history is none. */
export type FoldRow = (row: ExecutionRow, history: readonly Event[]) => ExecutionRow;

export interface ExecutionQuery {
  readonly limit: number;
  /** Only executions created before this one. */
  readonly before?: ExecutionKey;
  readonly status?: ExecutionStatus;
  /** Children too; only top-level executions by default. */
  readonly children?: boolean;
}

/** What a crash had left of a commit that nobody had been promised. */
export interface Cut {
  readonly epoch: number;
  readonly at: Millis;
  /** Pages of the database that the commit had written to the log. */
  readonly frames: number;
}

export interface JournalProblem {
  /** The execution concerned, where one is. */
  readonly execution?: ExecutionId;
  readonly version?: number;
  readonly message: string;
}
