import { assert, unreachable } from "../core/assert.ts";
import type { Event, Outcome } from "../core/event.ts";
import type { ExecutionKey, Millis } from "../core/ids.ts";
import { childId, delayId } from "../core/ids.ts";
import type { Intent, IntentEvent, ResponseEvent } from "../core/replay.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal, LogLevel } from "../ports/journal.ts";
import type { ActivityExecutor } from "./activity-executor.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Executions, Live, Step } from "./executions.ts";
import type { ShardLimits } from "./limits.ts";
import { admissible, payloadProblem } from "./payload.ts";
import { Timers } from "./timers.ts";
import type { WorkflowProgram } from "./workflow-program.ts";
import { type RunEnd, type RunHost, WorkflowRun } from "./workflow-run.ts";
import { dueTime } from "./workflow-support.ts";

export interface WorkflowParts {
  readonly activities: ActivityExecutor;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly executions: Executions;
  readonly journal: Journal;
  readonly limits: ShardLimits;
  /** Hears of every failure of the world. */
  readonly fail: (error: unknown) => void;
}

/** New executions that wait for their first run keep their events at hand up to this many. */
const queuedHistoriesMax = 5_000;

/** Runs workflows: admits them in bounded numbers, records what they ask for, brings
 *  them their responses, and evicts them when they wait for long or room is needed. */
export class WorkflowExecutor {
  readonly #parts: WorkflowParts;
  /** Executions to be run, in order of their readiness. */
  readonly #queue = new Set<ExecutionKey>();
  /** Those that have an instance, the one that has been idle the longest first. */
  readonly #hot = new Map<ExecutionKey, Live>();
  /** When delays come due. */
  readonly #alarms: Timers;
  #pumping = false;
  #stopped = false;

  constructor(parts: WorkflowParts) {
    this.#parts = parts;
    this.#alarms = new Timers(parts.clock, (key) => this.#wake(key));
  }

  get hotRuns(): number {
    return this.#hot.size;
  }

  enqueue(key: ExecutionKey): void {
    this.#queue.add(key);
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => this.#pump());
  }

  /** Brings a response, already appended, to the workflow that waits for it. */
  deliver(live: Live, response: ResponseEvent): void {
    const { key } = live.fold;
    if (live.run !== undefined) {
      this.#hot.delete(key);
      this.#hot.set(key, live);
      live.run.deliver(response);
    } else if (live.fold.status !== "blocked") {
      this.enqueue(key);
    }
  }

  /** Looks after the execution's delays at that time. */
  wakeAt(key: ExecutionKey, at: Millis): void {
    this.#alarms.add(at, key);
  }

  stop(): void {
    this.#stopped = true;
    this.#alarms.stop();
    this.#queue.clear();
    for (const { run } of this.#hot.values()) if (run?.waiting === true) run.interrupt("stopped");
    this.#hot.clear();
  }

  #pump(): void {
    this.#pumping = false;
    try {
      let starts = this.#parts.limits.startsPerTurn;
      for (const key of this.#queue) {
        if (starts-- === 0 || !this.#makeRoom()) break;
        this.#queue.delete(key);
        this.#start(key);
      }
    } catch (error) {
      this.#parts.fail(error);
      return;
    }
    this.#parts.executions.trim();
    if (this.#queue.size > 0 && !this.#pumping) {
      this.#pumping = true;
      setImmediate(() => this.#pump());
    }
  }

  /** Evicts the run that has waited the longest when there are too many. False when all are busy. */
  #makeRoom(): boolean {
    if (this.#hot.size < this.#parts.limits.hotRunsMax) return true;
    for (const { run } of this.#hot.values()) {
      if (run?.waiting !== true) continue;
      run.interrupt("suspended");
      return true;
    }
    return false;
  }

  /** A delay of the execution may have come due. */
  #wake(key: ExecutionKey): void {
    const live = this.#hot.get(key);
    if (live === undefined) return this.enqueue(key);
    try {
      for (const response of this.#expire(live)) this.deliver(live, response);
    } catch (error) {
      this.#parts.fail(error);
    }
  }

  #start(key: ExecutionKey): void {
    if (this.#hot.has(key)) return;
    const opened = this.#parts.executions.open(key);
    if (opened === undefined) return;
    const { live, history } = opened;
    history.push(...this.#expire(live));
    if (live.fold.status === "blocked") {
      this.#parts.executions.release(live);
      return;
    }
    this.#hot.set(key, live);
    const { row } = live.fold;
    const program = this.#parts.catalogue.program(row.component, row.function);
    if (program instanceof Promise) program.then((ready) => this.#run(live, history, ready), this.#parts.fail);
    else this.#run(live, history, program);
  }

  #run(live: Live, history: readonly Event[], program: WorkflowProgram): void {
    if (this.#stopped) return;
    const run = new WorkflowRun(live.fold.id, program, history, this.#hostFor(live, history));
    live.run = run;
    run.start().then((end) => this.#ended(live, end), this.#parts.fail);
  }

  #ended(live: Live, end: RunEnd): void {
    live.run = undefined;
    this.#hot.delete(live.fold.key);
    if (this.#stopped) return;
    try {
      switch (end.kind) {
        case "finished":
          return this.#finish(live, end.outcome);
        case "diverged": {
          const reason = `version ${end.version}: recorded ${end.recorded}; attempted ${end.attempted}`;
          return this.#finish(live, { failure: "nondeterminism-detected", reason });
        }
        case "suspended":
          if (live.fold.status === "blocked") this.#parts.executions.release(live);
          else this.enqueue(live.fold.key);
          break;
        case "stopped":
        case "history-ends":
          break;
        default:
          unreachable(end);
      }
    } catch (error) {
      this.#parts.fail(error);
    }
  }

  #finish(live: Live, outcome: Outcome): void {
    this.#parts.executions.finish(live, outcome, undefined, (parent, response) => this.deliver(parent, response));
  }

  /** Settles the delays that are due. */
  #expire(live: Live): ResponseEvent[] {
    const events = live.fold
      .dueDelays(this.#parts.clock.now())
      .map(({ delay, joinSet }) => this.#parts.executions.next(live, { kind: "delay-expired", joinSet, delay }));
    if (events.length > 0) this.#parts.executions.commit([{ live, events }]);
    if (live.fold.wakeAt !== null) this.wakeAt(live.fold.key, live.fold.wakeAt);
    return events;
  }

  #hostFor(live: Live, history: readonly Event[]): RunHost {
    const { clock, executions, journal, limits } = this.#parts;
    const logged = history.length === 1 ? 0 : journal.logCount(live.fold.key, 0);
    return {
      record: (intent) => this.#record(live, intent),
      parks: (dueAt) => dueAt !== undefined && dueAt - clock.now() > limits.hotSleepMs,
      admit: (outcome) => admissible(outcome, limits.payloadBytesMax),
      log: (index: number, at: Millis, level: LogLevel, message: string) => {
        if (index < logged || this.#stopped) return;
        executions.commit([{ live, events: [], logs: [{ attempt: 0, index, at, level, message }] }]);
      },
    };
  }

  #record(live: Live, intent: Intent): IntentEvent {
    assert(!this.#stopped, "a stopped shard records nothing");
    const { executions } = this.#parts;
    switch (intent.kind) {
      case "child-submitted":
        return this.#submit(live, intent);
      case "delay-submitted": {
        const { joinSet, scheduleAt } = intent;
        const dueAt = dueTime(scheduleAt, this.#parts.clock.now());
        const delay = delayId(live.fold.id, joinSet, 1);
        const event = executions.next(live, { kind: "delay-submitted", joinSet, scheduleAt, delay, dueAt });
        executions.commit([{ live, events: [event] }]);
        this.wakeAt(live.fold.key, dueAt);
        return event;
      }
      case "value-drawn": {
        const { source, range } = intent;
        const event = executions.next(live, { kind: "value-drawn", source, range, value: intent.value() });
        executions.commit([{ live, events: [event] }]);
        return event;
      }
    }
  }

  #submit(live: Live, intent: Extract<Intent, { kind: "child-submitted" }>): IntentEvent {
    const { activities, catalogue, executions, journal, limits } = this.#parts;
    const { joinSet, params } = intent;
    const target = catalogue.find(intent.function);
    const refusal =
      target === undefined
        ? `no component of the active deployment exports ${intent.function}`
        : payloadProblem(`parameters of ${intent.function}`, params, limits.payloadBytesMax);
    if (target === undefined || refusal !== undefined) return this.#refuse(live, intent, refusal ?? "");

    const childKey = journal.nextKey();
    const child = childId(live.fold.id, joinSet, 1);
    const submitted = executions.next(live, {
      kind: "child-submitted",
      joinSet,
      function: intent.function,
      params,
      child,
      childKey,
    });
    const { live: childLive, created } = executions.begin(childKey, child, live.fold.key, {
      kind: "created",
      function: intent.function,
      params,
      component: target.component.digest,
    });
    const steps = (events: readonly Event[]): Step[] => [
      { live, events: [submitted] },
      { live: childLive, events },
    ];
    if (target.component.kind === "workflow") {
      executions.commit(steps([created]));
      this.enqueueNew(childLive);
    } else {
      const claim = activities.claim(childLive);
      const position = executions.commit(steps(claim === undefined ? [created] : [created, claim]));
      if (claim === undefined) activities.enqueue(childKey);
      else activities.begun(childLive, params, position);
    }
    return submitted;
  }

  /** Enqueues a workflow that has just been created. */
  enqueueNew(live: Live): void {
    if (this.#queue.size >= queuedHistoriesMax) this.#parts.executions.release(live);
    this.enqueue(live.fold.key);
  }

  #refuse(live: Live, intent: Extract<Intent, { kind: "child-submitted" }>, reason: string): IntentEvent {
    const event = this.#parts.executions.next(live, {
      kind: "child-refused",
      joinSet: intent.joinSet,
      function: intent.function,
      paramsDigest: intent.paramsDigest(),
      outcome: { failure: "uncategorized", reason },
    });
    this.#parts.executions.commit([{ live, events: [event] }]);
    return event;
  }
}
