import { describe, expect, test } from "vitest";
import type { EventBody } from "../../host/core/event.ts";
import { ExecutionFold } from "../../host/core/fold.ts";
import type { ExecutionKey, Millis } from "../../host/core/ids.ts";
import {
  awoke,
  childFinished,
  childSubmitted,
  created,
  drawn,
  executionId,
  historyOf,
  slept,
  startedAt,
} from "../support/histories.ts";

function fold(...bodies: EventBody[]): ExecutionFold {
  const history = historyOf(created(), ...bodies);
  return ExecutionFold.of({ key: 1 as ExecutionKey, id: executionId, parent: null }, history);
}

const failed: EventBody = {
  kind: "attempt-failed",
  attempt: 1,
  reason: { kind: "trap", message: "unreachable" },
  retryAt: (startedAt + 9000) as Millis,
};

describe("an execution's row follows from its history", () => {
  test.each<[string, EventBody[], object]>([
    ["created", [], { status: "pending", attempts: 0, nextVersion: 1, wakeAt: null, createdAt: startedAt }],
    [
      "waits for a child",
      [childSubmitted(1, "step", [])],
      { status: "blocked", blockedBy: "o:1-step", nextVersion: 2 },
    ],
    [
      "its child has answered",
      [childSubmitted(1, "step", []), childFinished(1, { ok: 1 })],
      { status: "locked", blockedBy: null },
    ],
    [
      "another set's answer leaves it blocked",
      [childSubmitted(1, "step", []), childSubmitted(2, "step", []), childFinished(1, { ok: 1 })],
      { status: "blocked", blockedBy: "o:2-step" },
    ],
    ["sleeps", [slept(1, 5)], { status: "blocked", blockedBy: "o:1", wakeAt: startedAt + 5000 }],
    ["has slept", [slept(1, 5), awoke(1)], { status: "locked", wakeAt: null }],
    ["has drawn a value", [drawn("0", "6", "1")], { status: "locked" }],
    ["an attempt is under way", [{ kind: "attempt-started", attempt: 1 }], { status: "locked", attempts: 1 }],
    [
      "waits for a retry",
      [{ kind: "attempt-started", attempt: 1 }, failed],
      { status: "pending", attempts: 1, wakeAt: startedAt + 9000 },
    ],
    [
      "is retried",
      [{ kind: "attempt-started", attempt: 1 }, failed, { kind: "attempt-started", attempt: 2 }],
      { status: "locked", attempts: 2, wakeAt: null },
    ],
    [
      "finished with ok",
      [{ kind: "finished", outcome: { ok: 1 } }],
      { status: "finished", outcome: "ok", finishedAt: startedAt + 1000 },
    ],
    ["finished with err", [{ kind: "finished", outcome: { err: null } }], { status: "finished", outcome: "err" }],
    [
      "failed",
      [{ kind: "finished", outcome: { failure: "timed-out", reason: "" } }],
      { status: "finished", outcome: "timed-out" },
    ],
  ])("%s", (_, bodies, row) => {
    expect(fold(...bodies).row).toMatchObject(row);
  });
});

test("delays come due in the order of their times", () => {
  const state = fold(slept(1, 5), slept(2, 3), slept(3, 60));
  expect(state.wakeAt).toBe(startedAt + 3000);
  expect(state.dueDelays((startedAt + 5000) as Millis).map(({ joinSet }) => joinSet)).toEqual(["o:2", "o:1"]);
});

test.each<[string, EventBody[]]>([
  ["a second creation", [created()]],
  ["anything after the end", [{ kind: "finished", outcome: { ok: 1 } }, drawn("0", "6", "1")]],
])("%s is not a history", (_, bodies) => {
  expect(() => fold(...bodies)).toThrow(/E_01K42AJA8QHD7D3GTJAYMASFY0/);
});

test("a gap in the versions is not a history", () => {
  const [first, , third] = historyOf(created(), drawn("0", "6", "1"), drawn("0", "6", "2"));
  expect(() =>
    ExecutionFold.of({ key: 1 as ExecutionKey, id: executionId, parent: null }, [first, third] as never),
  ).toThrow("version 2 where 1 follows");
});
