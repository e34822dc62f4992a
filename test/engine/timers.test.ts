import { array, assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import type { Millis } from "../../host/core/ids.ts";
import { Timers } from "../../host/engine/timers.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

function timersAt(now: number) {
  const clock = new SimulatedClock(now);
  const woken: { key: number; at: number }[] = [];
  const timers = new Timers<number>(clock, (key) => woken.push({ key, at: clock.now() }));
  return { clock, timers, woken, add: (at: number, key: number) => timers.add(at as Millis, key) };
}

test("executions are woken in the order of their times, whatever order they came in", () => {
  assert(
    property(array(integer({ min: 1, max: 1_000_000 }), { maxLength: 300 }), (times) => {
      const { clock, woken, add } = timersAt(0);
      times.forEach((at, key) => add(at, key));
      while (clock.advance());
      expect(woken.map(({ at }) => at)).toEqual(times.toSorted((a, b) => a - b));
      expect(new Set(woken.map(({ key }) => key)).size).toBe(times.length);
    }),
  );
});

test("one that is added while others are waiting takes its place among them", () => {
  const { clock, woken, add } = timersAt(0);
  add(100, 1);
  add(50, 2);
  clock.advance();
  add(75, 3);
  add(200, 4);
  while (clock.advance());
  expect(woken.map(({ key }) => key)).toEqual([2, 3, 1, 4]);
});

test("a clock that jumps ahead wakes all that has come due, one that jumps back wakes nobody early", () => {
  const { clock, woken, add } = timersAt(1_000);
  for (const key of [1, 2, 3]) add(1_000 + key, key);
  add(9_000, 4);
  clock.set(5_000);
  clock.advance();
  expect(woken.map(({ key }) => key)).toEqual([1, 2, 3]);
  clock.set(10);
  expect(woken).toHaveLength(3);
  clock.advance();
  expect(woken.at(-1)).toEqual({ key: 4, at: 9_000 });
});

test("nothing is woken after a stop", () => {
  const { clock, timers, woken, add } = timersAt(0);
  add(5, 1);
  timers.stop();
  expect(clock.advance()).toBe(false);
  expect(woken).toEqual([]);
});
