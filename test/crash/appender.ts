/** Appends to the journal of a folder for as long as it lives, and says what it was promised to be durable.
 *  A line for each event: execution, version, digest of the event. */
import { writeSync } from "node:fs";
import {
  childId,
  type ExecutionId,
  type ExecutionKey,
  type JoinSetId,
  type Millis,
  parentOf,
} from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import type { Change, LogLine } from "../../host/ports/journal.ts";
import { Author, component, drew, idOf } from "../support/author.ts";
import { eventDigest } from "./event-digest.ts";

const dir = process.argv[2] ?? "";
const journal = openJournal({ dir, now: () => Date.now() as Millis });
journal.putComponent(component);

const author = new Author(journal);
const open: ExecutionId[] = [];
for (const row of journal.unfinished(0 as ExecutionKey, 1_000)) {
  author.resume(row, journal.history(row.key));
  open.push(row.id);
}

/** A little of everything that an engine appends: beginnings, children, large values, log lines, ends. */
function unitOf(turn: number): readonly Change[] {
  const id = open[turn % open.length];
  if (id === undefined || open.length < 5) {
    const begun = author.begin(idOf(journal.nextKey()));
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

for (let turn = 0; ; turn++) {
  const units = Array.from({ length: 1 + (turn % 4) }, (_, n) => unitOf(turn + n));
  const positions = units.map((unit) => journal.append(unit));
  const last = positions.at(-1);
  if (last !== undefined) await journal.durable(last);
  const events = units.flat().flatMap(({ row, events }) => events.map((event) => ({ id: row.id, event })));
  writeSync(1, events.map(({ id, event }) => `${id} ${event.version} ${eventDigest(event)}\n`).join(""));
}
