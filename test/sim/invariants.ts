import type { Event } from "../../host/core/event.ts";
import type { ExecutionRow } from "../../host/core/execution.ts";
import { ExecutionFold } from "../../host/core/fold.ts";
import type { ExecutionId, ExecutionKey } from "../../host/core/ids.ts";
import type { Change } from "../../host/ports/journal.ts";

/** What may be recorded of an execution that is paused: what comes from elsewhere, and how it is ended. */
const whilePaused: ReadonlySet<Event["kind"]> = new Set<Event["kind"]>([
  "attempt-failed",
  "child-finished",
  "component-changed",
  "component-refused",
  "continued",
  "delay-cancelled",
  "delay-expired",
  "ended",
  "finished",
  "signal-buffered",
  "signal-cancelled",
  "signal-delivered",
  "unpaused",
]);

interface Known {
  readonly fold: ExecutionFold;
  row: ExecutionRow;
  last: Event;
  /** Of an activity: an attempt is under way. */
  underWay: boolean;
}

/** What holds of every unit that reaches the disk, whatever has happened. */
export class Invariants {
  readonly problems: string[] = [];
  readonly #known = new Map<ExecutionKey, Known>();
  readonly #ids = new Map<ExecutionId, ExecutionKey>();
  readonly #children = new Map<ExecutionKey, ExecutionKey[]>();
  #epoch = 0;

  check(changes: readonly Change[], epoch: number): void {
    if (epoch < this.#epoch) this.problems.push(`epoch ${epoch} writes after epoch ${this.#epoch}`);
    this.#epoch = epoch;
    for (const change of changes) {
      try {
        this.#take(change);
      } catch (error) {
        this.problems.push(`${change.row.id}: ${String(error)}`);
      }
    }
    for (const { row } of changes) this.#checkFamily(row);
    this.#checkAnswers(changes);
  }

  #take({ row, events }: Change): void {
    for (const event of events) this.#grow(row, event);
    const known = this.#known.get(row.key);
    if (known === undefined || events.length === 0) return;
    known.row = row;
    const folded = JSON.stringify(known.fold.row);
    if (folded !== JSON.stringify(row))
      this.problems.push(`${row.id}: its row is ${JSON.stringify(row)}, not ${folded}`);
  }

  #grow(row: ExecutionRow, event: Event): void {
    const known = this.#known.get(row.key);
    if (known === undefined) return this.#begin(row, event);
    const { last, fold } = known;
    const problem = (what: string) => this.problems.push(`${row.id}, version ${event.version}: ${what}`);
    if (event.version !== last.version + 1) problem(`comes after version ${last.version}`);
    if (event.at < last.at) problem("goes back in time");
    if (last.kind === "finished") problem(`${event.kind} after its end`);
    if (fold.status === "paused" && !whilePaused.has(event.kind)) problem(`${event.kind} while it is paused`);
    if (event.kind === "attempt-started") {
      if (known.underWay) problem("two attempts at once");
      if (event.attempt !== fold.attempts + 1) problem(`attempt ${event.attempt} follows ${fold.attempts}`);
    }
    if (event.kind === "attempt-started" || event.kind === "attempt-failed")
      known.underWay = event.kind === "attempt-started";
    if (event.kind === "finished" && "failure" in event.outcome && event.outcome.failure === "nondeterminism-detected")
      problem(event.outcome.reason);
    known.last = event;
    fold.apply(event);
  }

  #begin(row: ExecutionRow, event: Event): void {
    if (this.#ids.has(row.id)) this.problems.push(`${row.id} is there twice`);
    this.#ids.set(row.id, row.key);
    this.#known.set(row.key, { fold: new ExecutionFold(row, event), row, last: event, underWay: false });
    if (row.parent === null) return;
    const parent = this.#known.get(row.parent);
    if (parent === undefined || parent.row.status === "finished") this.problems.push(`${row.id} has no living parent`);
    this.#children.set(row.parent, [...(this.#children.get(row.parent) ?? []), row.key]);
  }

  /** No child outlives its parent. */
  #checkFamily({ key, id, status }: ExecutionRow): void {
    if (status !== "finished") return;
    const left = (this.#children.get(key) ?? []).filter((child) => this.#known.get(child)?.row.status !== "finished");
    for (const child of left) this.problems.push(`${id} has finished before ${this.#known.get(child)?.row.id}`);
  }

  /** A child's end and its parent's answer are one. */
  #checkAnswers(changes: readonly Change[]): void {
    const ends = new Map<ExecutionId, string>();
    const answers = new Map<ExecutionId, string>();
    for (const { row, events } of changes) {
      for (const event of events) {
        if (event.kind === "finished" && row.parent !== null) ends.set(row.id, JSON.stringify(event.outcome));
        if (event.kind !== "child-finished") continue;
        const child = `${row.id}.${event.joinSet}_${event.index}` as ExecutionId;
        answers.set(child, JSON.stringify(event.outcome));
      }
    }
    for (const id of new Set([...ends.keys(), ...answers.keys()]))
      if (ends.get(id) !== answers.get(id))
        this.problems.push(`${id} ends with ${ends.get(id)}, and its parent has ${answers.get(id)}`);
  }
}
