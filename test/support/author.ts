import { createHash } from "node:crypto";
import type { Event, EventBody } from "../../host/core/event.ts";
import type { ExecutionRow } from "../../host/core/execution.ts";
import { ExecutionFold } from "../../host/core/fold.ts";
import type { Digest, ExecutionId, ExecutionKey, FunctionName, JoinSetId, Millis } from "../../host/core/ids.ts";
import { childId } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import type { Change, Journal, StoredComponent } from "../../host/ports/journal.ts";
import { startedAt } from "./histories.ts";

export const functionName = "test:journal/flows.go" as FunctionName;

const bytes = Buffer.from("a component");
/** What every execution of an Author belongs to. */
export const component: StoredComponent = {
  digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest,
  name: "flows",
  kind: "workflow",
  bytes,
};

/** The n-th top-level execution. */
export function idOf(n: number): ExecutionId {
  return `E_${String(n).padStart(26, "0")}` as ExecutionId;
}

/** Makes changes as an engine does: every row follows from its events, and time passes by a second an event. */
export class Author {
  readonly #nextKey: () => ExecutionKey;
  readonly #written = new Map<ExecutionId, { fold: ExecutionFold; history: Event[] }>();
  #at = startedAt;

  constructor(journal: Pick<Journal, "nextKey">) {
    this.#nextKey = () => journal.nextKey();
  }

  /** Takes up an execution that is in the journal already. */
  resume(row: ExecutionRow, history: readonly Event[]): void {
    this.#written.set(row.id, { fold: ExecutionFold.of(row, history), history: [...history] });
    this.#at = Math.max(this.#at, ...history.map(({ at }) => at));
  }

  begin(id: ExecutionId, params: readonly Json[] = []): Change {
    return this.#create(id, this.#nextKey(), null, {
      kind: "created",
      function: functionName,
      params,
      component: component.digest,
    });
  }

  /** The parent's submission and the child's creation, which belong into one unit. */
  submit(parent: ExecutionId, joinSet: JoinSetId, params: readonly Json[] = []): readonly [Change, Change] {
    const child = childId(parent, joinSet, 1);
    const childKey = this.#nextKey();
    const submitted = this.next(parent, {
      kind: "child-submitted",
      joinSet,
      function: functionName,
      params,
      child,
      childKey,
    });
    const created = this.#create(child, childKey, submitted.row.key, {
      kind: "created",
      function: functionName,
      params,
      component: component.digest,
    });
    return [submitted, created];
  }

  /** Goes on with an execution, by one event or several. */
  next(id: ExecutionId, ...bodies: readonly EventBody[]): Change {
    const { fold, history } = this.#of(id);
    const events = bodies.map((body, index) => this.#event(body, history.length + index));
    for (const event of events) fold.apply(event);
    history.push(...events);
    return { row: fold.row, events };
  }

  finish(id: ExecutionId, ok: Json = null): Change {
    return this.next(id, { kind: "finished", outcome: { ok } });
  }

  /** What has been made so far. */
  history(id: ExecutionId): readonly Event[] {
    return this.#of(id).history;
  }

  row(id: ExecutionId): ExecutionRow {
    return this.#of(id).fold.row;
  }

  ids(): readonly ExecutionId[] {
    return [...this.#written.keys()];
  }

  #create(id: ExecutionId, key: ExecutionKey, parent: ExecutionKey | null, body: EventBody): Change {
    const event = this.#event(body, 0);
    const fold = new ExecutionFold({ key, id, parent }, event);
    this.#written.set(id, { fold, history: [event] });
    return { row: fold.row, events: [event] };
  }

  #event(body: EventBody, version: number): Event {
    this.#at += 1_000;
    return { ...body, version, at: this.#at as Millis };
  }

  #of(id: ExecutionId): { fold: ExecutionFold; history: Event[] } {
    const written = this.#written.get(id);
    if (written === undefined) throw new Error(`${id} has not been begun`);
    return written;
  }
}

/** A value that a workflow drew: the smallest event that changes nothing else. */
export function drew(value: string): EventBody {
  return { kind: "value-drawn", source: "random-string", range: [1, 9], value };
}
