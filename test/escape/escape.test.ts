/** Guests that want out, in C and on both engines of JavaScript. Each tries beside a neighbour in the same thread; what
 *  came of it is looked at from outside: at the service, the neighbour, the next guest, and this process. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OneThread } from "../support/one-thread.ts";

const secret = "the-host-alone-knows-this";
/** A guest may have 64 MiB; its engine, compiled, and the garbage that it leaves take as much again. */
const grownMax = 300 * 1024 * 1024;

let thread: OneThread;

beforeAll(async () => {
  process.env["SECRET_IN_ENV"] = secret;
  thread = await OneThread.of(["escape-c", "escape-quickjs", "escape-starlingmonkey"]);
});
afterAll(async () => {
  delete process.env["SECRET_IN_ENV"];
  await thread.close();
});

const got = (ok: unknown) => ({ kind: "returned", outcome: { ok } });
const ended = (kind: string, message: RegExp) => ({
  kind: "failed",
  reason: { kind, message: expect.stringMatching(message) as unknown },
});
const trapped = (message = /./) => ended("trap", message);
const refused = expect.stringMatching(/^refused/) as unknown;

type Case = readonly [what: string, argument: string, end: object];

const inC: readonly Case[] = [
  ["environment", "", got("0")],
  ["directories", "", got("0")],
  ["open", "/etc/passwd", trapped(/does not hold/)],
  ["open", "../../../../etc/passwd", trapped(/does not hold/)],
  ["open", "/proc/self/environ", trapped(/does not hold/)],
  ["socket", "0", got(refused)],
  ["socket", "1", got(refused)],
  ["socket", "2", trapped(/case 2/)],
  ["resolve", "localhost", got(refused)],
  ["connect", "", trapped(/does not hold/)],
  ["forge", "0", trapped(/does not hold/)],
  ["forge", "1", trapped(/does not hold/)],
  ["forge", "4294967295", trapped(/does not hold/)],
  ["forge-kind", "", trapped(/of output-stream as one of pollable/)],
  ["drop-twice", "", trapped(/does not hold/)],
  ["use-dropped", "", trapped(/does not hold/)],
  ["give-twice", "127.0.0.1:1", trapped(/does not hold/)],
  ["bad-text", "", trapped(/not utf-8/)],
  ["surrogate", "", trapped(/not utf-8/)],
  ["long-text", "", trapped(/beyond its memory/)],
  ["far-text", "", trapped(/beyond its memory/)],
  ["long-write", "", trapped(/beyond its memory/)],
  ["far-answer", "", trapped(/beyond its memory/)],
  ["unaligned-answer", "", trapped(/not aligned/)],
  ["unaligned-list", "", trapped(/not aligned/)],
  ["long-list", "", trapped(/beyond its memory/)],
  ["odd-case", "", trapped(/case 77/)],
  ["odd-option", "", trapped(/case 2/)],
  ["overlap", "", got("3")],
  ["exit", "0", trapped(/exit/)],
  ["exit", "1", trapped(/exit/)],
  ["return-beyond", "", trapped(/beyond its memory/)],
  ["return-unaligned", "", trapped(/not aligned/)],
  ["return-no-case", "", trapped(/case 9/)],
  ["return-endless", "", trapped(/beyond its memory/)],
  ["return-not-utf8", "", trapped(/not utf-8/)],
  ["hoard", "", got(expect.stringMatching(/^\d+$/))],
  ["hoard-handles", "", trapped(/handles/)],
  ["recurse", "", trapped()],
  ["spin", "", ended("out-of-fuel", /out of fuel/)],
  ["flood", "100000", got("flooded")],
];

/** How it ends is its engine's affair: nothing but its own attempt may come to an end. */
const somehow = { kind: expect.stringMatching(/^(returned|failed)$/) as unknown };

const inScript: readonly Case[] = [
  ["environment", "", got("0")],
  ["directories", "", got("0")],
  ["globals", "", got("")],
  ["globals-by-constructor", "", got("")],
  ["socket", "", got(refused)],
  ["spin", "", ended("out-of-fuel", /out of fuel/)],
  ["flood", "2000", got("flooded")],
  ["exit", "", trapped(/exit/)],
  ...[
    "forge",
    "use-dropped",
    "drop-twice",
    "hoard",
    "hoard-objects",
    "hoard-handles",
    "recurse",
    "bad-text",
    "no-text",
    "exotic-text",
    "tamper",
    "return-surrogate",
    "return-no-text",
    "return-exotic",
    "return-thenable",
    "throw-exotic",
    "throw-nothing",
  ].map((what) => [what, "", somehow] as const),
];

describe.each([
  ["escape-c", inC],
  ["escape-quickjs", inScript],
  ["escape-starlingmonkey", inScript],
] as const)("%s", (guest, cases) => {
  test.each(cases)("tries %s %s", async (what, argument, end) => {
    const [seen, rss] = [thread.service.seen.length, process.memoryUsage.rss()];
    const came = await thread.besideNeighbour("escape-c", () => thread.attempt(guest, what, argument));
    expect(came).toMatchObject(end);
    expect(JSON.stringify(came)).not.toContain(secret);
    expect(thread.service.seen.length).toBe(seen + 1);
    expect(process.memoryUsage.rss() - rss).toBeLessThan(grownMax);
    expect(await thread.attempt(guest, "echo", "next")).toMatchObject(got("next"));
  });

  test("logs no more than it may", async () => {
    const { logs } = await thread.attempt(guest, "flood", "2000");
    expect(logs.reduce((bytes, { message }) => bytes + message.length, 0)).toBeLessThan(101_000);
    expect(logs.at(-1)).toMatchObject({ level: "warn" });
  });
});

/** The same loopback address as others would write it. */
const spellings = [
  "127.0.0.1",
  "localhost",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "127.1",
  "0",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "x@127.0.0.1",
  "127.0.0.1.",
  "LOCALHOST",
  "127.0.0.1%00.example.org",
];

describe.each(["escape-c", "escape-starlingmonkey"] as const)("%s", (guest) => {
  const port = () => thread.service.authority.split(":")[1] ?? "";

  test.each(spellings)("is let nowhere without a grant, by no name: %s", async (host) => {
    const seen = thread.service.seen.length;
    const end = await thread.attempt(guest, "dial", `${host}:${port()}`);
    expect(JSON.stringify(end)).not.toMatch(/answered/);
    expect(thread.service.seen.length).toBe(seen);
  });

  test.each(spellings)("is let nowhere but where its grant says: %s", async (host) => {
    const seen = thread.service.seen.length;
    const allowed = `http://service.example:${port()}`;
    const end = await thread.attempt(guest, "dial", `${host}:${port()}`, { allowed });
    expect(JSON.stringify(end)).not.toMatch(/answered/);
    expect(thread.service.seen.length).toBe(seen);
  });

  test("gets where its grant says", async () => {
    const { authority, origin } = thread.service;
    expect(JSON.stringify(await thread.attempt(guest, "dial", authority, { allowed: origin }))).toMatch(/answered 200/);
  });
});

describe("escape-starlingmonkey", () => {
  test.each(["file:///etc/passwd", "data:text/plain,x", "http://localhost:1/", "ftp://localhost/", "not a URL"])(
    "fetches not %s",
    async (url) => {
      expect(await thread.attempt("escape-starlingmonkey", "fetch", url)).toMatchObject(got(refused));
    },
  );

  test.each(["fs", "node:fs", "file:///etc/passwd", "./escape-starlingmonkey.ts"])("imports not %s", async (name) => {
    expect(await thread.attempt("escape-starlingmonkey", "import", name)).toMatchObject(somehow);
  });

  test.each(["tamper-and-ask", "forge-kind", "give-twice"])(
    "tries %s and is alone in what becomes of it",
    async (what) => {
      const { authority, origin } = thread.service;
      const allowed = { allowed: origin };
      const came = await thread.besideNeighbour("escape-c", () =>
        thread.attempt("escape-starlingmonkey", what, authority, allowed),
      );
      expect(came).toMatchObject(somehow);
      expect(await thread.attempt("escape-starlingmonkey", "dial", authority, allowed)).toMatchObject(
        got("got answered 200"),
      );
    },
  );
});
