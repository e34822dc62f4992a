import { describe, expect, test } from "vitest";
import type { Event, EventBody } from "../../host/core/event.ts";
import type { Intent } from "../../host/core/intent.ts";
import { Replay } from "../../host/core/replay.ts";
import {
  callIntent,
  childFinished,
  childSubmitted,
  created,
  drawn,
  historyOf,
  sleepIntent,
  slept,
} from "../support/histories.ts";

function replayOf(...bodies: EventBody[]): Replay {
  return new Replay(historyOf(created(), ...bodies));
}

const draw: Intent = { kind: "value-drawn", source: "random-u64", range: ["0", "6"], value: () => "unused" };

describe("match", () => {
  test.each<[string, EventBody[], Intent, unknown]>([
    ["a first call is fresh", [], callIntent(1, "step", [1]), { kind: "fresh" }],
    [
      "the recorded call is replayed",
      [childSubmitted(1, "step", [1])],
      callIntent(1, "step", [1]),
      { kind: "replayed" },
    ],
    [
      "responses in between are passed over",
      [childSubmitted(1, "step", [1]), childFinished(1, { ok: 2 })],
      callIntent(1, "step", [1]),
      { kind: "replayed" },
    ],
    [
      "other parameters diverge",
      [childSubmitted(1, "step", [1])],
      callIntent(1, "step", [2]),
      { kind: "diverged", version: 1 },
    ],
    [
      "another function diverges",
      [childSubmitted(1, "step", [1])],
      callIntent(1, "leap", [1]),
      { kind: "diverged", version: 1 },
    ],
    [
      "another join set diverges",
      [childSubmitted(1, "step", [1])],
      callIntent(2, "step", [1]),
      { kind: "diverged", version: 1 },
    ],
    [
      "another kind of call diverges",
      [childSubmitted(1, "step", [1])],
      sleepIntent(1, 5),
      { kind: "diverged", version: 1 },
    ],
    ["the same sleep is replayed, whenever it is due", [slept(1, 5)], sleepIntent(1, 5), { kind: "replayed" }],
    ["another sleep diverges", [slept(1, 5)], sleepIntent(1, 6), { kind: "diverged", version: 1 }],
    ["the same draw is replayed", [drawn("0", "6", "4")], draw, { kind: "replayed" }],
    ["another range diverges", [drawn("0", "7", "4")], draw, { kind: "diverged", version: 1 }],
    [
      "a call after the recorded end diverges",
      [{ kind: "finished", outcome: { ok: null } }],
      draw,
      { kind: "diverged", version: 1 },
    ],
  ])("%s", (_, history, intent, step) => {
    expect(replayOf(...history).match(intent)).toMatchObject(step as object);
  });

  test("a difference names both sides", () => {
    const step = replayOf(childSubmitted(1, "step", [1])).match(callIntent(1, "step", [2]));
    expect(step).toEqual({
      kind: "diverged",
      version: 1,
      recorded: "call t:t/i.step[1] in join set o:1-step",
      attempted: "call t:t/i.step[2] in join set o:1-step",
    });
  });

  test("a refused call is recognized by the digest of its parameters, which is computed only then", () => {
    const refused: EventBody = {
      kind: "child-refused",
      joinSet: callIntent(1, "step", []).joinSet,
      index: 1,
      function: callIntent(1, "step", []).function,
      paramsDigest: callIntent(1, "step", ["big"]).paramsDigest(),
      outcome: { failure: "uncategorized", reason: "too large" },
    };
    expect(replayOf(refused).match(callIntent(1, "step", ["big"]))).toMatchObject({ kind: "replayed" });
    expect(replayOf(refused).match(callIntent(1, "step", ["other"]))).toMatchObject({ kind: "diverged" });
  });
});

describe("matchEnd", () => {
  test.each<[string, EventBody[], unknown]>([
    ["an end that is not recorded is fresh", [], { kind: "fresh" }],
    ["the recorded end is replayed", [{ kind: "finished", outcome: { ok: 7 } }], { kind: "replayed" }],
    ["another value diverges", [{ kind: "finished", outcome: { ok: 8 } }], { kind: "diverged", version: 1 }],
    ["err is not ok", [{ kind: "finished", outcome: { err: 7 } }], { kind: "diverged", version: 1 }],
    ["an end before a recorded call diverges", [childSubmitted(1, "step", [])], { kind: "diverged", version: 1 }],
  ])("%s", (_, history, end) => {
    expect(replayOf(...history).matchEnd({ ok: 7 })).toMatchObject(end as object);
  });

  test("platform failures are the same by their kind", () => {
    const replay = replayOf({ kind: "finished", outcome: { failure: "out-of-fuel", reason: "then" } });
    expect(replay.matchEnd({ failure: "out-of-fuel", reason: "now" })).toEqual({ kind: "replayed" });
  });
});

describe("responses", () => {
  test("come in the order in which they were recorded, each once", () => {
    const replay = replayOf(
      childSubmitted(1, "step", []),
      childFinished(1, { ok: "a" }),
      childFinished(1, { ok: "b" }),
    );
    const set = callIntent(1, "step", []).joinSet;
    const taken = [replay.takeResponse(set), replay.takeResponse(set), replay.takeResponse(set)];
    expect(taken.map((event) => event?.kind === "child-finished" && event.outcome)).toEqual([
      { ok: "a" },
      { ok: "b" },
      false,
    ]);
  });

  test("that come after the end of its code are none of its", () => {
    const replay = replayOf(
      childSubmitted(1, "step", []),
      { kind: "ended", outcome: { failure: "cancelled", reason: "by a client" } },
      childFinished(1, { failure: "cancelled", reason: "its parent was" }),
    );
    const intent = callIntent(1, "step", []);
    expect(replay.match(intent)).toMatchObject({ kind: "replayed" });
    expect(replay.takeResponse(intent.joinSet)).toBeUndefined();
  });

  test("the guest's time is that of the last event it has seen", () => {
    const history = historyOf(created(), childSubmitted(1, "step", []), childFinished(1, { ok: 1 }), slept(2, 5));
    const replay = new Replay(history);
    const at = (version: number) => (history[version] as Event).at;
    expect(replay.now).toBe(at(0));
    replay.match(callIntent(1, "step", []));
    expect(replay.now).toBe(at(1));
    replay.takeResponse(callIntent(1, "step", []).joinSet);
    expect(replay.now).toBe(at(2));
    replay.match(sleepIntent(2, 5));
    expect(replay.now).toBe(at(3));
  });
});

test("a workflow that has caught up goes on with fresh events", () => {
  const [first, second] = historyOf(created(), childSubmitted(1, "step", []));
  const replay = new Replay([first as Event]);
  expect(replay.replaying).toBe(false);
  replay.extend(second as Event);
  expect(replay.replaying).toBe(false);
  expect(replay.now).toBe((second as Event).at);
  expect(replay.match(sleepIntent(2, 1))).toEqual({ kind: "fresh" });
});

test("a try that came to nothing tells no time: it is recorded after the guest was told", () => {
  const delay = { kind: "delay-submitted", joinSet: "g:1", scheduleAt: { kind: "now" }, delay: "D", dueAt: 9 };
  const tried = { kind: "next-tried", joinSet: "g:1", found: false, times: 2 };
  const [first, submitted, nothing] = historyOf(created(), delay as never, tried as never) as [Event, Event, Event];
  const live = new Replay([first, submitted]);
  expect(
    live.match({ kind: "delay-submitted", joinSet: "g:1" as never, index: 1, scheduleAt: { kind: "now" } }),
  ).toMatchObject({ kind: "replayed" });
  live.extend(nothing);
  const again = new Replay([first, submitted, nothing]);
  again.match({ kind: "delay-submitted", joinSet: "g:1" as never, index: 1, scheduleAt: { kind: "now" } });
  for (const _ of [1, 2]) expect(again.matchTry("g:1" as never)).toMatchObject({ kind: "replayed" });
  expect(again.now).toBe(submitted.at);
  expect(live.now).toBe(submitted.at);
  expect(nothing.at).toBeGreaterThan(submitted.at);
});
