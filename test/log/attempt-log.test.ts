/** What is kept of what an attempt logs. */
import { expect, test } from "vitest";
import { SecretMask } from "../../host/component/wasi/secret-mask.ts";
import { AttemptLog, type Mask } from "../../host/log/attempt-log.ts";

const secret = "password1";

/** A mask that tells how much it has searched. */
function counting() {
  const mask = new SecretMask([secret]);
  const searched: number[] = [];
  const text = (of: string) => {
    searched.push(of.length);
    return mask.text(of);
  };
  return { mask: { longest: mask.longest, text } satisfies Mask, searched };
}

const texts = (log: AttemptLog) => log.lines.map(({ message }) => message);
const cut = (bytes: number) => `the log of this attempt is cut here: it has reached ${bytes} bytes`;

test("a secret is hidden wherever the log is cut", () => {
  for (let before = 0; before < 40; before++) {
    const log = new AttemptLog(1, 60, counting().mask);
    log.add("info", `${"x".repeat(before)}${secret}${"y".repeat(100)}`);
    expect(texts(log)).toEqual([`${"x".repeat(before)}*********${"y".repeat(100)}`.slice(0, 28), cut(60)]);
  }
});

test("what there is no room for is not searched", () => {
  const { mask, searched } = counting();
  const log = new AttemptLog(1, 100, mask);
  log.add("info", "short");
  for (let i = 0; i < 3; i++) log.add("info", "z".repeat(10_000_000));
  expect(log.admitted("more")).toBeUndefined();
  expect(texts(log)).toEqual(["short", "z".repeat(31), cut(100)]);
  expect(searched).toEqual([5, 63 + mask.longest]);
});

test("what is printed elsewhere is counted and hidden too", () => {
  const { mask, searched } = counting();
  const log = new AttemptLog(1, 100, mask);
  expect(log.admitted(`a ${secret}`)).toBe("a *********");
  expect(log.admitted("z".repeat(10_000_000))).toBeUndefined();
  expect(texts(log)).toEqual(["no more is printed: this attempt has reached 100 bytes"]);
  expect(searched).toEqual([11, 57 + mask.longest]);
});
