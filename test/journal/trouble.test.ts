/** What a host meets before its journal is open: other hosts, other files, newer formats. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HostError, HostErrorCode } from "../../host/core/host-error.ts";
import type { Millis } from "../../host/core/ids.ts";
import { prepareFolder } from "../../host/journal/folder.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { migrations } from "../../host/journal/open-file.ts";
import { openReader } from "../../host/journal/reader.ts";
import type { Journal } from "../../host/ports/journal.ts";
import { Speaker } from "../crash/speaker.ts";
import { Author, idOf } from "../support/author.ts";
import { startedAt } from "../support/histories.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "stele-journal-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function open(at = dir): Journal {
  return openJournal({ dir: at, now: () => startedAt as Millis });
}

function withFile(work: (db: Database.Database) => void): void {
  const db = new Database(join(dir, "journal.sqlite"));
  try {
    work(db);
  } finally {
    db.close();
  }
}

/** The action is refused with this code, says all of `words`, and gives a hint. */
function expectRefused(action: () => unknown, code: HostErrorCode, ...words: readonly string[]): void {
  let refusal: unknown;
  try {
    action();
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ name: "HostError", code });
  const { message, hint } = refusal as HostError;
  for (const word of words) expect(message).toContain(word);
  expect(hint).toBeTruthy();
}

describe("another host", () => {
  test("in another process is named by its pid, and is not disturbed", async () => {
    const appender = Speaker.start(new URL("../crash/appender.ts", import.meta.url), dir);
    try {
      await appender.saidLines(1);
      expectRefused(() => open(), "journal-locked", dir, `pid ${appender.pid}`);
      const reader = openReader(dir);
      expect(reader.executions({ limit: 1 })).toHaveLength(1);
      reader.close();
      await appender.saidLines(appender.lines.length + 10);
    } finally {
      await appender.kill();
    }
    open().close();
  });

  test("in the same process is kept out too, until the first has closed", () => {
    const first = open();
    expectRefused(() => open(), "journal-locked", `pid ${process.pid}`);
    first.close();
    open().close();
  });

  test("that could not open the journal does not keep it", () => {
    open().close();
    withFile((db) => db.pragma("user_version = 99"));
    expectRefused(() => open(), "journal-newer");
    withFile((db) => db.pragma(`user_version = ${migrations().length}`));
    open().close();
  });
});

describe("another file", () => {
  test("of a newer format is refused to writers and readers, and stays as it is", () => {
    open().close();
    withFile((db) => db.pragma("user_version = 7"));
    expectRefused(() => open(), "journal-newer", "format 7", `up to ${migrations().length}`);
    expectRefused(() => openReader(dir), "journal-newer", "format 7");
    withFile((db) => expect(db.prepare("select count(*) from epoch").pluck().get()).toBe(1));
  });

  test("of another program is refused to both, and stays as it is", () => {
    withFile((db) => db.exec("create table mine (x)"));
    expectRefused(() => open(), "journal-corrupt", "not a journal of Stele");
    expectRefused(() => openReader(dir), "journal-corrupt", "not a journal of Stele");
    withFile((db) => {
      expect(db.prepare("select name from sqlite_schema").pluck().all()).toEqual(["mine"]);
      expect(db.pragma("journal_mode", { simple: true })).toBe("delete");
    });
  });

  test("that is no database is refused to both, and stays as it is", () => {
    writeFileSync(join(dir, "journal.sqlite"), "these are my notes\n".repeat(100));
    expectRefused(() => open(), "journal-corrupt", "not an SQLite database");
    expectRefused(() => openReader(dir), "journal-corrupt", "not an SQLite database");
  });

  test("that is a folder is refused to both", () => {
    mkdirSync(join(dir, "journal.sqlite"));
    expectRefused(() => open(), "journal-read-only", "can't be opened");
    expectRefused(() => openReader(dir), "journal-io", "reading or writing it failed");
  });

  test("that is empty becomes a journal", () => {
    writeFileSync(join(dir, "journal.sqlite"), "");
    open().close();
    withFile((db) => expect(db.pragma("user_version", { simple: true })).toBe(migrations().length));
  });
});

describe("the folder", () => {
  test("is made when it is missing, with those above it", () => {
    const deep = join(dir, "not", "there", "yet");
    open(deep).close();
    expect(readdirSync(deep)).toContain("journal.sqlite");
  });

  test("is not made by a reader", () => {
    const missing = join(dir, "missing");
    expectRefused(() => openReader(missing), "journal-missing", missing);
    expect(existsSync(missing)).toBe(false);
  });

  test.each([
    ["is a file", (file: string) => file],
    ["is below a file", (file: string) => join(file, "data")],
  ])("that %s is refused", (_, at) => {
    const file = join(dir, "file");
    writeFileSync(file, "");
    expectRefused(() => open(at(file)), "journal-read-only", at(file));
  });

  test.each([
    [0x6969, "NFS"],
    [0xff534d42, "CIFS"],
    [0x65735546, "FUSE"],
  ])("on a network file system (%i) is refused unless it is allowed", (type, name) => {
    expectRefused(() => prepareFolder(dir, false, () => type), "file-system-refused", dir, name);
    expect(() => prepareFolder(dir, true, () => type)).not.toThrow();
  });

  test("on this machine's temporary disk is taken", () => {
    expect(() => prepareFolder(dir, false)).not.toThrow();
  });
});

test("a reader changes neither the journal nor its lock", () => {
  const journal = open();
  const author = new Author(journal);
  journal.append([author.begin(idOf(1))]);
  journal.close();
  const content = () => ["journal.sqlite", "journal.lock"].map((file) => readFileSync(join(dir, file), "base64"));
  const before = content();
  const reader = openReader(dir);
  expect(reader.executions({ limit: 9 })).toEqual([author.row(idOf(1))]);
  reader.close();
  expect(content()).toEqual(before);
});
