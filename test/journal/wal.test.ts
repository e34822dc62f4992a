/** A log that is not what was written. SQLite takes a wrong frame for the end and says nothing. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { openReader } from "../../host/journal/reader.ts";
import type { JournalReader } from "../../host/ports/journal.ts";
import { Author, component, drew, idOf } from "../support/author.ts";
import { startedAt } from "../support/histories.ts";
import { hostError, problemsOf } from "./fixture.ts";

const a = idOf(1);
const commits = 30;
const headerBytes = 32;
const frameBytes = 24 + 4096;

let folder: string;
let dir: string;
let log: string;
let sound: Buffer;
/** The length of the log, in bytes, after each commit. */
let ends: readonly number[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "stele-wal-"));
  dir = join(folder, "left");
  log = join(dir, "journal.sqlite-wal");
  ends = await leave(dir);
  sound = readFileSync(log);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes `to` the folder of a host that was killed: its log holds `commits` events of one execution. */
async function leave(to: string): Promise<readonly number[]> {
  const live = join(folder, "live");
  const journal = openJournal({ dir: live, now: () => startedAt as Millis });
  const author = new Author(journal);
  journal.putComponent(component);
  await journal.durable(journal.append([author.begin(a)]));
  const after: number[] = [];
  for (let n = 1; n < commits; n++) {
    await journal.durable(journal.append([author.next(a, drew(`value ${n}`))]));
    after.push(readFileSync(join(live, "journal.sqlite-wal")).length);
  }
  killed(live, to);
  journal.close();
  return after;
}

/** Makes `to` what a host leaves in `from` that is killed now. */
function killed(from: string, to: string): void {
  mkdirSync(to);
  // By another process: closing a file gives up the locks that this one holds on it.
  for (const name of ["journal.sqlite", "journal.sqlite-wal"]) execFileSync("cp", [join(from, name), to]);
}

function put(bytes: Buffer): void {
  rmSync(join(dir, "journal.sqlite-shm"), { force: true });
  writeFileSync(log, bytes);
}

function flipped(offset: number): Buffer {
  const copy = Buffer.from(sound);
  copy[offset] = (copy[offset] ?? 0) ^ (1 << (offset % 8));
  return copy;
}

/** How many of the events a reader finds, or that it says what is wrong. */
function seen(): number | "told" {
  let reader: JournalReader;
  try {
    reader = openReader(dir);
  } catch (error) {
    expect(error).toEqual(hostError("journal-corrupt"));
    return "told";
  }
  try {
    if (problemsOf(reader).length > 0) return "told";
    const row = reader.findExecution(a);
    return row === undefined ? 0 : reader.history(row.key).length;
  } finally {
    reader.close();
  }
}

test("a log that is sound says nothing, and all of it is there", () => {
  expect(seen()).toBe(commits);
  openJournal({ dir, now: () => startedAt as Millis }).close();
  expect(seen()).toBe(commits);
});

test("one flipped bit is told, or costs no more than the last commits", () => {
  const inLastTwo = (offset: number) => offset >= (ends.at(-3) ?? 0);
  const told: number[] = [];
  for (let offset = 0; offset < sound.length; offset += 509) {
    put(flipped(offset));
    const found = seen();
    if (found === "told") told.push(offset);
    else
      expect(found, `byte ${offset} of ${sound.length}`).toBeGreaterThanOrEqual(
        inLastTwo(offset) ? commits - 2 : commits,
      );
  }
  expect(told.length).toBeGreaterThan(100);
});

test.each([
  ["its header's magic number", 0],
  ["its header's salt", 17],
  ["its header's checksum", 25],
  ["a frame's page number", headerBytes + 2 * frameBytes + 3],
  ["a frame's salt", headerBytes + 2 * frameBytes + 9],
  ["a frame's checksum", headerBytes + 2 * frameBytes + 17],
  ["a frame's page", headerBytes + 2 * frameBytes + 2_000],
])("a bit of %s: a host refuses to write over what it can't read", (_, offset) => {
  put(flipped(offset));
  const open = () => openJournal({ dir, now: () => startedAt as Millis });
  expect(open).toThrow(hostError("journal-corrupt"));
  expect(open).toThrow(`${log} is damaged in ${offset < headerBytes ? "its header" : "frame 3"}`);
  put(sound);
  open().close();
  expect(seen()).toBe(commits);
});

test("a commit that a crash has cut short is no damage, wherever it was cut", () => {
  const last = ends.at(-2) ?? 0;
  for (let length = last; length < sound.length; length += 997) {
    put(sound);
    truncateSync(log, length);
    expect(seen(), `${length} of ${sound.length} bytes`).toBe(commits - 1);
  }
});

test("a commit of which a crash has kept the end and lost the beginning is no damage", () => {
  const last = ends.at(-2) ?? 0;
  const torn = Buffer.from(sound);
  torn.fill(0, last, last + frameBytes);
  put(torn);
  expect(seen()).toBe(commits - 1);
});

test("a commit that was cut off is not there any more for the next host", async () => {
  const open = (at: string) => openJournal({ dir: at, now: () => startedAt as Millis });
  const first = open(dir);
  const author = new Author(first);
  const { row } = author.begin(idOf(2));
  const end = readFileSync(log).length;
  await first.durable(first.append([{ row, events: author.history(row.id) }]));
  const large = author.next(idOf(2), drew("large ".repeat(30_000)));
  const before = readFileSync(log).length;
  expect(before).toBeGreaterThan(end);
  await first.durable(first.append([large]));
  const [second, third] = [join(folder, "second"), join(folder, "third")];
  killed(dir, second);
  first.close();
  const torn = readFileSync(join(second, "journal.sqlite-wal"));
  writeFileSync(join(second, "journal.sqlite-wal"), torn.fill(0, before, before + frameBytes));

  const next = open(second);
  killed(second, third);
  next.close();
  open(third).close();
  const reader = openReader(third);
  expect(reader.cuts()).toEqual([
    { epoch: next.epoch, at: startedAt, frames: expect.toSatisfy((n) => n > 20) as number },
  ]);
  reader.close();
});

test("frames of an earlier time behind the end are no damage", async () => {
  // All of the log is moved into the database when the file is closed; the next one begins at the file's start.
  openJournal({ dir, now: () => startedAt as Millis }).close();
  const journal = openJournal({ dir, now: () => startedAt as Millis });
  await journal.durable(journal.append([new Author(journal).begin(idOf(2))]));
  const fresh = readFileSync(log);
  journal.close();
  writeFileSync(log, Buffer.concat([fresh, sound.subarray(fresh.length)]));
  expect(seen()).toBe(commits);
});
