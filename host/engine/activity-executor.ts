import { assert } from "../core/assert.ts";
import type { Event } from "../core/event.ts";
import type { ExecutionKey, Millis, Position } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import type { Activities, ActivityAttempt, AttemptEnd } from "../ports/activities.ts";
import type { Journal } from "../ports/journal.ts";
import { AttemptEnds, type AttemptEndsParts } from "./attempt-ends.ts";
import type { Live } from "./live.ts";
import { Timers } from "./timers.ts";

export interface ActivityParts extends AttemptEndsParts {
  readonly activities: Activities;
  readonly journal: Journal;
  /** Nothing is run: what is recorded waits for a host that runs it. */
  readonly dormant: boolean;
  /** Hears of every failure of the world. */
  readonly fail: (error: unknown) => void;
}

interface Waiting {
  readonly key: ExecutionKey;
}

/** Takes activities through their attempts: claim, start once that is durable, result or retry. */
export class ActivityExecutor {
  readonly #parts: ActivityParts;
  readonly #ends: AttemptEnds;
  readonly #retries: Timers;
  readonly #queue: Waiting[] = [];
  #queueHead = 0;
  readonly #running = new Map<ExecutionKey, ActivityAttempt>();
  #stopped = false;

  constructor(parts: ActivityParts) {
    this.#parts = parts;
    this.#ends = new AttemptEnds(parts, (key, at) => this.enqueueAt(key, at));
    this.#retries = new Timers(parts.clock, (key) => this.#guard(() => this.enqueue(key)));
  }

  /** For an activity that is just being created: the event that claims its first attempt, if there is room
   *  for it now. `begun` must follow once the event has been appended, or `enqueue` when there was no room. */
  claim(live: Live): Event | undefined {
    if (this.#parts.dormant) return undefined;
    return this.#running.size < this.#parts.limits.attemptsMax ? this.#claim(live) : undefined;
  }

  /** Starts the claimed attempt as soon as its claim is durable. */
  begun(live: Live, params: readonly Json[], position: Position): void {
    const { row } = live.fold;
    live.history = undefined;
    const policy = this.#parts.catalogue.policy(row.function);
    const attempt: ActivityAttempt = {
      execution: row.id,
      attempt: row.attempts,
      component: row.component,
      function: row.function,
      params,
      deadlineMs: policy.deadlineMs,
      sandbox: this.#parts.catalogue.sandbox(row.function),
    };
    this.#running.set(row.key, attempt);
    this.#parts.journal.durable(position).then(() => {
      if (this.#stopped || this.#running.get(row.key) !== attempt) return;
      this.#parts.activities.start(attempt, (end) => this.#guard(() => this.#ended(live, attempt, end)));
    }, this.#parts.fail);
  }

  /** Puts an activity that is ready for its next attempt in line. */
  enqueue(key: ExecutionKey): void {
    if (this.#parts.dormant) return;
    this.#queue.push({ key });
    this.#pump();
  }

  /** As `enqueue`, at that time; null stands for now. */
  enqueueAt(key: ExecutionKey, at: Millis | null): void {
    if (this.#parts.dormant) return;
    if (at === null) this.enqueue(key);
    else this.#retries.add(at, key);
  }

  /** Takes up an activity that was being run when its host was lost. */
  lost(key: ExecutionKey): void {
    const live = this.#parts.executions.get(key);
    if (live === undefined) return;
    this.#ends.failed(live, { kind: "host-lost", message: "the host that ran this attempt was lost" }, []);
  }

  isRunning(key: ExecutionKey): boolean {
    return this.#running.has(key);
  }

  /** Sees to it that no attempt of the activity goes on, and that a late result of one is ignored. */
  halt(key: ExecutionKey): void {
    const attempt = this.#running.get(key);
    if (attempt === undefined) return;
    this.#running.delete(key);
    this.#parts.activities.cancel(attempt);
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#retries.stop();
    for (const attempt of this.#running.values()) this.#parts.activities.cancel(attempt);
    this.#running.clear();
  }

  #pump(): void {
    while (this.#queueHead < this.#queue.length && this.#running.size < this.#parts.limits.attemptsMax) {
      const { key } = this.#queue[this.#queueHead++] as Waiting;
      this.#start(key);
    }
    if (this.#queueHead > 1_024 && this.#queueHead * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#queueHead);
      this.#queueHead = 0;
    }
  }

  #start(key: ExecutionKey): void {
    const opened = this.#parts.executions.open(key);
    if (opened === undefined || opened.live.fold.status !== "pending") return;
    const { live, history } = opened;
    const created = history[0];
    assert(created?.kind === "created", `${live.fold.id} has no history`);
    const { wakeAt } = live.fold;
    if (wakeAt !== null && wakeAt > this.#parts.clock.now()) return this.enqueueAt(key, wakeAt);
    const position = this.#parts.executions.commit([{ live, events: [this.#claim(live)] }]);
    this.begun(live, created.params, position);
  }

  #claim(live: Live): Event {
    return this.#parts.executions.next(live, { kind: "attempt-started", attempt: live.fold.attempts + 1 });
  }

  #ended(live: Live, attempt: ActivityAttempt, end: AttemptEnd): void {
    const { key } = live.fold;
    if (this.#stopped || this.#running.get(key) !== attempt) return;
    this.#running.delete(key);
    if (end.kind === "failed") this.#ends.failed(live, end.reason, end.logs);
    else this.#ends.returned(live, end.outcome, end.logs);
    this.#pump();
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.fail(error);
    }
  }
}
