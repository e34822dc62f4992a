import { assert, unreachable } from "../core/assert.ts";
import type { Continuation, Difference, Event, Outcome } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import { FairQueue } from "../core/fair-queue.ts";
import { type Digest, type ExecutionKey, type Millis, rootOf } from "../core/ids.ts";
import type { Intent, IntentEvent, ResponseEvent } from "../core/intent.ts";
import type { Clock } from "../ports/clock.ts";
import type { MemoryAccount } from "../ports/components.ts";
import type { Journal, LogLevel } from "../ports/journal.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Executions } from "./executions.ts";
import type { ShardLimits } from "./limits.ts";
import { isOver, type Live } from "./live.ts";
import { admissible, tooLarge } from "./payload.ts";
import type { Recorder } from "./recorder.ts";
import type { RunEnd, RunHost } from "./run-host.ts";
import { Timers } from "./timers.ts";
import { Turns } from "./turns.ts";
import type { Upgrades } from "./upgrades.ts";
import type { WorkflowProgram } from "./workflow-program.ts";
import { WorkflowRun } from "./workflow-run.ts";

export interface WorkflowParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly executions: Executions;
  readonly journal: Journal;
  readonly limits: ShardLimits;
  readonly recorder: Recorder;
  readonly upgrades: Upgrades;
  /** Nothing is run: what is recorded waits for a host that runs it. */
  readonly dormant: boolean;
  /** Hears of every failure of the world. */
  readonly fail: (error: unknown) => void;
}

/** A workflow, whatever else is known of it. */
type Named = Pick<ExecutionRow, "key" | "id">;

/** Polls in a row that are answered in the next turn of the event loop; later ones wait up to `pollMsMax`. */
const pollsAtOnce = 16;
const pollMsMax = 64;

/** New executions that wait for their first run keep their events at hand up to this many. */
const queuedHistoriesMax = 5_000;

/** Runs workflows: admits them in bounded numbers, records what they ask for, brings
 *  them their responses, and evicts them when they wait for long or room is needed. */
export class WorkflowExecutor {
  readonly #parts: WorkflowParts;
  /** Executions to be run. */
  readonly #queue = new FairQueue<ExecutionKey>();
  /** Those that have an instance, the one that has been idle the longest first. */
  readonly #hot = new Map<ExecutionKey, Live>();
  /** Those whose code is being loaded or tried on: nothing of them may be run until then. */
  readonly #preparing = new Map<ExecutionKey, Promise<unknown>>();
  /** When delays come due. */
  readonly #alarms: Timers<Named>;
  readonly #turns = new Turns();
  #hotBytes = 0;
  readonly #memory: MemoryAccount = {
    take: (bytes) => {
      this.#hotBytes += bytes;
      return true;
    },
    giveBack: (bytes) => {
      this.#hotBytes -= bytes;
    },
  };
  #pumping = false;
  #stopped = false;

  constructor(parts: WorkflowParts) {
    this.#parts = parts;
    this.#alarms = new Timers(parts.clock, (named) => this.#wake(named));
  }

  get hotRuns(): number {
    return this.#hot.size;
  }

  /** How many could run and wait for their turn. */
  get waiting(): number {
    return this.#queue.size;
  }

  enqueue({ key, id }: Named): void {
    if (this.#parts.dormant || this.#stopped) return;
    this.#queue.add(rootOf(id), key);
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
      this.enqueue(live.fold);
    }
  }

  /** Takes up a workflow that has just been created. */
  startNew(live: Live, startAt: Millis | undefined): void {
    if (startAt !== undefined) {
      this.#parts.executions.release(live);
      this.wakeAt(live.fold, startAt);
      return;
    }
    if (this.#queue.size >= queuedHistoriesMax) this.#parts.executions.release(live);
    this.enqueue(live.fold);
  }

  /** Sees to it that no code of the workflow is run any more. */
  halt(live: Live): void {
    const { key } = live.fold;
    this.#queue.delete(key);
    this.#alarms.delete(key);
    this.#hot.delete(key);
    live.run?.interrupt("stopped");
  }

  /** Takes the workflow's instance away; its history brings it back. */
  suspend(live: Live): void {
    live.run?.interrupt("suspended");
  }

  /** Takes the workflow to another component if its history replays against it; returns the first difference if not. */
  async upgrade(named: Named, component: Digest): Promise<Difference | undefined> {
    const { key } = named;
    while (this.#preparing.has(key)) await this.#preparing.get(key);
    return this.#prepare(named, async () => {
      this.#hot.get(key)?.run?.interrupt("suspended");
      while (this.#hot.has(key)) await new Promise((resolve) => setImmediate(resolve));
      const opened = this.#parts.executions.open(key);
      if (opened === undefined || opened.live.fold.component === component) return undefined;
      return this.#parts.upgrades.tryOn(opened.live.fold, opened.history, component);
    });
  }

  /** Looks after the execution's delays at that time. */
  wakeAt({ key, id }: Named, at: Millis): void {
    if (this.#parts.dormant || this.#stopped) return;
    this.#alarms.setEarlier(at, { key, id });
  }

  stop(): void {
    this.#stopped = true;
    this.#alarms.stop();
    this.#queue.clear();
    for (const { run } of this.#hot.values()) run?.interrupt("stopped");
    this.#hot.clear();
  }

  #pump(): void {
    this.#pumping = false;
    try {
      let starts = this.#parts.limits.startsPerTurn;
      while (this.#queue.size > 0 && starts-- > 0 && this.#makeRoom()) this.#start(this.#queue.take() as ExecutionKey);
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
    const { hotRunsMax, hotBytesMax } = this.#parts.limits;
    if (this.#hot.size < hotRunsMax && this.#hotBytes < hotBytesMax) return true;
    const run = this.#longestWaiting();
    run?.evict();
    return run !== undefined || this.#hot.size === 0;
  }

  /** Of those that poll only when all that wait do. */
  #longestWaiting(): WorkflowRun | undefined {
    let polling: WorkflowRun | undefined;
    for (const { run } of this.#hot.values()) {
      if (run?.waiting !== true) continue;
      if (!run.polling) return run;
      polling ??= run;
    }
    return polling;
  }

  /** A delay of the execution may have come due. */
  #wake(named: Named): void {
    const live = this.#hot.get(named.key);
    if (live === undefined) return this.enqueue(named);
    try {
      for (const response of this.#expire(live)) this.deliver(live, response);
    } catch (error) {
      this.#parts.fail(error);
    }
  }

  #start(key: ExecutionKey): void {
    if (this.#hot.has(key) || this.#preparing.has(key)) return;
    const opened = this.#parts.executions.open(key);
    if (opened === undefined) return;
    const { live, history } = opened;
    history.push(...this.#expire(live));
    if (!this.#isReady(live)) {
      this.#parts.executions.release(live);
      return;
    }
    const { fold } = live;
    const upgrade = this.#parts.upgrades.candidate(live);
    const program =
      upgrade === undefined
        ? this.#parts.catalogue.program(fold.component, fold.function)
        : this.#parts.upgrades.tryOn(fold, [...history], upgrade);
    if (!(program instanceof Promise)) return this.#run(live, history, program);
    // What happens meanwhile must not be missed by the run that follows.
    live.history = history;
    this.#prepare<unknown>(fold, () => program).catch(this.#parts.fail);
  }

  /** Nothing of the execution is run before the action has ended; then it goes on. */
  #prepare<T>({ key, id }: Named, action: () => Promise<T>): Promise<T> {
    const done = action().finally(() => {
      this.#preparing.delete(key);
      this.enqueue({ key, id });
    });
    this.#preparing.set(
      key,
      done.catch(() => undefined),
    );
    return done;
  }

  #isReady({ fold: { status, wakeAt } }: Live): boolean {
    if (status === "pending") return wakeAt === null || wakeAt <= this.#parts.clock.now();
    return status === "locked";
  }

  #run(live: Live, history: readonly Event[], program: WorkflowProgram): void {
    this.#hot.set(live.fold.key, live);
    const run = new WorkflowRun(live.fold.id, program, history, this.#hostFor(live, history));
    live.run = run;
    run.start().then((end) => this.#ended(live, end), this.#parts.fail);
  }

  #ended(live: Live, end: RunEnd): void {
    live.run = undefined;
    this.#hot.delete(live.fold.key);
    if (this.#stopped || isOver(live)) return;
    try {
      switch (end.kind) {
        case "finished":
          return this.#finish(live, end.outcome);
        case "diverged": {
          const reason = `version ${end.version}: recorded ${end.recorded}; attempted ${end.attempted}`;
          return this.#finish(live, { failure: "nondeterminism-detected", reason });
        }
        case "continued":
          return this.#continue(live, end);
        case "suspended":
          if (live.fold.status === "locked") this.enqueue(live.fold);
          else this.#parts.executions.release(live);
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

  #continue(live: Live, continuation: Continuation): void {
    const { executions, limits } = this.#parts;
    const failure = tooLarge("the parameters to continue with", continuation.params, limits.payloadBytesMax);
    if (failure !== undefined) return this.#finish(live, failure);
    const unit = executions.unit();
    unit.continueAsNew(live, continuation);
    unit.commit();
  }

  #finish(live: Live, outcome: Outcome): void {
    this.#parts.executions.end(live, outcome);
  }

  /** Settles the delays that are due, and waits for the next. A time that has come and settles nothing is the one at which
   *  the workflow may start. */
  #expire(live: Live): ResponseEvent[] {
    const now = this.#parts.clock.now();
    const events = live.fold
      .dueDelays(now)
      .map(({ delay, joinSet }) => this.#parts.executions.next(live, { kind: "delay-expired", joinSet, delay }));
    if (events.length > 0) this.#parts.executions.commit([{ live, events }]);
    const { wakeAt } = live.fold;
    if (wakeAt !== null && wakeAt > now) this.wakeAt(live.fold, wakeAt);
    return events;
  }

  #hostFor(live: Live, history: readonly Event[]): RunHost {
    const { clock, executions, journal, limits } = this.#parts;
    const logged = history.length === 1 && history[0]?.kind === "created" ? 0 : journal.logCount(live.fold.key, 0);
    return {
      record: (intent) => this.#record(live, intent),
      parks: (dueAt) => dueAt !== undefined && dueAt - clock.now() > limits.hotSleepMs,
      newExecutionId: () => executions.newId(),
      pollsMax: limits.pollsMax,
      turn: () => this.#turns.take(),
      memory: this.#memory,
      poll: (inARow, again) => this.#poll(inARow, again),
      admit: (outcome) => admissible(outcome, limits.payloadBytesMax),
      log: (index: number, at: Millis, level: LogLevel, message: string) => {
        if (index < logged || this.#stopped) return;
        executions.commit([{ live, events: [], logs: [{ attempt: 0, index, at, level, message }] }]);
      },
    };
  }

  #record(live: Live, intent: Intent): IntentEvent {
    assert(!this.#stopped, "a stopped shard records nothing");
    return this.#parts.recorder.record(live, intent);
  }

  /** Looks again at once a few times, then ever later: a workflow that polls must not starve those that work. */
  #poll(inARow: number, again: () => void): () => void {
    if (inARow < pollsAtOnce) {
      const immediate = setImmediate(again);
      return () => clearImmediate(immediate);
    }
    const waitMs = Math.min(2 ** (inARow - pollsAtOnce), pollMsMax);
    return this.#parts.clock.at((this.#parts.clock.now() + waitMs) as Millis, again);
  }
}
