import { expect, test } from "vitest";
import type { ExecutionKey, Millis } from "../../host/core/ids.ts";
import { Alarms } from "../../host/engine/alarms.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

test("an execution that is going to be woken is not waited for at a later time too", () => {
  const clock = new SimulatedClock(0);
  const woken: number[] = [];
  const alarms = new Alarms(clock, () => woken.push(clock.now()));
  const add = (at: number) => alarms.add(at as Millis, { key: 1 as ExecutionKey, id: anId });
  add(1_000_000);
  for (let at = 10; at < 1_000; at += 10) {
    add(at);
    clock.advance();
    add(1_000_000);
    expect(alarms.size).toBe(1);
  }
  expect(woken).toHaveLength(99);
  add(5_000_000);
  expect(alarms.size).toBe(1);
  clock.advance();
  expect(woken.at(-1)).toBe(1_000_000);
  expect(alarms.size).toBe(0);
});
