import {
  childId,
  type ExecutionId,
  type ExecutionKey,
  type JoinSetId,
  type Millis,
  parentOf,
} from "../../host/core/ids.ts";
import type { Change, Journal, LogLine } from "../../host/ports/journal.ts";
import { Author, component, drew, idOf } from "../support/author.ts";
import { eventDigest } from "./event-digest.ts";

/** A little of everything that an engine appends: beginnings, children, large values, log lines, ends. */
export class Variety {
  readonly #journal: Journal;
  readonly #author: Author;
  readonly #open: ExecutionId[] = [];

  /** Goes on with what is unfinished in the journal. */
  constructor(journal: Journal) {
    this.#journal = journal;
    this.#author = new Author(journal);
    journal.putComponent(component);
    for (const row of journal.unfinished(0 as ExecutionKey, 1_000)) {
      this.#author.resume(row, journal.history(row.key));
      this.#open.push(row.id);
    }
  }

  /** What makes up the n-th turn's commit. */
  units(turn: number): readonly (readonly Change[])[] {
    return Array.from({ length: 1 + (turn % 4) }, (_, n) => this.#unit(turn + n));
  }

  #unit(turn: number): readonly Change[] {
    const open = this.#open;
    const author = this.#author;
    const id = open[turn % open.length];
    if (id === undefined || open.length < 5) {
      const begun = author.begin(idOf(this.#journal.nextKey()));
      open.push(begun.row.id);
      return [begun];
    }
    const version = author.history(id).length;
    const joinSet = `o:${version}` as JoinSetId;
    if (turn % 11 === 0 && id.length < 60) {
      open.push(childId(id, joinSet, 1));
      return author.submit(id, joinSet, [turn]);
    }
    if (turn % 13 === 0 && !open.some((other) => other.startsWith(`${id}.`))) {
      open.splice(open.indexOf(id), 1);
      const place = parentOf(id);
      const finished = author.finish(id, turn);
      if (place === undefined) return [finished];
      const { parent, joinSet: of, index } = place;
      return [finished, author.next(parent, { kind: "child-finished", joinSet: of, index, outcome: { ok: turn } })];
    }
    const value = turn % 17 === 0 ? `${id} `.repeat(10_000) : `${id} ${version}`;
    const line: LogLine = { attempt: 0, index: version, at: Date.now() as Millis, level: "info", message: value };
    return [{ ...author.next(id, drew(value)), logs: [line] }];
  }
}

/** Appends a turn's units in one commit, waits until they are durable, and says which events they were: a line for each,
 *  of execution, version and digest. */
export async function commit(journal: Journal, units: readonly (readonly Change[])[]): Promise<readonly string[]> {
  const last = units.map((unit) => journal.append(unit)).at(-1);
  if (last !== undefined) await journal.durable(last);
  const events = units.flat().flatMap(({ row, events }) => events.map((event) => ({ id: row.id, event })));
  return events.map(({ id, event }) => `${id} ${event.version} ${eventDigest(event)}`);
}
