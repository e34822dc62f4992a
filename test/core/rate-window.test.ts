import { array, assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import type { Millis } from "../../host/core/ids.ts";
import { RateWindow } from "../../host/core/rate-window.ts";

/** When those begin that ask at these times, each as soon as it may and in order. */
function beginnings(rate: { count: number; perMs: number }, asked: readonly number[]): number[] {
  const window = new RateWindow();
  let now = 0;
  return asked.map((at) => {
    now = Math.max(now, at);
    now = Math.max(now, window.opensAt(rate, now as Millis));
    window.begin(rate, now as Millis);
    return now;
  });
}

test.each([
  ["all at once", [0, 0, 0, 0, 0], [0, 0, 100, 100, 200]],
  ["as they come, when they come seldom", [0, 60, 120, 180], [0, 60, 120, 180]],
  ["a window begins with each", [0, 90, 95, 190], [0, 90, 100, 190]],
])("two in 100 ms: %s", (_, asked, begun) => {
  expect(beginnings({ count: 2, perMs: 100 }, asked)).toEqual(begun);
});

test("no window has more than the rate allows, and nobody waits for no reason", () => {
  const count = integer({ min: 1, max: 5 });
  const times = array(integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 300 });
  assert(
    property(count, integer({ min: 1, max: 200 }), times, (most, perMs, gaps) => {
      let at = 0;
      const asked = gaps.map((gap) => (at += gap));
      const begun = beginnings({ count: most, perMs }, asked);
      begun.forEach((time, i) => {
        const before = begun[i - most] ?? Number.NEGATIVE_INFINITY;
        expect(time).toBe(Math.max(asked[i] ?? 0, before + perMs, begun[i - 1] ?? 0));
      });
    }),
  );
});

test("another rate holds for what has begun already", () => {
  const window = new RateWindow();
  const at = (time: number) => time as Millis;
  for (const time of [0, 10, 20]) window.begin({ count: 3, perMs: 100 }, at(time));
  expect(window.opensAt({ count: 3, perMs: 100 }, at(30))).toBe(100);
  expect(window.opensAt({ count: 1, perMs: 100 }, at(30))).toBe(120);
  expect(window.opensAt({ count: 4, perMs: 100 }, at(30))).toBe(30);
});

test("a clock that is set back holds nobody up for longer than a window", () => {
  const window = new RateWindow();
  const rate = { count: 1, perMs: 100 };
  window.begin(rate, 1_000_000 as Millis);
  expect(window.opensAt(rate, 500 as Millis)).toBe(600);
});
