import { assert, unreachable } from "./assert.ts";
import {
  type AttemptFailure,
  type Continuation,
  type Event,
  type Outcome,
  type RunLimits,
  type Signal,
  usualRunLimits,
} from "./event.ts";
import type { ExecutionRow } from "./execution.ts";
import {
  childId,
  type DelayId,
  type Digest,
  type ExecutionId,
  type ExecutionKey,
  type FunctionName,
  type JoinSetId,
  type Millis,
  parentOf,
} from "./ids.ts";
import { Outstanding, type PendingChild, type PendingDelay, type PendingSignal } from "./outstanding.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type ResponseKind = "child-finished" | "delay-expired" | "delay-cancelled" | "signal-delivered" | "signal-cancelled";
type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** An execution's state as it follows from its events alone. */
export class ExecutionFold {
  readonly #row: Mutable<ExecutionRow>;
  readonly #outstanding = new Outstanding();
  #at: Millis;
  #ended: Outcome | undefined;
  #continuing: Continuation | undefined;
  /** Those that nobody has asked for, the oldest first. */
  readonly #signals: Signal[] = [];
  #signalCharacters = 0;
  #paused = false;
  readonly #refused = new Set<Digest>();
  /** What a run of its workflow may use. */
  readonly limits: RunLimits;
  #failure: AttemptFailure | undefined;
  /** When it could first run. */
  readonly readyAt: Millis;
  /** What this execution settles in its parent; absent for a top-level one. */
  readonly place: { readonly joinSet: JoinSetId; readonly index: number } | undefined;

  /** Starts with the event that created the execution, or with the one that began it anew. */
  constructor(
    { key, id, parent, createdAt }: Pick<ExecutionRow, "key" | "id" | "parent"> & { readonly createdAt?: Millis },
    first: Event,
  ) {
    const begins = first.kind === "continued" || (first.kind === "created" && first.version === 0);
    assert(begins, `${id} begins with ${first.kind}`);
    this.#at = first.at;
    this.limits = first.limits ?? usualRunLimits;
    this.readyAt = (first.kind === "created" ? first.startAt : undefined) ?? first.at;
    this.place = parentOf(id);
    this.#row = {
      key,
      id,
      parent,
      function: first.function,
      component: first.component,
      status: "pending",
      blockedBy: null,
      wakeAt: (first.kind === "created" ? first.startAt : undefined) ?? null,
      createdAt: first.kind === "created" ? first.at : (createdAt ?? first.at),
      finishedAt: null,
      outcome: null,
      attempts: 0,
      nextVersion: first.version + 1,
    };
    if (first.kind === "continued") for (const signal of first.signals) this.#keepSignal(signal);
  }

  /** Folds a history, whole or from where it began anew; `row` names the execution that it belongs to. */
  static of(
    row: Pick<ExecutionRow, "key" | "id" | "parent"> & { readonly createdAt?: Millis },
    history: readonly Event[],
  ): ExecutionFold {
    const first = history[0];
    assert(first !== undefined, `${row.id} has no history`);
    const fold = new ExecutionFold(row, first);
    for (let i = 1; i < history.length; i++) fold.apply(history[i] as Event);
    return fold;
  }

  get row(): ExecutionRow {
    const status = this.status;
    return { ...this.#row, status, blockedBy: status === "blocked" ? this.blockedBy : null };
  }

  get key(): ExecutionKey {
    return this.#row.key;
  }

  get id(): ExecutionId {
    return this.#row.id;
  }

  get status(): ExecutionRow["status"] {
    const { status } = this.#row;
    if (status === "finished") return status;
    if (this.#paused) return "paused";
    if (!this.isOver) return status;
    if (this.#ended === undefined) return "blocked";
    return outcomeKind(this.#ended) === "cancelled" ? "cancelling" : "blocked";
  }

  /** The join set whose response or settlement it waits for. */
  get blockedBy(): JoinSetId | null {
    return this.isOver ? (this.#outstanding.first ?? null) : this.#row.blockedBy;
  }

  /** Its code has come to its end, whatever is still outstanding. */
  get isOver(): boolean {
    return this.#ended !== undefined || this.#continuing !== undefined || this.#row.status === "finished";
  }

  /** How it will go on, once its code runs no more. */
  get continuing(): Continuation | undefined {
    return this.#continuing;
  }

  /** Signals that nobody has asked for, the oldest first. */
  get signals(): readonly Signal[] {
    return this.#signals;
  }

  /** The length of their values' JSON. */
  get signalCharacters(): number {
    return this.#signalCharacters;
  }

  pendingSignals(joinSet?: JoinSetId): readonly PendingSignal[] {
    return this.#outstanding.signals(joinSet);
  }

  /** How it will finish, once its code runs no more. */
  get ended(): Outcome | undefined {
    return this.#ended;
  }

  /** Children and delays that have not been settled: of one join set, or of all. */
  pendingChildren(joinSet?: JoinSetId): readonly PendingChild[] {
    return this.#outstanding.children(joinSet);
  }

  pendingDelays(joinSet?: JoinSetId): readonly PendingDelay[] {
    return this.#outstanding.delays(joinSet);
  }

  pendingChild(id: ExecutionId): PendingChild | undefined {
    return this.#outstanding.child(id);
  }

  pendingDelay(id: DelayId): PendingDelay | undefined {
    return this.#outstanding.delay(id);
  }

  /** Whether its history is known not to replay against this component. */
  refuses(component: Digest): boolean {
    return this.#refused.has(component);
  }

  get outstanding(): number {
    return this.#outstanding.count;
  }

  get function(): FunctionName {
    return this.#row.function;
  }

  get component(): Digest {
    return this.#row.component;
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

  /** Why its latest failed attempt did not count. */
  get failure(): AttemptFailure | undefined {
    return this.#failure;
  }

  /** Pending delays that are due at `now`, the earliest first. */
  dueDelays(now: Millis): readonly PendingDelay[] {
    return this.#outstanding.due(now);
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
      case "delay-submitted":
      case "signal-requested":
      case "child-refused":
        return this.#request(event);
      case "value-drawn":
      case "request-refused":
      case "execution-scheduled":
      case "stub-written":
      case "state-published":
        return this.#goOn();
      case "next-awaited":
      case "next-tried":
      case "join-set-closed":
        return this.#look(event);
      case "child-finished":
      case "delay-expired":
      case "delay-cancelled":
      case "signal-delivered":
      case "signal-cancelled":
        return this.#respond(event);
      case "signal-buffered":
        return this.#keepSignal({ channel: event.channel, value: event.value });
      case "attempt-started":
      case "attempt-failed":
        return this.#attempt(event);
      case "finished":
        return this.#finish(event);
      case "continued":
        return this.#beginAnew(event);
      case "ended":
      case "continuing":
      case "component-changed":
      case "component-refused":
      case "paused":
      case "unpaused":
        return this.#note(event);
      default:
        return unreachable(event);
    }
  }

  #note(event: Of<"ended" | "continuing" | "component-changed" | "component-refused" | "paused" | "unpaused">): void {
    switch (event.kind) {
      case "ended":
        this.#ended = event.outcome;
        break;
      case "continuing":
        this.#continuing = { params: event.params, counts: event.counts };
        break;
      case "component-changed":
        this.#row.component = event.component;
        break;
      case "component-refused":
        this.#refused.add(event.component);
        break;
      case "paused":
      case "unpaused":
        this.#paused = event.kind === "paused";
    }
  }

  #request(event: Of<"child-submitted" | "delay-submitted" | "signal-requested" | "child-refused">): void {
    const { joinSet } = event;
    if (event.kind === "child-refused") {
      if (!isOneOff(joinSet)) this.#outstanding.refused(joinSet);
      return this.#goOn();
    }
    if (event.kind === "child-submitted") this.#outstanding.addChild(event);
    else if (event.kind === "signal-requested") this.#outstanding.addSignal(event);
    else this.#outstanding.addDelay(event);
    // A one-off join set is awaited by the same host call that submits to it.
    if (isOneOff(joinSet)) this.#block(joinSet);
    else this.#goOn();
    if (event.kind === "delay-submitted") this.#row.wakeAt = this.#outstanding.earliest;
  }

  #look(event: Of<"next-awaited" | "next-tried" | "join-set-closed">): void {
    const { joinSet } = event;
    switch (event.kind) {
      case "next-awaited":
        if (this.#outstanding.consume(joinSet)) this.#goOn();
        else this.#block(joinSet);
        return;
      case "next-tried":
        if (event.found) assert(this.#outstanding.consume(joinSet), `${this.id}: found what is not there`);
        this.#goOn();
        return;
      case "join-set-closed":
        this.#outstanding.close(joinSet);
        if (event.waits && !this.#outstanding.isSettled(joinSet)) this.#block(joinSet);
        else this.#goOn();
    }
  }

  #respond(event: Of<ResponseKind>): void {
    const row = this.#row;
    const { joinSet } = event;
    const closing = this.#outstanding.isClosed(joinSet);
    if (event.kind === "child-finished") {
      this.#outstanding.settleChild(childId(row.id, joinSet, event.index), joinSet);
    } else if (event.kind === "signal-delivered" || event.kind === "signal-cancelled") {
      this.#outstanding.settleSignal(joinSet, event.index);
      if (event.kind === "signal-delivered" && event.buffered) this.#takeSignal(event.channel);
    } else {
      this.#outstanding.settleDelay(event.delay, joinSet);
      row.wakeAt = this.#outstanding.earliest;
    }
    if (row.blockedBy !== joinSet) return;
    if (closing ? this.#outstanding.isSettled(joinSet) : this.#outstanding.consume(joinSet)) this.#goOn();
  }

  #keepSignal(signal: Signal): void {
    this.#signals.push(signal);
    this.#signalCharacters += JSON.stringify(signal.value).length;
  }

  #takeSignal(channel: string): void {
    const index = this.#signals.findIndex((signal) => signal.channel === channel);
    const [taken] = index < 0 ? [] : this.#signals.splice(index, 1);
    assert(taken !== undefined, `${this.id}: no signal of ${channel} was waiting`);
    this.#signalCharacters -= JSON.stringify(taken.value).length;
  }

  #beginAnew({ component }: Of<"continued">): void {
    const row = this.#row;
    assert(this.#outstanding.count === 0, `${row.id} begins anew before what it has asked for is settled`);
    this.#outstanding.clear();
    this.#refused.clear();
    this.#continuing = undefined;
    row.component = component;
    row.status = "pending";
    row.blockedBy = null;
    row.wakeAt = null;
  }

  #attempt(event: Of<"attempt-started" | "attempt-failed">): void {
    const row = this.#row;
    if (event.kind === "attempt-started") {
      row.attempts = event.attempt;
      this.#goOn();
      row.wakeAt = null;
    } else {
      row.status = "pending";
      row.wakeAt = event.retryAt;
      this.#failure = event.reason;
    }
  }

  #finish({ at, outcome }: Of<"finished">): void {
    const row = this.#row;
    assert(this.#outstanding.count === 0, `${row.id} finishes before what it has asked for`);
    row.status = "finished";
    row.blockedBy = null;
    row.wakeAt = null;
    row.finishedAt = at;
    row.outcome = outcomeKind(outcome);
  }

  #block(joinSet: JoinSetId): void {
    this.#goOn();
    this.#row.status = "blocked";
    this.#row.blockedBy = joinSet;
  }

  #goOn(): void {
    if (this.#row.status === "pending") this.#row.wakeAt = null; // it has been started
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
