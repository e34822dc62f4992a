import { array, assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import type { ExecutionKey, Millis } from "../../host/core/ids.ts";
import { Timers } from "../../host/engine/timers.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

interface Keyed {
  readonly key: ExecutionKey;
}

function timersAt(now: number) {
  const clock = new SimulatedClock(now);
  const woken: { key: number; at: number }[] = [];
  const timers = new Timers<Keyed>(clock, ({ key }) => woken.push({ key, at: clock.now() }));
  return {
    clock,
    timers,
    woken,
    add: (at: number, key: number) => timers.set(at as Millis, { key: key as ExecutionKey }),
  };
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

test("an execution is woken once, at the time that was set last", () => {
  const { clock, timers, woken, add } = timersAt(0);
  for (const at of [100, 300, 200]) add(at, 1);
  add(250, 2);
  expect(timers.size).toBe(2);
  while (clock.advance());
  expect(woken).toEqual([
    { key: 1, at: 200 },
    { key: 2, at: 250 },
  ]);
});

test("an execution that is going to be woken is not waited for at a later time too", () => {
  const { clock, timers, woken } = timersAt(0);
  const add = (at: number) => timers.setEarlier(at as Millis, { key: 1 as ExecutionKey });
  for (let at = 10; at < 1_000; at += 10) {
    add(1_000_000);
    add(at);
    add(1_000_000);
    expect(timers.size).toBe(1);
    clock.advance();
  }
  expect(woken).toHaveLength(99);
  expect(timers.size).toBe(0);
});

test("what need not be woken any more leaves nothing behind, the others are woken in their order", () => {
  const { clock, timers, woken, add } = timersAt(0);
  const keys = Array.from({ length: 10_000 }, (_, i) => i + 1);
  for (const key of keys) add(1 + ((key * 7_919) % 10_007), key);
  for (const key of keys) if (key % 100 > 0) timers.delete(key as ExecutionKey);
  timers.delete(1 as ExecutionKey);
  expect(timers.size).toBe(100);
  while (clock.advance());
  const times = woken.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(woken.map(({ key }) => key).toSorted((a, b) => a - b)).toEqual(keys.filter((key) => key % 100 === 0));
});

test("the clock has no alarm when nobody is to be woken", () => {
  const { clock, timers, add } = timersAt(0);
  add(5, 1);
  timers.delete(1 as ExecutionKey);
  expect(clock.advance()).toBe(false);
});

test("nothing is woken after a stop", () => {
  const { clock, timers, woken, add } = timersAt(0);
  add(5, 1);
  timers.stop();
  expect(clock.advance()).toBe(false);
  expect(woken).toEqual([]);
});
