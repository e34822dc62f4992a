import { assert } from "../core/assert.ts";
import type { AttemptFailure, Event, Outcome } from "../core/event.ts";
import type { ExecutionKey, Millis, Position } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { backoffMs, shouldRetry } from "../core/retry.ts";
import { isPermanent } from "../core/wit/signature.ts";
import type { Activities, ActivityAttempt, AttemptEnd } from "../ports/activities.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { Journal, LogLine } from "../ports/journal.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Executions, Live } from "./executions.ts";
import type { ShardLimits } from "./limits.ts";
import { admissible } from "./payload.ts";
import { Timers } from "./timers.ts";

export interface ActivityParts {
  readonly activities: Activities;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly executions: Executions;
  readonly journal: Journal;
  readonly limits: ShardLimits;
  /** Hears of every failure of the world. */
  readonly fail: (error: unknown) => void;
}

interface Waiting {
  readonly key: ExecutionKey;
}

/** Takes activities through their attempts: claim, start once that is durable, result or retry. */
export class ActivityExecutor {
  readonly #parts: ActivityParts;
  readonly #retries: Timers;
  readonly #queue: Waiting[] = [];
  #queueHead = 0;
  readonly #running = new Map<ExecutionKey, ActivityAttempt>();
  #stopped = false;

  constructor(parts: ActivityParts) {
    this.#parts = parts;
    this.#retries = new Timers(parts.clock, (key) => this.#guard(() => this.enqueue(key)));
  }

  /** For an activity that is just being created: the event that claims its first attempt, if there is room
   *  for it now. `begun` must follow once the event has been appended, or `enqueue` when there was no room. */
  claim(live: Live): Event | undefined {
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
      allowedHosts: policy.allowedHosts,
    };
    this.#running.set(row.key, attempt);
    this.#parts.journal.durable(position).then(() => {
      if (this.#stopped || this.#running.get(row.key) !== attempt) return;
      this.#parts.activities.start(attempt, (end) => this.#guard(() => this.#ended(live, attempt, end)));
    }, this.#parts.fail);
  }

  /** Puts an activity that is ready for its next attempt in line. */
  enqueue(key: ExecutionKey): void {
    this.#queue.push({ key });
    this.#pump();
  }

  /** As `enqueue`, at that time; null stands for now. */
  enqueueAt(key: ExecutionKey, at: Millis | null): void {
    if (at === null) this.enqueue(key);
    else this.#retries.add(at, key);
  }

  /** Takes up an activity that was being run when its host was lost. */
  lost(key: ExecutionKey): void {
    const live = this.#parts.executions.get(key);
    if (live === undefined) return;
    this.#failed(live, { kind: "host-lost", message: "the host that ran this attempt was lost" }, []);
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
    if (end.kind === "failed") this.#failed(live, end.reason, end.logs);
    else this.#returned(live, end.outcome, end.logs);
    this.#pump();
  }

  #returned(live: Live, outcome: { ok: Json } | { err: Json }, logs: readonly LogLine[]): void {
    const admitted = admissible(outcome, this.#parts.limits.payloadBytesMax);
    if ("failure" in admitted) this.#failed(live, { kind: "too-large", message: admitted.reason }, logs);
    else if ("ok" in outcome) this.#parts.executions.end(live, outcome, logs);
    else this.#failed(live, { kind: "err", message: "the activity returned an err", value: outcome.err }, logs);
  }

  /** Retries, or makes the last attempt's failure the activity's result. */
  #failed(live: Live, reason: AttemptFailure, logs: readonly LogLine[]): void {
    const { catalogue, clock, entropy, executions } = this.#parts;
    const { function: name } = live.fold.row;
    const { retry } = catalogue.policy(name);
    const attempt = live.fold.attempts;
    const permanent = reason.value !== undefined && isPermanent(catalogue.resultType(name), reason.value);
    if (!shouldRetry(retry, attempt, reason.kind, permanent)) {
      this.#parts.executions.end(live, finalOutcome(reason, attempt), logs);
      return;
    }
    // Losing a host says nothing against the activity.
    const waitMs = reason.kind === "host-lost" ? 0 : backoffMs(retry, attempt, entropy.fraction());
    const retryAt = (clock.now() + waitMs) as Millis;
    const event = executions.next(live, { kind: "attempt-failed", attempt, reason, retryAt });
    executions.commit([{ live, events: [event], logs }]);
    this.enqueueAt(live.fold.key, waitMs === 0 ? null : retryAt);
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.fail(error);
    }
  }
}

function finalOutcome(reason: AttemptFailure, attempts: number): Outcome {
  const after = `${reason.message} (attempt ${attempts}, the last)`;
  switch (reason.kind) {
    case "err":
      return { err: reason.value ?? null };
    case "timed-out":
    case "out-of-fuel":
      return { failure: reason.kind, reason: after };
    case "trap":
    case "host-lost":
    case "too-large":
      return { failure: "uncategorized", reason: after };
  }
}
