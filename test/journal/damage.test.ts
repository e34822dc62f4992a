/** A file that is not what was written: found, or without a consequence. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExecutionFold } from "../../host/core/fold.ts";
import { HostError } from "../../host/core/host-error.ts";
import { childId, type ExecutionId, type ExecutionKey, type JoinSetId, type Millis } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { openReader } from "../../host/journal/reader.ts";
import type { Journal, JournalReader } from "../../host/ports/journal.ts";
import { Author, component, drew, idOf } from "../support/author.ts";
import { startedAt } from "../support/histories.ts";
import { activate, hostError, problemsOf } from "./fixture.ts";

const largeLetters = 300 * 1024;
const [a, b] = [idOf(1), idOf(2)];

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "stele-damage-"));
  file = join(dir, "journal.sqlite");
});
afterEach(() => rmSync(dir, { recursive: true }));

function open(): Journal {
  return openJournal({ dir, now: () => startedAt as Millis });
}

/** A closed journal with a bit of everything. */
function write(last: Json = "done"): Author {
  const journal = open();
  const author = new Author(journal);
  journal.putComponent(component);
  activate(journal, '{"n":1}');
  activate(journal, '{"n":2}');
  journal.append([author.begin(a, ["some text", { n: 1 }])]);
  journal.append(author.submit(a, "o:1-step" as JoinSetId, [1, 2, 3]));
  for (let n = 0; n < 10; n++) journal.append([author.next(a, drew(`value ${n}`))]);
  journal.append([author.begin(b), author.finish(b, last)]);
  journal.close();
  return author;
}

function reading<T>(read: (reader: JournalReader) => T): T {
  const reader = openReader(dir);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

/** All that a host relies on. Log lines and the names of components carry no digest: they are told, not relied on. */
function contentOf(reader: JournalReader): object {
  return {
    executions: reader.executions({ limit: 1_000, children: true }).map((row) => ({
      row,
      found: reader.findExecution(row.id),
      history: reader.history(row.key),
    })),
    component: { ...reader.component(component.digest), name: undefined },
    deployment: reader.activeDeployment(),
  };
}

describe("one flipped bit", () => {
  /** What a flip led to; a crash or an error of another kind ends the test. */
  function consequence(sound: object): "refused" | "found" | "harmless" | "unnoticed" {
    try {
      return reading((reader) => {
        if (problemsOf(reader).length > 0) return "found";
        try {
          expect(contentOf(reader)).toEqual(sound);
          return "harmless";
        } catch (error) {
          if (error instanceof HostError)
            throw new Error("a read was refused, but no problem was found", { cause: error });
          return "unnoticed";
        }
      });
    } catch (error) {
      if (error instanceof HostError) return "refused";
      throw error;
    }
  }

  /** The host may refuse the file; if it takes it, every history that it reads is true. */
  function expectTrueToHost(author: Author): void {
    tolerant(() => {
      const journal = open();
      tolerant(() => {
        for (const id of author.ids()) {
          const loaded = journal.load(author.row(id).key);
          if (loaded !== undefined) expect(loaded.history).toEqual(author.history(id));
        }
        journal.unfinished(0 as ExecutionKey, 100);
        journal.append([new Author(journal).begin(idOf(77))]);
      });
      journal.close();
    });
  }

  /** A HostError is an answer; anything else is not. */
  function tolerant(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }

  function flipped(bytes: Buffer, offset: number): Buffer {
    const copy = Buffer.from(bytes);
    copy[offset] = (copy[offset] ?? 0) ^ (1 << (offset % 8));
    return copy;
  }

  function put(bytes: Buffer): void {
    for (const end of ["-wal", "-shm"]) rmSync(file + end, { force: true });
    writeFileSync(file, bytes);
  }

  /** Every seventh byte of those that say something: free space says nothing. */
  function places(bytes: Buffer, step: number): readonly number[] {
    const written = [...bytes.keys()].filter((offset) => bytes[offset] !== 0);
    return written.filter((_, index) => index % step === 0);
  }

  test("anywhere in the file is found, or changes nothing that is read", () => {
    write();
    const bytes = readFileSync(file);
    const sound = reading(contentOf);
    const offsets = { refused: [], found: [], harmless: [], unnoticed: [] } as Record<string, number[]>;
    for (const offset of places(bytes, 7)) {
      put(flipped(bytes, offset));
      offsets[consequence(sound)]?.push(offset);
    }
    expect(offsets["unnoticed"]).toEqual([]);
    expect(offsets["found"]).not.toEqual([]);
    expect(offsets["refused"]).not.toEqual([]);
  });

  test("anywhere in the file makes no host believe what was not written", () => {
    const author = write();
    const bytes = readFileSync(file);
    for (const offset of places(bytes, 61)) {
      put(flipped(bytes, offset));
      expectTrueToHost(author);
    }
  });
});

test("one flipped bit leaves other executions readable, and the check names the one that it is in", () => {
  const journal = open();
  const author = new Author(journal);
  journal.putComponent(component);
  const ids = Array.from({ length: 60 }, (_, n) => idOf(n + 1));
  for (const id of ids) {
    journal.append([author.begin(id)]);
    journal.append([author.next(id, drew(`${id} `.repeat(200)))]);
  }
  journal.close();
  const bytes = readFileSync(file);

  /** Rows follow from histories, and are checked against them; a history is as it was written, or is not given out. */
  const isWhole = (reader: JournalReader, id: ExecutionId) => {
    try {
      expect(reader.history(author.row(id).key)).toEqual(author.history(id));
      return isDeepStrictEqual(reader.findExecution(id), author.row(id));
    } catch (error) {
      if (error instanceof HostError) return false;
      throw error;
    }
  };
  // In what each of them drew: the bodies of events are most of the file.
  for (const id of ids.filter((_, n) => n % 5 === 0)) {
    const offset = bytes.indexOf(`${id} `.repeat(60)) + id.length;
    expect(offset).toBeGreaterThan(id.length);
    const damaged = Buffer.from(bytes);
    damaged[offset] = (damaged[offset] ?? 0) ^ 1;
    writeFileSync(file, damaged);
    const { broken, named } = reading((reader) => ({
      broken: ids.filter((each) => !isWhole(reader, each)),
      named: [...reader.problems((row, history) => ExecutionFold.of(row, history).row)].map(
        ({ execution }) => execution,
      ),
    }));
    expect(broken).toEqual([id]);
    expect(named).toEqual([id]);
  }
  // Wherever else it is: what can be read is as it was written.
  let readable = 0;
  for (let offset = 100; offset < bytes.length; offset += Math.ceil(bytes.length / 200)) {
    const damaged = Buffer.from(bytes);
    damaged[offset] = (damaged[offset] ?? 0) ^ (1 << (offset % 8));
    writeFileSync(file, damaged);
    try {
      readable += reading((reader) => ids.filter((id) => isWhole(reader, id)).length);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
  expect(readable).toBeGreaterThan(200 * ids.length * 0.9);
});

describe("a change made through SQLite", () => {
  function change(sql: string): void {
    const db = new Database(file);
    db.pragma("foreign_keys = OFF");
    db.exec(sql);
    db.close();
  }

  const large = "x".repeat(largeLetters);
  const child = childId(a, "o:1-step" as JoinSetId, 1);

  /** Version n of the execution `a`. */
  const eventOf = (n: number) => `execution = 1 and version = ${n}`;

  test.each([
    ["another body", `update event set body = replace(body, 'value 3', 'value 8') where ${eventOf(5)}`, "version 5"],
    ["another kind", `update event set kind = 'child-refused' where ${eventOf(5)}`, "version 5"],
    ["another time", `update event set at = at + 1 where ${eventOf(5)}`, "version 5"],
    ["another hash", `update event set hash = zeroblob(16) where ${eventOf(5)}`, "version 5"],
    ["a body that is no JSON", `update event set body = '{' where ${eventOf(5)}`, "version 5"],
    ["an event taken out", `delete from event where ${eventOf(5)}`, "another event stands in its place"],
    [
      "an event taken out and the chain closed over it",
      `update event set previous = (select previous from event where ${eventOf(5)}) where ${eventOf(6)};
       delete from event where ${eventOf(5)}`,
      "another event stands in its place",
    ],
    [
      "an event that leads to itself",
      `update event set previous = position where ${eventOf(5)}`,
      "another event stands in its place",
    ],
    [
      "an event that leads forward",
      `update event set previous = (select position from event where ${eventOf(7)}) where ${eventOf(5)}`,
      "another event stands in its place",
    ],
    [
      "a head that is another's",
      "update execution set head = (select head from execution where key = 3) where key = 1",
      "another event stands in its place",
    ],
    [
      "a history cut short with its row",
      `update execution set next_version = 5, head = (select position from event where ${eventOf(4)}),
       head_hash = (select hash from event where ${eventOf(4)}) where key = 1`,
      "the log holds",
    ],
    ["another status", "update execution set status = 'paused' where key = 1", "status is paused"],
    ["another end", "update execution set outcome = 'err' where key = 3", "outcome is err"],
    ["another parent", "update execution set parent = 3 where key = 2", "its parent is"],
    ["a parent that is not there", "update execution set parent = 77 where key = 2", "its parent is"],
    ["another id", `update execution set id = '${idOf(9)}' where key = 3`, "version 0"],
    ["a name taken out", "delete from name where text like 'test:%'", "is missing"],
    ["another large body", "update blob set body = body || ' '", "blob"],
    ["a large body taken out", "delete from blob", "blob is missing"],
    ["other bytes of a component", "update component set bytes = zeroblob(4)", "has other bytes"],
    ["a component taken out", "delete from component", "is not stored"],
    ["another deployment", "update deployment set json = '{\"n\":3}' where json like '%2%'", "deployment"],
    ["a deployment taken out", "delete from deployment", "names a row of deployment"],
    ["another table", "drop view history; create view history as select 1 as one", "the view history"],
  ])("%s is found, and the rest stays readable", (_, sql, words) => {
    const author = write(large);
    change(sql);
    expect(reading(problemsOf)).toContainEqual(expect.stringContaining(words));
    const untouched = [a, b, child].filter((id) => {
      try {
        return reading((reader) => reader.history(author.row(id).key).length > 0);
      } catch (error) {
        expect(error).toEqual(hostError("journal-corrupt"));
        return false;
      }
    });
    for (const id of untouched) {
      const history = reading((reader) => reader.history(author.row(id).key));
      expect(history).toEqual(author.history(id).slice(0, history.length));
    }
    expect(untouched).not.toEqual([]);
  });

  test("a host that meets a changed history says which event it is", () => {
    const author = write();
    change(`update event set at = at + 1 where ${eventOf(5)}`);
    const journal = open();
    const load = () => journal.load(author.row(a).key);
    expect(load).toThrow(hostError("journal-corrupt"));
    expect(load).toThrow(`${a} version 5`);
    expect(journal.load(author.row(b).key)?.history).toEqual(author.history(b));
    journal.close();
  });
});
