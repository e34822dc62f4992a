import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RetryPolicy } from "../../host/core/deployment.ts";
import type { AttemptFailure } from "../../host/core/event.ts";
import { backoffMs, shouldRetry } from "../../host/core/retry.ts";

const policy: RetryPolicy = { retriesMax: 3, backoffMs: 100, backoffMaxMs: 1_000 };

describe("backoff", () => {
  test.each([
    [1, 0, 50],
    [1, 0.5, 75],
    [1, 0.999, 99],
    [2, 0, 100],
    [3, 0, 200],
    [4, 0.5, 600],
    [5, 0, 500],
    [1_000_000, 0.5, 750],
  ])("after attempt %i, drawn %d, is %i ms", (attempt, fraction, wait) => {
    expect(backoffMs(policy, attempt, fraction)).toBe(wait);
  });

  test("stays between half of the doubled wait and all of it, in whole milliseconds", () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const ms = fc.nat({ max: 1e12 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), unit, ms, ms, (attempt, fraction, backoff, backoffMaxMs) => {
        const wait = backoffMs({ retriesMax: 1, backoffMs: backoff, backoffMaxMs }, attempt, fraction);
        const whole = Math.min(backoffMaxMs, backoff * 2 ** Math.min(attempt - 1, 52));
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(whole / 2));
        expect(wait).toBeLessThanOrEqual(whole);
      }),
    );
  });
});

describe("an activity", () => {
  test.each<[AttemptFailure["kind"], boolean, boolean[]]>([
    ["err", false, [true, true, true, false]],
    ["err", true, [false, false, false, false]],
    ["trap", false, [true, true, true, false]],
    ["timed-out", false, [true, true, true, false]],
    ["out-of-fuel", false, [true, true, true, false]],
    ["host-lost", false, [true, true, true, false]],
    ["too-large", false, [false, false, false, false]],
  ])("that ends with %s (permanent: %s) is tried again after attempts 1 to 4: %j", (failure, permanent, again) => {
    expect([1, 2, 3, 4].map((attempt) => shouldRetry(policy, attempt, failure, permanent))).toEqual(again);
  });

  test("without retries is tried once", () => {
    expect(shouldRetry({ ...policy, retriesMax: 0 }, 1, "trap", false)).toBe(false);
  });
});
