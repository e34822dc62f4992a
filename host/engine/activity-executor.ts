import { assert } from "../core/assert.ts";
import type { Event } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import { type ExecutionKey, type FunctionName, type Millis, type Position, rootOf } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { giveUpAt } from "../core/retry.ts";
import type { Activities, ActivityAttempt, AttemptEnd } from "../ports/activities.ts";
import type { Journal } from "../ports/journal.ts";
import { Admission, type Candidate, type Wait } from "./admission.ts";
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

/** Takes activities through their attempts: claim, start once that is durable, result or retry. */
export class ActivityExecutor {
  readonly #parts: ActivityParts;
  readonly #ends: AttemptEnds;
  readonly #admission: Admission;
  readonly #retries: Timers<Candidate>;
  /** When those that wait, for admission or for their next attempt, have no time left. */
  readonly #totals: Timers<Candidate>;
  readonly #running = new Map<ExecutionKey, ActivityAttempt>();
  #stopped = false;

  constructor(parts: ActivityParts) {
    this.#parts = parts;
    this.#ends = new AttemptEnds(parts, (live, at) => this.ready(live, at));
    this.#admission = new Admission({
      ...parts,
      attemptsMax: parts.limits.attemptsMax,
      start: (key) => this.#guard(() => this.#start(key)),
    });
    this.#retries = new Timers(parts.clock, (candidate) => this.#admission.add(candidate));
    this.#totals = new Timers(parts.clock, (candidate) => this.#guard(() => this.#giveUp(candidate)));
  }

  /** How many could run and wait until they may. */
  get waiting(): number {
    return this.#admission.waiting.size;
  }

  /** How many of them wait where one of this function would. */
  inLine(name: FunctionName): number {
    return this.#admission.inLine(name);
  }

  /** What an activity waits for that could run; undefined for any other. */
  waitOf(key: ExecutionKey): Wait | undefined {
    return this.#admission.waitOf(key);
  }

  /** Other limits hold from now on. */
  redeployed(): void {
    this.#admission.redeployed();
    for (const candidate of this.#admission.waiting.values()) this.#limitTotal(candidate);
    for (const candidate of this.#retries.values()) this.#limitTotal(candidate);
  }

  /** For an activity that is just being created: the event that claims its first attempt, if it may start now.
   *  `begun` must follow once the event has been appended, or `ready` when it may not. */
  claim(live: Live): Event | undefined {
    if (this.#parts.dormant) return undefined;
    return this.#admission.admits(live.fold.key, live.fold.function) ? this.#claim(live) : undefined;
  }

  /** Starts the claimed attempt as soon as its claim is durable. */
  begun(live: Live, params: readonly Json[], position: Position): void {
    const { row } = live.fold;
    live.history = undefined;
    const { deadlineMs, retry } = this.#parts.catalogue.policy(row.function);
    const attempt: ActivityAttempt = {
      execution: row.id,
      attempt: row.attempts,
      component: row.component,
      function: row.function,
      params,
      deadlineMs,
      ...(retry.totalMs !== undefined && { leftMs: giveUpAt(retry, live.fold.readyAt) - this.#parts.clock.now() }),
      sandbox: this.#parts.catalogue.sandbox(row.function),
    };
    this.#running.set(row.key, attempt);
    this.#parts.journal.durable(position).then(() => {
      if (this.#stopped || this.#running.get(row.key) !== attempt) return;
      this.#parts.activities.start(attempt, (end) => this.#guard(() => this.#ended(live, attempt, end)));
    }, this.#parts.fail);
  }

  /** Makes an activity's next attempt, or the first, possible at that time; null stands for now. */
  ready(live: Live, at: Millis | null): void {
    const { key, id, function: name, readyAt } = live.fold;
    this.#enqueueAt({ key, root: rootOf(id), function: name, readyAt }, at);
    // What waits is a few numbers: its history waits in the journal.
    if (!this.#running.has(key)) this.#parts.executions.release(live);
  }

  /** Takes up an activity that no attempt of was under way. */
  takeUp({ key, id, function: name, attempts, createdAt, wakeAt }: ExecutionRow): void {
    if (attempts === 0) {
      this.#enqueueAt({ key, root: rootOf(id), function: name, readyAt: wakeAt ?? createdAt }, wakeAt);
      return;
    }
    const live = this.#parts.executions.get(key);
    if (live !== undefined) this.ready(live, wakeAt);
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
    this.#admission.delete(key);
    this.#retries.delete(key);
    this.#totals.delete(key);
    const attempt = this.#running.get(key);
    if (attempt === undefined) return;
    this.#running.delete(key);
    this.#admission.leave(key);
    this.#parts.activities.cancel(attempt);
    this.#admission.pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#retries.stop();
    this.#totals.stop();
    this.#admission.stop();
    for (const attempt of this.#running.values()) this.#parts.activities.cancel(attempt);
    this.#running.clear();
  }

  #enqueueAt(candidate: Candidate, at: Millis | null): void {
    if (this.#parts.dormant) return;
    this.#limitTotal(candidate);
    if (at === null) this.#admission.add(candidate);
    else this.#retries.set(at, candidate);
  }

  /** Looks after the time that an activity which waits has in all. */
  #limitTotal(candidate: Candidate): void {
    const { retry } = this.#parts.catalogue.policy(candidate.function);
    if (retry.totalMs === undefined) this.#totals.delete(candidate.key);
    else this.#totals.set(giveUpAt(retry, candidate.readyAt), candidate);
  }

  /** It has been let in. */
  #start(key: ExecutionKey): void {
    const { clock, executions } = this.#parts;
    const opened = executions.open(key);
    if (opened?.live.fold.status !== "pending") return this.#admission.leave(key);
    const { live, history } = opened;
    const { wakeAt } = live.fold;
    if (wakeAt !== null && wakeAt > clock.now()) {
      this.#admission.leave(key);
      return this.ready(live, wakeAt);
    }
    if (this.#ends.isOverdue(live)) {
      this.#admission.leave(key);
      return this.#ends.gaveUp(live);
    }
    const created = history[0];
    assert(created?.kind === "created", `${live.fold.id} has no history`);
    const position = executions.commit([{ live, events: [this.#claim(live)] }]);
    this.begun(live, created.params, position);
  }

  /** Ends an activity that still waits, and has no time left. */
  #giveUp({ key }: Candidate): void {
    const live = this.#parts.executions.get(key);
    if (live?.fold.status === "pending") this.#ends.gaveUp(live);
  }

  #claim(live: Live): Event {
    this.#admission.begin(live.fold.key);
    this.#totals.delete(live.fold.key);
    return this.#parts.executions.next(live, { kind: "attempt-started", attempt: live.fold.attempts + 1 });
  }

  #ended(live: Live, attempt: ActivityAttempt, end: AttemptEnd): void {
    const { key } = live.fold;
    if (this.#stopped || this.#running.get(key) !== attempt) return;
    this.#running.delete(key);
    this.#admission.leave(key);
    if (end.kind === "failed") this.#ends.failed(live, end.reason, end.logs);
    else this.#ends.returned(live, end.outcome, end.logs);
    this.#admission.pump();
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.fail(error);
    }
  }
}
