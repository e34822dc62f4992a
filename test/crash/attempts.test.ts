/** The storm's judge: what it takes for explained, and what not. */
import { expect, test } from "vitest";
import type { AttemptFailure, Event, EventBody } from "../../host/core/event.ts";
import { historyOf, startedAt } from "../support/histories.ts";
import { explain } from "./attempts.ts";

const started = (attempt: number): EventBody => ({ kind: "attempt-started", attempt });
const failed = (attempt: number, reason: AttemptFailure): EventBody => ({
  kind: "attempt-failed",
  attempt,
  reason,
  retryAt: startedAt as never,
});
const lost: AttemptFailure = { kind: "host-lost", message: "the host was lost" };
const counted = (ok: number): EventBody => ({ kind: "finished", outcome: { ok } });

/** Seconds after the first event, of which there is one every second. */
const at = (...seconds: number[]) => seconds.map((after) => startedAt + after * 1_000);

const twice: Event[] = historyOf(started(1), failed(1, lost), started(2), counted(2));
const once: Event[] = historyOf(started(1), failed(1, lost), started(2), counted(1));

test("an attempt that was lost may have had its effect, or not", () => {
  expect(explain("it", twice, at(0.5, 2.5))).toEqual({ attempts: 2, effects: 2, without: 0 });
  expect(explain("it", once, at(2.5))).toEqual({ attempts: 2, effects: 1, without: 1 });
});

test("an attempt that failed by itself says which effect it had", () => {
  const no: AttemptFailure = { kind: "err", message: "no", value: "failed 1 of 2 times" };
  const history = historyOf(started(1), failed(1, no), started(2), counted(2));
  expect(explain("it", history, at(0.5, 2.5))).toMatchObject({ effects: 2 });
  expect(() => explain("it", history, at(2.3, 2.5))).toThrow("attempt 1 of it");
});

test.each<[what: string, history: Event[], effects: readonly number[], problem: string]>([
  ["of no attempt", once, at(1.5, 2.5), "says that it had effect 1"],
  ["after the last attempt", once, at(2.5, 9), "no attempt has the effects 2"],
  ["twice in one attempt", twice, at(2.3, 2.5), "attempt 2 of it"],
  ["that an attempt brought back, and nobody saw", once, [], "says that it had effect 1"],
  ["in another attempt than it says", twice, at(2.5), "says that it had effect 2"],
])("an effect %s is not explained", (_, history, effects, problem) => {
  expect(() => explain("it", history, effects)).toThrow(problem);
});

test("an attempt that was not lost has its effect", () => {
  const trap: AttemptFailure = { kind: "trap", message: "unreachable" };
  const history = historyOf(started(1), failed(1, trap), started(2), counted(1));
  expect(() => explain("it", history, at(2.5))).toThrow("attempt 1 of it");
});
