import { assert, unreachable } from "./assert.ts";
import type { Event, Outcome } from "./event.ts";
import type { ExecutionRow } from "./execution.ts";
import { type DelayId, type ExecutionId, type ExecutionKey, type JoinSetId, type Millis, parentOf } from "./ids.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A delay that has been submitted and not yet expired. */
export interface PendingDelay {
  readonly delay: DelayId;
  readonly joinSet: JoinSetId;
  readonly dueAt: Millis;
}

/** An execution's state as it follows from its events alone. */
export class ExecutionFold {
  readonly #row: Mutable<ExecutionRow>;
  readonly #delays = new Map<DelayId, PendingDelay>();
  #at: Millis;
  /** What this execution settles in its parent; absent for a top-level one. */
  readonly place: { readonly joinSet: JoinSetId; readonly index: number } | undefined;

  /** Starts with the event that created the execution. */
  constructor(key: ExecutionKey, id: ExecutionId, parent: ExecutionKey | null, created: Event) {
    assert(created.kind === "created" && created.version === 0, `${id} begins with ${created.kind}`);
    this.#at = created.at;
    this.place = parentOf(id);
    this.#row = {
      key,
      id,
      parent,
      function: created.function,
      component: created.component,
      status: "pending",
      blockedBy: null,
      wakeAt: null,
      createdAt: created.at,
      finishedAt: null,
      outcome: null,
      attempts: 0,
      nextVersion: 1,
    };
  }

  /** Folds a whole history; `row` names the execution that it belongs to. */
  static of(row: Pick<ExecutionRow, "key" | "id" | "parent">, history: readonly Event[]): ExecutionFold {
    const created = history[0];
    assert(created !== undefined, `${row.id} has no history`);
    const fold = new ExecutionFold(row.key, row.id, row.parent, created);
    for (let i = 1; i < history.length; i++) fold.apply(history[i] as Event);
    return fold;
  }

  get row(): ExecutionRow {
    return { ...this.#row };
  }

  get key(): ExecutionKey {
    return this.#row.key;
  }

  get id(): ExecutionId {
    return this.#row.id;
  }

  get status(): ExecutionRow["status"] {
    return this.#row.status;
  }

  get nextVersion(): number {
    return this.#row.nextVersion;
  }

  /** The time of the latest event. */
  get at(): Millis {
    return this.#at;
  }

  get wakeAt(): Millis | null {
    return this.#row.wakeAt;
  }

  get attempts(): number {
    return this.#row.attempts;
  }

  /** Pending delays that are due at `now`, the earliest first. */
  dueDelays(now: Millis): readonly PendingDelay[] {
    return [...this.#delays.values()].filter(({ dueAt }) => dueAt <= now).toSorted((a, b) => a.dueAt - b.dueAt);
  }

  apply(event: Event): void {
    const row = this.#row;
    assert(event.version === row.nextVersion, `${row.id}: version ${event.version} where ${row.nextVersion} follows`);
    assert(row.status !== "finished", `${row.id}: ${event.kind} after its end`);
    row.nextVersion++;
    this.#at = event.at;
    switch (event.kind) {
      case "created":
        assert(false, `${row.id} is created twice`);
        break;
      case "child-submitted":
        this.#submitted(event.joinSet);
        break;
      case "delay-submitted":
        this.#delays.set(event.delay, event);
        if (row.wakeAt === null || event.dueAt < row.wakeAt) row.wakeAt = event.dueAt;
        this.#submitted(event.joinSet);
        break;
      case "child-refused":
      case "value-drawn":
        this.#goOn();
        break;
      case "child-finished":
        this.#settled(event.joinSet);
        break;
      case "delay-expired":
        this.#delays.delete(event.delay);
        row.wakeAt = earliest(this.#delays.values());
        this.#settled(event.joinSet);
        break;
      case "attempt-started":
        row.attempts = event.attempt;
        row.wakeAt = null;
        this.#goOn();
        break;
      case "attempt-failed":
        row.status = "pending";
        row.wakeAt = event.retryAt;
        break;
      case "finished":
        row.status = "finished";
        row.blockedBy = null;
        row.wakeAt = null;
        row.finishedAt = event.at;
        row.outcome = outcomeKind(event.outcome);
        break;
      default:
        unreachable(event);
    }
  }

  /** A one-off join set is awaited by the same host call that submits to it. */
  #submitted(joinSet: JoinSetId): void {
    if (!isOneOff(joinSet)) return this.#goOn();
    this.#row.status = "blocked";
    this.#row.blockedBy = joinSet;
  }

  #settled(joinSet: JoinSetId): void {
    if (this.#row.blockedBy === joinSet) this.#goOn();
  }

  #goOn(): void {
    this.#row.status = "locked";
    this.#row.blockedBy = null;
  }
}

export function outcomeKind(outcome: Outcome): NonNullable<ExecutionRow["outcome"]> {
  if ("ok" in outcome) return "ok";
  return "err" in outcome ? "err" : outcome.failure;
}

export function isOneOff(joinSet: JoinSetId): boolean {
  return joinSet.startsWith("o:");
}

function earliest(delays: Iterable<PendingDelay>): Millis | null {
  let first: Millis | null = null;
  for (const { dueAt } of delays) if (first === null || dueAt < first) first = dueAt;
  return first;
}
