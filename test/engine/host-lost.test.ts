/** What becomes of an activity whose host goes, again and again: its history is a golden's, cut where the host went. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import { changesOf, goldenRig, readGolden, toldBy } from "../support/golden.ts";
import { historiesIn, type Rig, writeUnits } from "../support/rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await goldenRig();
}, 120_000);

afterAll(() => rig.close());

/** The golden's first `length` events, each of which is a unit of its own, in a folder; with the time of the last. */
async function begin(length: number): Promise<{ data: string; now: number; history: readonly Event[] }> {
  const golden = toldBy(rig.stored, readGolden("err-retried"));
  const data = rig.folder();
  const now = await writeUnits(data, changesOf(golden).slice(0, length), rig.stored);
  return { data, now, history: golden.executions[0]?.history ?? [] };
}

test("a host that goes while an activity waits for its next attempt loses none: the next is made at its time", async () => {
  for (const length of [3, 5, 7]) {
    const { data, now, history } = await begin(length);
    expect(history[length - 1]?.kind).toBe("attempt-failed");
    const open = rig.open(data, { clock: new SimulatedClock(now) });
    await open.shard.resume();
    await open.finish();
    open.close();
    expect(historiesIn(data).get(anId), `cut after ${length} events`).toEqual(history);
  }
});

test("a host that comes back only after that time makes the next attempt at once", async () => {
  const { data, now } = await begin(3);
  const clock = new SimulatedClock(now + 60_000);
  const open = rig.open(data, { clock });
  await open.shard.resume();
  await open.finish();
  open.close();
  const history = historiesIn(data).get(anId) ?? [];
  expect(history[3]).toMatchObject({ kind: "attempt-started", attempt: 2, at: now + 60_000 });
  expect(history.at(-1)).toMatchObject({ kind: "finished", outcome: { err: "no" } });
});

test("an attempt that is lost counts, and the waits after it are those of its number", async () => {
  const { data, now } = await begin(2);
  const open = rig.open(data, { clock: new SimulatedClock(now) });
  await open.shard.resume();
  await open.finish();
  open.close();
  const failed = (historiesIn(data).get(anId) ?? []).filter((event) => event.kind === "attempt-failed");
  expect(failed.map(({ attempt, reason, at, retryAt }) => [attempt, reason.kind, retryAt - at])).toEqual([
    [1, "host-lost", 0],
    [2, "err", 150],
    [3, "err", 300],
  ]);
});

test("losing every attempt's host ends the activity after as many attempts as the policy allows", async () => {
  const { data, now } = await begin(2);
  for (let host = 2; host <= 5; host++) {
    const open = rig.open(data, { clock: new SimulatedClock(now) });
    await open.shard.resume();
    // The claim of the next attempt is in the batch; the host goes before the attempt has come back.
    open.close();
  }
  const history = historiesIn(data).get(anId) ?? [];
  expect(history.map(({ kind }) => kind)).toEqual([
    "created",
    "attempt-started",
    "attempt-failed",
    "attempt-started",
    "attempt-failed",
    "attempt-started",
    "attempt-failed",
    "attempt-started",
    "finished",
  ]);
  expect(history.at(-1)).toMatchObject({
    outcome: { failure: "uncategorized", reason: "the host that ran this attempt was lost (attempt 4, the last)" },
  });
});
