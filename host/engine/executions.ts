import { assert } from "../core/assert.ts";
import type { Event, EventBody, Outcome } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import { ExecutionFold } from "../core/fold.ts";
import { type Digest, type ExecutionId, type ExecutionKey, type Millis, type Position, parentOf } from "../core/ids.ts";
import type { ResponseEvent } from "../core/intent.ts";
import type { Json } from "../core/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { Change, Journal, LogLine, StoredComponent } from "../ports/journal.ts";
import type { Live, Step } from "./live.ts";
import { type RunsOn, Unit, type UnitEffects, type UnitParts } from "./unit.ts";

/** Live executions that are not hot, kept so that the next response need not fold a history again. */
const coolMax = 2_000;

export interface ExecutionsParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly kind: (component: Digest) => StoredComponent["kind"];
  /** Hears of every batch that could not be made durable. */
  readonly fail: (error: unknown) => void;
  /** Hears of each appended response to a workflow that goes on. */
  readonly deliver: (live: Live, response: ResponseEvent) => void;
  /** Must run the workflow, which begins anew. */
  readonly begin: (live: Live) => void;
  readonly runsOn: (fold: ExecutionFold, params: readonly Json[]) => RunsOn;
  /** Must see to it that nothing of the execution is run any more. */
  readonly halt: (live: Live) => void;
}

/** The one place where histories grow: stamps events, folds them, and hands them to the journal. */
export class Executions implements UnitParts {
  readonly #parts: ExecutionsParts;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #live = new Map<ExecutionKey, Live>();
  readonly #watchers = new Map<ExecutionId, ((outcome: Outcome) => void)[]>();
  /** The latest batch whose failure will be heard of. */
  #watched: Promise<void> | undefined;
  /** Top-level executions that this shard has begun and not finished. */
  readonly #begun = new Set<ExecutionId>();
  #unfinished: number;
  readonly #idle: (() => void)[] = [];

  constructor(parts: ExecutionsParts) {
    this.#parts = parts;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#unfinished = parts.journal.unfinishedCount();
  }

  /** The execution's row. Its parent knows a child that it still waits for, and is at hand: to search its history once for
   *  each child would cost the square of their number. */
  find(id: ExecutionId): ExecutionRow | undefined {
    const parentId = parentOf(id)?.parent;
    const parent = parentId === undefined ? undefined : this.find(parentId);
    const waiting = parent === undefined || parent.status === "finished" ? undefined : this.get(parent.key);
    const child = waiting?.fold.pendingChild(id);
    return child === undefined ? this.#journal.findExecution(id) : this.#journal.execution(child.childKey);
  }

  /** The unfinished execution, folded from its history when it is not at hand. Undefined when it has finished. */
  get(key: ExecutionKey): Live | undefined {
    const known = this.#live.get(key);
    if (known !== undefined) return known;
    const { row, history } = this.#load(key);
    return row.status === "finished" ? undefined : this.#keep(thaw(row, history));
  }

  /** As `get`, with the history for a run that is about to start. */
  open(key: ExecutionKey): { live: Live; history: Event[] } | undefined {
    const known = this.#live.get(key);
    if (known?.history !== undefined) {
      const { history } = known;
      known.history = undefined;
      return { live: known, history };
    }
    const { row, history } = this.#load(key);
    if (row.status === "finished") return undefined;
    return { live: known ?? this.#keep(thaw(row, history)), history: [...history] };
  }

  /** Begins an execution with its first event, which is yet to be committed. */
  begin(
    key: ExecutionKey,
    id: ExecutionId,
    parent: ExecutionKey | null,
    body: Extract<EventBody, { kind: "created" }>,
  ): { live: Live; created: Event } {
    const created: Event = { ...body, version: 0, at: this.#clock.now() };
    const live = this.#keep({
      fold: new ExecutionFold({ key, id, parent }, created),
      parent,
      run: undefined,
      history: [created],
    });
    this.#unfinished++;
    if (parent === null) this.#begun.add(id);
    return { live, created };
  }

  /** Gives the event its place and folds it. Its time never lies before that of the event before it. */
  next<Body extends EventBody>(live: Live, body: Body): Body & { version: number; at: Millis } {
    const now = this.#clock.now();
    const at = now < live.fold.at ? live.fold.at : now;
    const event = { ...body, version: live.fold.nextVersion, at };
    live.fold.apply(event);
    live.history?.push(event);
    return event;
  }

  /** Appends the steps as one atomic unit. */
  commit(steps: readonly Step[]): Position {
    const changes: Change[] = [];
    for (const { live, events, logs } of steps) {
      changes.push({ row: live.fold.row, events, ...(logs !== undefined && { logs }) });
    }
    const position = this.#append(changes);
    const durable = this.#journal.durable(position);
    if (durable !== this.#watched) {
      this.#watched = durable;
      durable.catch(this.#parts.fail);
    }
    return position;
  }

  #append(changes: readonly Change[]): Position {
    try {
      return this.#journal.append(changes);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  fail(error: unknown): void {
    this.#parts.fail(error);
  }

  /** The id of a new top-level execution. */
  newId(): ExecutionId {
    return `E_${this.#parts.entropy.ulid(this.#clock.now())}` as ExecutionId;
  }

  /** Resolves when all that was appended is durable. */
  async durable(): Promise<void> {
    await this.#watched;
  }

  /** Begins an atomic unit that may end executions. */
  unit(): Unit {
    return new Unit(this);
  }

  /** Ends an execution whose code has come to its end, and what it leaves outstanding. */
  end(live: Live, outcome: Outcome, logs?: readonly LogLine[]): void {
    const unit = this.unit();
    if (logs !== undefined) unit.log(live, logs);
    unit.end(live, outcome);
    unit.commit();
  }

  isWorkflow({ row }: ExecutionFold): boolean {
    return this.#parts.kind(row.component) === "workflow";
  }

  /** Whether a parent that goes may take it along; other workflows are awaited. */
  isCancellable(fold: ExecutionFold): boolean {
    return !this.isWorkflow(fold) || fold.row.function.endsWith("-cancellable");
  }

  runsOn(fold: ExecutionFold, params: readonly Json[]): RunsOn {
    return this.#parts.runsOn(fold, params);
  }

  /** Tells of what an appended unit has led to. Watchers hear of it once it is durable. */
  tell({ responses, halted, finished, begunAnew }: UnitEffects, position: Position): void {
    for (const [{ fold }] of finished) {
      this.#live.delete(fold.key);
      this.#begun.delete(fold.id);
    }
    for (const live of halted) this.#parts.halt(live);
    for (const [live] of finished) this.#parts.halt(live);
    for (const [live, response] of responses) {
      if (!live.fold.isOver && !begunAnew.includes(live)) this.#parts.deliver(live, response);
    }
    for (const live of begunAnew) this.#parts.begin(live);
    for (const [{ fold }, outcome] of finished) this.#settled(fold.id, outcome, position);
  }

  /** Whether the execution is known to be unfinished without asking the journal. */
  isUnfinished(id: ExecutionId): boolean {
    return this.#begun.has(id);
  }

  /** Calls `watcher` once the execution has durably finished. */
  watch(id: ExecutionId, watcher: (outcome: Outcome) => void): void {
    const watchers = this.#watchers.get(id);
    if (watchers === undefined) this.#watchers.set(id, [watcher]);
    else watchers.push(watcher);
  }

  get unfinished(): number {
    return this.#unfinished;
  }

  /** Resolves when nothing is unfinished, durably. */
  idle(): Promise<void> {
    if (this.#unfinished === 0) return this.durable();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Lets go of an execution that waits; its history brings it back. */
  release(live: Live): void {
    this.#live.delete(live.fold.key);
  }

  #load(key: ExecutionKey): { readonly row: ExecutionRow; readonly history: readonly Event[] } {
    const loaded = this.#journal.load(key);
    assert(loaded !== undefined, `no execution has the key ${key}`);
    return loaded;
  }

  #keep(live: Live): Live {
    this.#live.set(live.fold.key, live);
    return live;
  }

  /** Forgets what has been at hand the longest without anyone holding on to it. Those that are held don't count: thousands of
   *  children that wait to be run would drive out the parent to which each of them comes back. */
  trim(): void {
    if (this.#live.size <= coolMax) return;
    const cold = [...this.#live.values()].filter(isCold);
    for (const live of cold.slice(0, Math.max(0, cold.length - coolMax))) this.release(live);
  }

  #settled(id: ExecutionId, outcome: Outcome, position: Position): void {
    this.#unfinished--;
    const watchers = this.#watchers.get(id);
    const idle = this.#unfinished === 0 ? this.#idle.splice(0) : [];
    this.#watchers.delete(id);
    if (watchers === undefined && idle.length === 0) return;
    void this.#journal.durable(position).then(
      () => {
        for (const watcher of watchers ?? []) watcher(outcome);
        for (const resolve of idle) resolve();
      },
      () => undefined, // heard of already
    );
  }
}

/** Whether no run, no attempt and no start that is about to be has it in its hands. */
function isCold({ fold, run, history }: Live): boolean {
  if (run !== undefined || history !== undefined || fold.status === "locked") return false;
  const isUnderWay = fold.attempts > 0 && fold.wakeAt === null; // an attempt goes on while its activity is paused
  return fold.status !== "paused" || !isUnderWay;
}

function thaw(row: ExecutionRow, history: readonly Event[]): Live {
  return { fold: ExecutionFold.of(row, history), parent: row.parent, run: undefined, history: undefined };
}
