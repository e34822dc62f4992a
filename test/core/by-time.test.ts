import { array, assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { ByTime } from "../../host/core/by-time.ts";
import type { Millis } from "../../host/core/ids.ts";

/** Each value is its own place among those that were added. */
function filled(times: readonly number[]): ByTime<number> {
  const byTime = new ByTime<number>();
  times.forEach((at, place) => byTime.add(at as Millis, place));
  return byTime;
}

/** Places in the order of their times, found by sorting. */
function sorted(times: readonly number[]): number[] {
  return times.map((_, place) => place).toSorted((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
}

const someTimes = array(integer({ min: 0, max: 20 }), { maxLength: 100 });

test("values are taken in the order of their times, those of one time as they came", () => {
  assert(
    property(someTimes, (times) => {
      const byTime = filled(times);
      const taken: number[] = [];
      while (byTime.first !== undefined) taken.push(byTime.takeFirst());
      expect(taken).toEqual(sorted(times));
    }),
  );
});

test("those that are due are found in the same order, and stay", () => {
  assert(
    property(someTimes, integer({ min: 0, max: 20 }), (times, now) => {
      const byTime = filled(times);
      expect(byTime.until(now as Millis)).toEqual(sorted(times).filter((place) => (times[place] ?? 0) <= now));
      expect(byTime.size).toBe(times.length);
    }),
  );
});

test("any may leave; those that stay are taken in their order", () => {
  assert(
    property(someTimes, array(integer({ min: 0, max: 99 })), (times, leaving) => {
      const byTime = new ByTime<number>();
      const added = times.map((at, place) => byTime.add(at as Millis, place));
      const gone = new Set(leaving.filter((place) => place < times.length));
      for (const place of gone) byTime.delete(added[place] as (typeof added)[number]);
      const taken: number[] = [];
      while (byTime.first !== undefined) taken.push(byTime.takeFirst());
      expect(taken).toEqual(sorted(times).filter((place) => !gone.has(place)));
    }),
  );
});

test("values may come and go in turns", () => {
  const byTime = filled([5, 1]);
  expect(byTime.takeFirst()).toBe(1);
  byTime.add(5 as Millis, 7);
  byTime.add(3 as Millis, 8);
  expect([byTime.takeFirst(), byTime.takeFirst(), byTime.takeFirst()]).toEqual([8, 0, 7]);
  expect(byTime.first).toBeUndefined();
});
