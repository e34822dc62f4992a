/** What a program is given, and what its answer counts as. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NativeRig } from "./fixture.ts";

let rig: NativeRig;
beforeEach(() => {
  rig = new NativeRig();
});
afterEach(() => rig.close());

const failed = (message: RegExp, kind = "failed") => ({
  kind: "failed",
  reason: { kind, message: expect.stringMatching(message) as string },
});

describe("an answer", () => {
  test.each<[what: string, script: string, outcome: unknown]>([
    ["ok", `echo '{"ok": "done"}'`, { ok: "done" }],
    ["an err", `printf '{"err":"no"}'`, { err: "no" }],
    ["with another name of its own", `echo '{"__proto__": {"ok": "no"}, "ok": "yes"}'`, undefined],
    ["nothing", "true", undefined],
    ["no JSON", "echo done", undefined],
    ["of another type", `echo '{"ok": 1}'`, undefined],
    ["of neither side", `echo '"done"'`, undefined],
    ["two answers", `echo '{"ok": "a"}{"ok": "b"}'`, undefined],
    ["no UTF-8", String.raw`printf '{"ok": "\377"}'`, undefined],
  ])("%s", async (_, script, outcome) => {
    const expected = outcome === undefined ? failed(/^the program's answer/) : { kind: "returned", outcome };
    expect(await rig.end(script)).toMatchObject(expected);
  });

  test("counts for nothing after a bad end, whose reason begins with what was said", async () => {
    const script = (end: string) => `echo '{"ok": "done"}'; echo 'no paper' >&2; ${end}`;
    expect(await rig.end(script("exit 3"))).toMatchObject(failed(/^the program exited with code 3: no paper$/));
    expect(await rig.end(script("kill -SEGV $$"))).toMatchObject(failed(/was ended by SIGSEGV: no paper$/));
  });

  test("is quoted up to 500 characters where it is wrong", async () => {
    const end = await rig.end(`head -c 100000 /dev/zero | tr '\\0' 'x'`);
    expect(end).toMatchObject(failed(/^the program's answer: not JSON: .*; it begins x{500}$/));
  });

  test("may be as large as is said, and no larger", async () => {
    const script = `echo '{"ok": "123"}'`;
    expect(await rig.end(script, { outputBytesMax: 14 })).toMatchObject({ outcome: { ok: "123" } });
    expect(await rig.end(script, { outputBytesMax: 13 })).toMatchObject(failed(/more than 13 bytes/, "too-large"));
  });
});

describe("a program is given", () => {
  const seenBy = async (script: string, use = {}): Promise<string> => {
    const seen = rig.path("seen");
    expect(await rig.end(`exec 4>${seen}\n${script}\necho '{"ok": ""}'`, use)).toMatchObject({ kind: "returned" });
    return readFileSync(seen, "utf8");
  };

  test("function, execution, attempt and parameters, and the end of its input", async () => {
    expect(JSON.parse(await seenBy("cat >&4"))).toEqual({
      function: "contract:guests/work@1.0.0.echo",
      execution: "E_01K42AJA8QHD7D3GTJAYMASFYC",
      attempt: 3,
      params: ["text"],
    });
  });

  test("the arguments as they are, with no shell between", async () => {
    expect(await seenBy(`printf '%s\\n' "$@" >&4`, { args: ["$HOME", "a b", "*"] })).toBe("$HOME\na b\n*\n");
  });

  test("the environment that it was granted, and not even a PATH besides", async () => {
    expect(await seenBy("cat /proc/$$/environ >&4")).toBe("");
    const env = [
      ["KEY", "a=b"],
      ["__proto__", "c"],
    ] as const;
    expect(await seenBy("cat /proc/$$/environ >&4", { env })).toBe("KEY=a=b\0__proto__=c\0");
  });

  test("an empty folder that nobody else may enter, and that goes with it", async () => {
    const [folder = "", ...rest] = (await seenBy(`pwd >&4; stat -c %a . >&4; ls -A >&4; echo > left`)).split("\n");
    expect(folder.startsWith(rig.runs)).toBe(true);
    expect(rest).toEqual(["700", ""]);
    expect(() => readFileSync(`${folder}/left`)).toThrow(/ENOENT/);
  });

  test("standard input, output and error, and no other descriptor", async () => {
    const seen = rig.path("seen");
    await rig.end(`exec ls /proc/self/fd > ${seen}`);
    // 3 is the folder that `ls` reads.
    expect(readFileSync(seen, "utf8")).toBe("0\n1\n2\n3\n");
  });
});

describe("standard error", () => {
  test("is the log of the attempt", async () => {
    const { logs } = await rig.end(`echo one >&2; printf two >&2; echo '{"ok": ""}'`);
    expect(logs).toMatchObject([
      { attempt: 3, index: 0, level: "stderr", message: "one" },
      { attempt: 3, index: 1, level: "stderr", message: "two" },
    ]);
  });

  test("is cut where the log's bound is, and the program goes on", async () => {
    const { logs, ...end } = await rig.end(`yes text | head -n 100000 >&2; echo '{"ok": ""}'`, { logBytesMax: 100 });
    expect(end).toMatchObject({ kind: "returned" });
    expect(logs.map(({ message }) => message)).toEqual([
      "text",
      "text",
      expect.stringMatching(/is cut here/) as string,
    ]);
  });
});
