/** The folder that an attempt has for itself: seen by no other, and gone with the attempt however that ends. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openHost } from "../../host/index.ts";
import type { Activities } from "../../host/ports/activities.ts";
import { answers, endOf, type FileAttempt, fileAttempt, filePool } from "../support/file-attempts.ts";
import { openBelow } from "../support/open-below.ts";

let scratchDir: string;
let pool: Activities;

beforeEach(async () => {
  scratchDir = mkdtempSync(join(tmpdir(), "stele-scratch-"));
  pool = await filePool(scratchDir);
});

afterEach(async () => {
  await pool.close();
  rmSync(scratchDir, { recursive: true });
});

/** Files and folders of attempts; each thread has a folder around them. */
function left(): string[] {
  return readdirSync(scratchDir, { recursive: true, withFileTypes: true }).flatMap(({ parentPath, name }) =>
    parentPath === scratchDir ? [] : [name],
  );
}

const held: FileAttempt["steps"] = [
  ["put", "/scratch", "mine", "x"],
  ["open", "f", "/scratch", "mine"],
  ["mkdir", "/scratch", "folder"],
  ["put", "/scratch", "folder/file", "x"],
  ["symlink", "/scratch", "folder", "link"],
];

/** What an attempt does with its folder before it ends in some way. */
function using(last: string[][], deadlineMs = 60_000) {
  return fileAttempt({ steps: [...held, ...last], scratch: "/scratch", deadlineMs, limits: { fuel: 10 ** 12 } });
}

/** Resolves once an attempt has made its last entry. */
function used(): Promise<void> {
  return seen(() => left().includes("link"));
}

/** Resolves once `is` holds of the folder, which is looked at whenever it changes. */
function seen(is: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(scratchDir, { recursive: true }, look);
    function look() {
      if (!is()) return;
      watcher.close();
      resolve();
    }
    look();
  });
}

describe("a scratch folder is gone when its attempt", () => {
  test.each([
    ["returns", using([]), { kind: "returned" }],
    ["traps", using([["trap"]]), { kind: "failed", reason: { kind: "trap" } }],
    ["is late, waiting", using([["sleep", "60000"]], 1_000), { kind: "failed", reason: { kind: "timed-out" } }],
    ["is late, computing", using([["spin"]], 1_000), { kind: "failed", reason: { kind: "timed-out" } }],
  ])("%s", async (_how, attempt, end) => {
    expect(await endOf(pool, attempt)).toMatchObject(end);
    await seen(() => left().length === 0);
    expect(openBelow(scratchDir)).toEqual([]);
  });

  test("is cancelled", async () => {
    const attempt = using([["sleep", "60000"]]);
    pool.start(attempt, () => expect.unreachable("it was cancelled"));
    await used();
    pool.cancel(attempt);
    await seen(() => left().length === 0);
    expect(openBelow(scratchDir)).toEqual([]);
  });

  test("loses its thread", async () => {
    pool.start(using([["sleep", "60000"]]), () => expect.unreachable("the pool was closed"));
    await used();
    await pool.close();
    expect(readdirSync(scratchDir)).toEqual([]);
    expect(openBelow(scratchDir)).toEqual([]);
  });

  test("has made it too deep for any path", async () => {
    const said = await answers(pool, { steps: [["dive", "/scratch", "2100"]], scratch: "/scratch" });
    expect(said).toEqual(["ok"]);
    expect(left()).toEqual([]);
  });
});

test("a scratch folder is the attempt's own", async () => {
  const steps = (name: string) => [
    ["put", "/scratch", name, name],
    ["sleep", "1"],
    ["list", "/scratch"],
    ["list", "/scratch"],
    ["open", "up", "/scratch", "..", "directory"],
  ];
  const said = await Promise.all(
    ["one", "other"].map((name) => answers(pool, { steps: steps(name), scratch: "/scratch" })),
  );
  expect(said).toEqual(
    ["one", "other"].map((name) => {
      const own = `ok ${name}:regular-file`;
      return ["ok", "ok", own, own, "err not-permitted"];
    }),
  );
});

test("a host removes what a killed one has left", async () => {
  const data = join(scratchDir, "data");
  mkdirSync(join(data, "scratch", "thread", "1", "folder"), { recursive: true });
  writeFileSync(join(data, "scratch", "thread", "1", "folder", "file"), "left");
  const host = await openHost({ data });
  await host.close();
  expect(readdirSync(join(data, "scratch"))).toEqual([]);
});
