import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Activities } from "../../host/ports/activities.ts";
import {
  answers,
  type Expected,
  endOf,
  type FileAttempt,
  fileAttempt,
  filePool,
  followed,
} from "../support/file-attempts.ts";
import { openBelow } from "../support/open-below.ts";

let place: string;
let pool: Activities;
/** What a guest finds as `/data`. */
let host: string;
let folders = 0;

beforeAll(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "stele-files-")));
  pool = await filePool(join(place, "scratch"));
});

afterAll(async () => {
  await pool.close();
  rmSync(place, { recursive: true });
});

beforeEach(() => {
  host = join(place, `host-${++folders}`);
  mkdirSync(join(host, "sub"), { recursive: true });
  writeFileSync(join(host, "alpha"), "the letter alpha");
  writeFileSync(join(host, "sub", "beta"), "beta");
});

function ask(steps: FileAttempt["steps"], more: Partial<FileAttempt> = {}): Promise<readonly string[]> {
  return answers(pool, { steps, dirs: [{ host, guest: "/data", writable: true }], ...more });
}

async function expectAnswers(script: readonly Expected[], more: Partial<FileAttempt> = {}): Promise<void> {
  const dirs = [{ host, guest: "/data", writable: true }];
  expect(await followed(pool, script, { dirs, ...more })).toEqual(script);
}

const contentOf = (name: string) => readFileSync(join(host, name), "utf8");
const everything = () => readdirSync(host, { recursive: true }).map(String).toSorted();

describe("a granted folder", () => {
  test("is read", () =>
    expectAnswers([
      ["ok", "open", "f", "/data", "alpha"],
      ["ok regular-file", "type", "f"],
      ["ok let", "read", "f", "3", "4"],
      ["ok alpha end", "read", "f", "100", "11"],
      ["ok  end", "read", "f", "100", "400"],
      ["ok letter alpha", "hear", "f", "4"],
      ["ok beta", "cat", "/data", "sub/beta"],
      ["ok beta", "cat", "/data", "./sub//../sub/./beta"],
      ["ok alpha:regular-file sub:directory", "list", "/data"],
      ["err not-directory", "list", "f"],
      ["err is-directory", "hear", "/data", "0"],
      ["err overflow", "hear", "f", String(2n ** 64n - 1n)],
      ["err no-entry", "cat", "/data", "gamma"],
      ["err not-directory", "cat", "/data", "alpha/beta"],
      ["err not-directory", "cat", "/data", "alpha/"],
      ["err no-entry", "cat", "/data", ""],
      ["err name-too-long", "cat", "/data", "n".repeat(300)],
      ["err name-too-long", "cat", "/data", "sub/../".repeat(200)],
    ]));

  test("is written to", async () => {
    await expectAnswers([
      ["ok", "open", "f", "/data", "new", "create exclusive read write"],
      ["err exist", "open", "g", "/data", "new", "create exclusive write"],
      ["ok", "say", "f", "hello", "0"],
      ["ok", "append", "f", " world"],
      ["ok 1", "write", "f", "J", "0"],
      ["ok Jello world end", "read", "f", "100", "0"],
      ["ok", "sync", "f"],
      ["ok", "open", "t", "/data", "alpha", "truncate write"],
      ["ok", "size", "t", "3"],
      ["ok", "put", "/data", "sub/gamma", "gamma"],
      ["ok", "put", "/data", "sub/beta", "B"],
      ["err is-directory", "open", "d", "/data", "sub", "write"],
      ["err no-entry", "put", "/data", "nowhere/", "x"],
      ["err not-directory", "open", "d", "/data", "alpha", "directory"],
    ]);
    expect(["new", "alpha", "sub/gamma", "sub/beta"].map(contentOf)).toEqual([
      "Jello world",
      "\0\0\0",
      "gamma",
      "Beta",
    ]);
  });

  test("is arranged anew", async () => {
    await expectAnswers([
      ["ok", "mkdir", "/data", "a"],
      ["err exist", "mkdir", "/data", "a"],
      ["ok", "mkdir", "/data", "a/b/"],
      ["ok", "rename", "/data", "alpha", "/data", "a/b/moved"],
      ["ok", "link", "/data", "a/b/moved", "/data", "again"],
      ["err not-permitted", "link", "/data", "a", "/data", "folder-again"],
      ["ok", "symlink", "/data", "a/b/moved", "soft"],
      ["ok a/b/moved", "readlink", "/data", "soft"],
      ["ok the letter alpha", "cat", "/data", "soft"],
      ["err loop", "open", "f", "/data", "soft", "read"],
      ["err not-empty", "rmdir", "/data", "a"],
      ["err not-directory", "rmdir", "/data", "again"],
      ["err is-directory", "unlink", "/data", "sub"],
      ["ok", "unlink", "/data", "sub/beta"],
      ["ok", "rmdir", "/data", "sub"],
      ["err invalid", "rename", "/data", "a", "/data", "a/b/c"],
      ["ok", "open", "a", "/data", "a", "directory"],
      ["ok", "rename", "a", "b/moved", "/data", "alpha"],
      ["ok b:directory", "list", "a"],
    ]);
    expect(everything()).toEqual(["a", "a/b", "again", "alpha", "soft"]);
    expect(contentOf("alpha")).toBe("the letter alpha");
  });

  test("tells of its files", async () => {
    linkSync(join(host, "alpha"), join(host, "twin"));
    await expectAnswers([
      ["ok", "open", "f", "/data", "alpha", "read write"],
      ["ok", "open", "twin", "/data", "twin"],
      ["ok", "times", "f", "1000"],
      ["ok regular-file 16 2 1000.500000000", "stat", "f"],
      ["ok", "times-at", "/data", "sub/beta", "2000"],
      ["ok regular-file 4 1 2000.500000000", "stat-at", "/data", "sub/beta"],
      ["ok", "symlink", "/data", "sub/beta", "soft"],
      ["ok", "times-at", "/data", "soft", "3000"],
      ["ok symbolic-link 8 1 3000.500000000", "stat-at", "/data", "soft"],
      ["ok regular-file 4 1 2000.500000000", "stat-end", "/data", "soft"],
      ["ok true true", "same", "f", "twin"],
      ["ok false false", "same", "f", "/data"],
      ["ok read write", "flags", "f"],
      ["ok read", "flags", "twin"],
      ["ok read mutateDirectory", "flags", "/data"],
      ["err overflow", "times-at", "/data", "sub/beta", String(2n ** 63n)],
    ]);
    expect(statSync(join(host, "alpha")).mtimeMs).toBe(1_000_500);
  });

  test("lists no name that is not UTF-8", async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${host}/sub/`), Buffer.from([0xff, 0x61])]), "");
    await expectAnswers([
      ["ok", "open", "sub", "/data", "sub"],
      ["ok beta:regular-file", "list", "sub"],
    ]);
  });

  test("that is not there fails the attempt, and says so", async () => {
    const gone = join(host, "gone");
    const end = await endOf(pool, fileAttempt({ steps: [], dirs: [{ host: gone, guest: "/gone", writable: false }] }));
    const message = expect.stringContaining(`the granted folder ${gone} can't be opened: Error: ENOENT`) as unknown;
    expect(end).toMatchObject({ kind: "failed", reason: { kind: "trap", message } });
  });
});

describe("a descriptor", () => {
  test("that was opened without write can't write", async () => {
    await expectAnswers([
      ["ok", "open", "f", "/data", "alpha"],
      ["err bad-descriptor", "write", "f", "x", "0"],
      ["err bad-descriptor", "say", "f", "x", "0"],
      ["err bad-descriptor", "append", "f", "x"],
      ["err bad-descriptor", "size", "f", "0"],
      ["ok", "open", "g", "/data", "alpha", "write"],
      ["err bad-descriptor", "read", "g", "1", "0"],
      ["err bad-descriptor", "hear", "g", "0"],
    ]);
    expect(contentOf("alpha")).toBe("the letter alpha");
  });

  test("of a folder that is granted for reading changes nothing", async () => {
    const before = everything();
    await expectAnswers(
      [
        ["ok the letter alpha", "cat", "/read", "alpha"],
        ["ok", "open", "f", "/read", "alpha"],
        ["err read-only", "times", "f", "0"],
        ["err read-only", "times", "/read", "0"],
        ["ok", "open", "sub", "/read", "sub", "directory"],
        ["err read-only", "put", "sub", "new", "x"],
        ["err read-only", "open", "g", "/read", "alpha", "write"],
        ["err read-only", "open", "g", "/read", "alpha", "truncate"],
        ["err read-only", "open", "g", "/read", "sub", "directory mutate"],
        ["err read-only", "mkdir", "/read", "new"],
        ["err read-only", "rmdir", "/read", "sub"],
        ["err read-only", "unlink", "/read", "alpha"],
        ["err read-only", "rename", "/read", "alpha", "/read", "new"],
        ["err read-only", "rename", "/read", "alpha", "/scratch", "new"],
        ["err read-only", "link", "/read", "alpha", "/scratch", "new"],
        ["err read-only", "symlink", "/read", "alpha", "new"],
        ["ok", "put", "/scratch", "mine", "x"],
        ["err read-only", "rename", "/scratch", "mine", "/read", "alpha"],
        ["err read-only", "link", "/scratch", "mine", "/read", "new"],
        ["ok read", "flags", "/read"],
      ],
      { dirs: [{ host, guest: "/read", writable: false }], scratch: "/scratch" },
    );
    expect(everything()).toEqual(before);
    expect(contentOf("alpha")).toBe("the letter alpha");
  });
});

describe("an attempt", () => {
  test("has no more open than it may", async () => {
    const opened = Array.from({ length: 20 }, (_, i) => ["open", `f${i}`, "/data", "alpha"]);
    const said = await ask([...opened, ["drop", "f0"], ["open", "again", "/data", "alpha"]], {
      limits: { openFilesMax: 10 },
    });
    expect(said.filter((answer) => answer === "err insufficient-memory").length).toBeGreaterThan(9);
    expect(said.slice(-2)).toEqual(["ok", "ok"]);
  });

  test("leaves nothing open", async () => {
    await ask([
      ["open", "f", "/data", "alpha"],
      ["open", "sub", "/data", "sub"],
    ]);
    expect(openBelow(host)).toEqual([]);
  });

  test.each([
    ["a stream", [["fill", "f", "20000"]], ["ok quota"]],
    ["a write", [["write", "f", "x".repeat(10_000), "0"]], ["err quota"]],
    ["a size", [["size", "f", "10000"]], ["err quota"]],
    ["a gap", [["write", "f", "x", "10000"]], ["err quota"]],
    [
      "a size again and again",
      ["3000", "0", "3000", "0", "3000"].map((size) => ["size", "f", size]),
      ["ok", "ok", "err quota", "ok", "err quota"],
    ],
    ["folders", [1, 2, 3].map((n) => ["mkdir", "/data", `d${n}`]), ["ok", "err quota", "err quota"]],
    ["files", [1, 2, 3].map((n) => ["put", "/data", `f${n}`, ""]), ["ok", "err quota", "err quota"]],
    ["links", [1, 2].map((n) => ["symlink", "/data", "alpha", `l${n}`]), ["ok", "err quota"]],
    ["names of one file", [1, 2].map((n) => ["link", "/data", "alpha", "/data", `h${n}`]), ["ok", "err quota"]],
  ])("writes no more than it may by %s", async (_by, steps, expected) => {
    const said = await ask([["open", "f", "/data", "new", "create write"], ...steps], {
      limits: { writtenBytesMax: 4096 + 5000 },
    });
    expect(said.slice(1)).toEqual(expected);
    expect(statSync(join(host, "new")).size).toBeLessThanOrEqual(5000);
  });
});
