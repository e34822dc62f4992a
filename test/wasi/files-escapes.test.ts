/** Ways out of a granted folder; what comes of them is looked for on the disk. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Activities } from "../../host/ports/activities.ts";
import { type Expected, endOf, fileAttempt, filePool, followed, outcomeOf } from "../support/file-attempts.ts";

let place: string;
let pool: Activities;
/** Holds the granted folder `host` and, beside it, what the guest must not get at. */
let around: string;
let host: string;
let rounds = 0;

beforeAll(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "stele-escapes-")));
  pool = await filePool(join(place, "scratch"));
});

afterAll(async () => {
  await pool.close();
  rmSync(place, { recursive: true });
});

beforeEach(() => {
  around = join(place, `round-${++rounds}`);
  host = join(around, "host");
  mkdirSync(join(host, "sub", "deep"), { recursive: true });
  writeFileSync(join(host, "inside"), "inside");
  mkdirSync(join(around, "outside"));
  writeFileSync(join(around, "outside", "secret"), "secret");
  writeFileSync(join(around, "secret"), "secret");
});

const beside = () => readdirSync(around, { recursive: true }).filter((path) => !path.toString().startsWith("host"));

async function expectAnswers(script: readonly Expected[], dirs = [{ host, guest: "/data", writable: true }]) {
  const before = beside();
  expect(await followed(pool, script, { dirs, scratch: "/scratch" })).toEqual(script);
  expect(beside()).toEqual(before);
  expect(readFileSync(join(around, "secret"), "utf8")).toBe("secret");
}

const no = "err not-permitted";

describe("no way out", () => {
  test("by the path", () =>
    expectAnswers([
      [no, "cat", "/data", "../secret"],
      [no, "cat", "/data", ".."],
      [no, "cat", "/data", "sub/../../secret"],
      [no, "cat", "/data", "sub/deep/../../../secret"],
      [no, "put", "/data", "../new", "x"],
      [no, "open", "up", "/data", "..", "directory"],
      [no, "open", "up", "/data", "sub/../..", "directory"],
      [no, "cat", "/data", join(around, "secret")],
      [no, "cat", "/data", "/etc/passwd"],
      [no, "cat", "/data", "//inside"],
      ["err invalid", "cat", "/data", "inside\0"],
      [no, "stat-at", "/data", "../secret"],
      [no, "mkdir", "/data", "../new"],
      [no, "rmdir", "/data", "../outside"],
      [no, "unlink", "/data", "../secret"],
      [no, "readlink", "/data", "../secret"],
      [no, "rename", "/data", "../secret", "/data", "mine"],
      [no, "rename", "/data", "inside", "/data", "../new"],
      [no, "link", "/data", "../secret", "/data", "mine"],
      [no, "link", "/data", "inside", "/data", "../new"],
      [no, "symlink", "/data", "inside", "../new"],
      [no, "times-at", "/data", "../secret", "0"],
      ["ok", "open", "sub", "/data", "sub", "directory"],
      [no, "cat", "sub", "../inside"],
      [no, "cat", "sub", "deep/../../inside"],
      ["ok inside", "cat", "/data", "sub/deep/../../inside"],
    ]));

  test("by a link that was there", async () => {
    symlinkSync(join(around, "secret"), join(host, "absolute"));
    symlinkSync(join(host, "inside"), join(host, "absolute-inside"));
    symlinkSync("../secret", join(host, "relative"));
    symlinkSync("../outside", join(host, "folder"));
    symlinkSync("../../../secret", join(host, "sub", "deep", "far"));
    symlinkSync("sub/deep", join(host, "short"));
    symlinkSync("loop", join(host, "loop"));
    symlinkSync("../new", join(host, "dangling"));
    await expectAnswers([
      [no, "cat", "/data", "absolute"],
      [no, "cat", "/data", "absolute-inside"],
      [no, "cat", "/data", "relative"],
      [no, "cat", "/data", "folder/secret"],
      [no, "open", "up", "/data", "folder", "directory follow"],
      ["err not-directory", "open", "up", "/data", "folder", "directory"],
      [no, "open", "up", "/data", "folder/", "directory"],
      [no, "cat", "/data", "sub/deep/far"],
      [no, "cat", "/data", "short/far"],
      ["ok inside", "cat", "/data", "short/../../inside"],
      [no, "cat", "/data", "short/../../../secret"],
      ["err loop", "cat", "/data", "loop"],
      ["err loop", "cat", "/data", "loop/inside"],
      [no, "put", "/data", "dangling", "x"],
      [no, "put", "/data", "relative", "x"],
      [no, "stat-end", "/data", "relative"],
      [no, "mkdir", "/data", "folder/new"],
      [no, "unlink", "/data", "folder/secret"],
      [no, "rename", "/data", "inside", "/data", "folder/new"],
      [no, "link", "/data", "folder/secret", "/data", "mine"],
      [no, "readlink", "/data", "absolute"],
      ["ok ../secret", "readlink", "/data", "relative"],
      ["ok", "link", "/data", "relative", "/data", "again"],
      [no, "cat", "/data", "again"],
    ]);
  });

  test("by a link of the guest's own", () =>
    expectAnswers([
      [no, "symlink", "/data", join(around, "secret"), "l"],
      [no, "symlink", "/data", "/proc/self/root", "l"],
      [no, "symlink", "/data", "../secret", "l"],
      [no, "symlink", "/data", "..", "l"],
      [no, "symlink", "/data", "sub/../../../secret", "sub/l"],
      [no, "symlink", "/data", "../../../secret", "sub/deep/l"],
      ["ok", "symlink", "/data", "../../secret", "sub/deep/l"],
      ["err no-entry", "cat", "/data", "sub/deep/l"],
      ["ok", "rename", "/data", "sub/deep/l", "/data", "l"],
      [no, "cat", "/data", "l"],
      [no, "put", "/data", "l", "x"],
      ["ok", "symlink", "/data", "sub/deep", "way"],
      [no, "symlink", "/data", "way/../..", "back"],
      ["ok", "symlink", "/data", "way/..", "back"],
      ["ok inside", "cat", "/data", "back/../inside"],
      [no, "cat", "/data", "back/../../secret"],
    ]));

  test("by a link in the place of a granted folder", async () => {
    await expectAnswers([
      ["ok", "symlink", "/data", ".", "here"],
      ["ok", "symlink", "/data", "here/../outside", "granted"],
      [no, "cat", "/data", "granted/secret"],
    ]);
    const dirs = [{ host: join(host, "granted"), guest: "/granted", writable: true }];
    const end = await endOf(pool, fileAttempt({ steps: [["cat", "/granted", "secret"]], dirs }));
    const message = expect.stringContaining("is reached by a symbolic link") as unknown;
    expect(end).toMatchObject({ kind: "failed", reason: { message } });
  });

  test("by folders that are moved away", () =>
    expectAnswers([
      ["ok", "open", "deep", "/data", "sub/deep", "directory"],
      ["ok", "rename", "/data", "sub/deep", "/data", "deep"],
      [no, "cat", "deep", "../secret"],
      [no, "cat", "deep", "../../secret"],
      [no, "cat", "deep", "../inside"],
      ["ok", "put", "deep", "mine", "x"],
      ["ok x", "cat", "/data", "deep/mine"],
    ]));

  test("by a link that comes and goes", async () => {
    writeFileSync(join(host, "sub", "secret"), "mine");
    const [folder, aside, link] = [join(host, "sub"), join(host, "aside"), join(host, "link")];
    const asked = fileAttempt({
      steps: [
        ["repeat", "1500", "cat", "/data", "sub/secret"],
        ["repeat", "1500", "put", "/data", "sub/new", "x"],
        ["repeat", "1500", "rename", "/data", "inside", "/data", "sub/inside"],
      ],
      dirs: [{ host, guest: "/data", writable: true }],
    });
    const before = beside();
    const attempt = { over: false };
    const outcome = outcomeOf(pool, asked).finally(() => {
      attempt.over = true;
    });
    symlinkSync("../outside", link);
    while (!attempt.over) {
      for (let round = 0; round < 50; round++) {
        renameSync(folder, aside);
        renameSync(link, folder);
        renameSync(folder, link);
        renameSync(aside, folder);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [read] = await outcome;
    expect(read).toContain("ok mine");
    expect(read).not.toContain("ok secret");
    expect(beside()).toEqual(before);
  });
});

describe("neither file nor folder", () => {
  test("a pipe and a socket are not opened", async () => {
    execFileSync("mkfifo", [join(host, "pipe")]);
    const server = createServer().listen(join(host, "socket"));
    try {
      await expectAnswers([
        [no, "cat", "/data", "pipe"],
        [no, "put", "/data", "pipe", "x"],
        [no, "cat", "/data", "socket"],
        ["ok inside:regular-file pipe:fifo socket:socket sub:directory", "list", "/data"],
      ]);
    } finally {
      server.close();
    }
  });

  test("a device is not opened", () =>
    expectAnswers(
      [
        [no, "cat", "/dev", "zero"],
        [no, "put", "/dev", "null", "x"],
        [no, "open", "tty", "/dev", "tty", "read write"],
      ],
      [{ host: "/dev", guest: "/dev", writable: true }],
    ));

  test("the links of /proc lead nowhere", () =>
    expectAnswers(
      [
        [no, "cat", "/proc", "self/root/etc/passwd"],
        [no, "open", "cwd", "/proc", `${process.pid}/cwd`, "directory follow"],
      ],
      [{ host: "/proc", guest: "/proc", writable: false }],
    ));
});
