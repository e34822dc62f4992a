import { expect, test } from "vitest";
import { delayId, generatedJoinSet, type Millis } from "../../host/core/ids.ts";
import { RunJoinSet } from "../../host/engine/run-join-set.ts";
import { anId } from "../support/signature.ts";

test("a set of 200,000 delays knows when the first is due", () => {
  const set = new RunJoinSet(anId, generatedJoinSet(1));
  for (let n = 1; n <= 200_000; n++) set.addDelay(delayId(anId, set.id, n), (1_000_000 - n) as Millis);
  expect(set.dueAt).toBe(800_000);
  expect(set.unconsumed).toBe(200_000);
});
