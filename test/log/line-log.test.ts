import { expect, test } from "vitest";
import { LineLog } from "../../host/log/line-log.ts";

function linesOf(writes: readonly (string | readonly number[])[]): string[] {
  const lines: string[] = [];
  const log = new LineLog("stdout", (level, line) => lines.push(`${level} ${line}`));
  for (const write of writes)
    log.write(typeof write === "string" ? new TextEncoder().encode(write) : Uint8Array.from(write));
  log.end();
  return lines;
}

test.each([
  [["one\n"], ["one"]],
  [["one\ntwo\n"], ["one", "two"]],
  [
    ["on", "e\nt", "wo"],
    ["one", "two"],
  ],
  [["one\r\ntwo\r\n"], ["one", "two"]],
  [["\n\n"], ["", ""]],
  [[], []],
  [["no end"], ["no end"]],
  [
    [
      [0xe2, 0x82],
      [0xac, 0x0a],
    ],
    ["€"],
  ],
  [[[0xff, 0x0a]], ["\ufffd"]],
  [[[0xe2]], ["\ufffd"]],
])("%j becomes %j", (writes, lines) => {
  expect(linesOf(writes)).toEqual(lines.map((line) => `stdout ${line}`));
});

test("a line without an end is cut, not held back for ever", () => {
  const lines = linesOf(["x".repeat(40_000)]);
  expect(lines.length).toBe(3);
  expect(lines.map((line) => line.slice("stdout ".length)).join("")).toBe("x".repeat(40_000));
  expect(linesOf([`${"x".repeat(40_000)}\nnext\n`])).toEqual([...lines, "stdout next"]);
});
