import { assert } from "../core/assert.ts";
import {
  type Continuation,
  type Event,
  type EventBody,
  type Outcome,
  type RunLimits,
  recordedLimits,
} from "../core/event.ts";
import type { ExecutionFold } from "../core/fold.ts";
import type { Digest, ExecutionKey, JoinSetId, Millis, Position } from "../core/ids.ts";
import type { ResponseEvent } from "../core/intent.ts";
import type { Json } from "../core/json.ts";
import type { LogLine } from "../ports/journal.ts";
import type { Live, Step } from "./live.ts";

/** What a unit has led to, to be told once it is appended. */
export interface UnitEffects {
  readonly responses: readonly (readonly [live: Live, response: ResponseEvent])[];
  /** Their code is to run no more. */
  readonly halted: readonly Live[];
  readonly finished: readonly (readonly [live: Live, outcome: Outcome])[];
  /** They are to be run from their start, with what they continue with. */
  readonly begunAnew: readonly Live[];
}

/** The component that a workflow belongs to, and what it may use. */
export interface RunsOn {
  readonly component: Digest;
  readonly limits: RunLimits;
}

/** What a unit needs of the shard's executions. */
export interface UnitParts {
  next<Body extends EventBody>(live: Live, body: Body): Body & { version: number; at: Millis };
  /** Undefined when the execution has finished. */
  get(key: ExecutionKey): Live | undefined;
  isWorkflow(fold: ExecutionFold): boolean;
  /** Whether a parent that goes may take it along; other workflows are awaited. */
  isCancellable(fold: ExecutionFold): boolean;
  /** What a workflow that begins anew belongs to. */
  runsOn(fold: ExecutionFold, params: readonly Json[]): RunsOn;
  commit(steps: readonly Step[]): Position;
  /** The shard must not go on. */
  fail(error: unknown): void;
  /** Hears of what the unit has led to, once it is appended. */
  tell(effects: UnitEffects, at: Position): void;
}

/** One atomic unit of the journal in the making. Ends executions the structured way: none finishes before its
 *  children, and whoever has been waiting for the last of them finishes in the same unit. */
export class Unit {
  readonly #executions: UnitParts;
  readonly #steps = new Map<Live, { events: Event[]; logs: readonly LogLine[] | undefined }>();
  readonly #responses: (readonly [Live, ResponseEvent])[] = [];
  readonly #halted: Live[] = [];
  readonly #finished: (readonly [Live, Outcome])[] = [];
  readonly #begunAnew: Live[] = [];

  constructor(executions: UnitParts) {
    this.#executions = executions;
  }

  add<Body extends EventBody>(live: Live, body: Body): Body & { version: number; at: Millis } {
    const event = this.#executions.next(live, body);
    this.put(live, event);
    return event;
  }

  /** Takes in an event that has its place already. */
  put(live: Live, ...events: readonly Event[]): void {
    this.#step(live).events.push(...events);
  }

  log(live: Live, logs: readonly LogLine[]): void {
    this.#step(live).logs = logs;
  }

  /** An execution with nothing outstanding is over; its parent, if it has one, is answered. */
  finish(live: Live, outcome: Outcome): void {
    this.add(live, { kind: "finished", outcome });
    this.#finished.push([live, outcome]);
    const parent = live.parent === null ? undefined : this.#relative(live.parent);
    if (parent === undefined) return;
    const { place, id } = live.fold;
    assert(place !== undefined, `${id} has a parent and no place in it`);
    this.respond(parent, { kind: "child-finished", joinSet: place.joinSet, index: place.index, outcome });
  }

  /** A workflow's code has come to its end, or must not go on. */
  end(live: Live, outcome: Outcome): void {
    if (live.fold.outstanding === 0) return this.finish(live, outcome);
    this.add(live, { kind: "ended", outcome });
    this.#halted.push(live);
    this.settle(live, undefined, `its parent ${live.fold.id} has ended`);
  }

  /** A workflow's code has asked to begin anew. */
  continueAsNew(live: Live, { params, counts }: Continuation): void {
    this.add(live, { kind: "continuing", params, counts });
    this.#halted.push(live);
    if (live.fold.outstanding === 0) this.#beginAnew(live);
    else this.settle(live, undefined, `its parent ${live.fold.id} continues as new`);
  }

  cancel(live: Live, reason: string): void {
    if (live.fold.ended !== undefined) return;
    const outcome: Outcome = { failure: "cancelled", reason };
    if (this.#executions.isWorkflow(live.fold)) this.end(live, outcome);
    else this.finish(live, outcome);
  }

  /** Cancels what is outstanding and may be cancelled: of one join set, or of all. */
  settle(live: Live, joinSet: JoinSetId | undefined, reason: string): void {
    for (const { delay, joinSet: of } of live.fold.pendingDelays(joinSet)) {
      this.respond(live, { kind: "delay-cancelled", joinSet: of, delay });
    }
    for (const { joinSet: of, index } of live.fold.pendingSignals(joinSet)) {
      this.respond(live, { kind: "signal-cancelled", joinSet: of, index });
    }
    for (const { child, childKey } of live.fold.pendingChildren(joinSet)) {
      const childLive = this.#relative(childKey);
      assert(childLive !== undefined, `${child} is outstanding and has finished`);
      if (this.#executions.isCancellable(childLive.fold)) this.cancel(childLive, reason);
    }
  }

  respond(live: Live, body: Extract<EventBody, { kind: ResponseEvent["kind"] }>): void {
    this.#responses.push([live, this.add(live, body)]);
    const { ended, continuing, outstanding } = live.fold;
    if (outstanding > 0) return;
    if (ended !== undefined) this.finish(live, ended);
    else if (continuing !== undefined) this.#beginAnew(live);
  }

  /** What has been added is in the folds already: when it can't be completed they are not what the journal has. */
  #relative(key: ExecutionKey): Live | undefined {
    try {
      return this.#executions.get(key);
    } catch (error) {
      this.#executions.fail(error);
      throw error;
    }
  }

  #beginAnew(live: Live): void {
    const { fold } = live;
    const { continuing, signals } = fold;
    assert(continuing !== undefined, `${fold.id} does not continue`);
    const { params, counts } = continuing;
    const { component, limits } = this.#executions.runsOn(fold, params);
    const first = {
      kind: "continued",
      function: fold.function,
      component,
      params,
      counts,
      signals: [...signals],
      ...recordedLimits(limits),
    } as const;
    live.history = [this.add(live, first)];
    this.#begunAnew.push(live);
  }

  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  commit(): Position {
    const steps: Step[] = [];
    for (const [live, { events, logs }] of this.#steps)
      steps.push({ live, events, ...(logs !== undefined && { logs }) });
    const position = this.#executions.commit(steps);
    const effects = {
      responses: this.#responses,
      halted: this.#halted,
      finished: this.#finished,
      begunAnew: this.#begunAnew,
    };
    this.#executions.tell(effects, position);
    return position;
  }

  #step(live: Live): { events: Event[]; logs: readonly LogLine[] | undefined } {
    let step = this.#steps.get(live);
    if (step === undefined) this.#steps.set(live, (step = { events: [], logs: undefined }));
    return step;
  }
}
