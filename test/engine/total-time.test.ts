/** An activity's total time, from when it could first run: attempts and every wait are in it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { DeployedComponent, Policy } from "../../host/core/deployment.ts";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import { guest } from "../support/guests.ts";
import { HeldActivities } from "../support/held-activities.ts";
import { type OpenOptions, type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

const work = (name: string) => `contract:guests/work@1.0.0.${name}` as FunctionName;
const anotherId = anId.replace(/0$/, "1") as ExecutionId;

/** With the rig's entropy of one half the waits are 75, 150 and 300 ms: the third would be over after 525 ms. */
const retry = { retriesMax: 9, backoffMs: 100, backoffMaxMs: 10_000, totalMs: 500 };
const policy: Policy = { retry, deadlineMs: 10_000 };
const usedUp = "the total time of 500 ms is used up";

let rig: Rig;
let outside: Rig;
let data: string;
let open: OpenRig;
let held: HeldActivities;

beforeAll(async () => {
  rig = await Rig.of(guest("work", { policy }));
  outside = await Rig.of(guest("work", { kind: "activity_external", policy }));
}, 120_000);
afterEach(() => open.close());
afterAll(async () => {
  await rig.close();
  await outside.close();
});

function start(of: Rig, options: OpenOptions = {}): void {
  data = of.folder();
  held = new HeldActivities(of.activities);
  open = of.open(data, { activities: held, ...options });
}

function limit(limits: Partial<DeployedComponent>): void {
  const components = rig.deployment.components.map((one) => ({ ...one, ...limits }));
  open.shard.deploy({ components }, rig.components.types(), sandboxesOf({ components }));
}

/** The host goes, and so much later another one comes. */
async function restartAfter(of: Rig, ms: number): Promise<void> {
  open.close();
  open.clock.set(open.clock.now() + ms);
  open = of.open(data, { clock: open.clock, activities: held });
  await open.shard.resume();
}

const historyOf = (id: ExecutionId): readonly Event[] => {
  const row = open.journal.findExecution(id);
  return row === undefined ? [] : open.journal.history(row.key);
};
const kinds = (id = anId) => historyOf(id).map(({ kind }) => kind);
const outcomeOf = (id = anId) => {
  const last = historyOf(id).at(-1);
  return last?.kind === "finished" ? last.outcome : undefined;
};
const attempt = ["attempt-started", "attempt-failed"];

test("an attempt that would begin too late is not made, and the last failure is the result", async () => {
  start(rig);
  held.letAllGo();
  await open.run(anId, work("crash"), []);
  expect(kinds()).toEqual(["created", ...attempt, ...attempt, "attempt-started", "finished"]);
  expect(outcomeOf()).toMatchObject({ failure: "uncategorized" });
  expect(outcomeOf()).toHaveProperty("reason", expect.stringContaining(`(attempt 3, the last: ${usedUp})`));
});

test("an err stays what it was", async () => {
  start(rig);
  held.letAllGo();
  await open.run(anId, work("fail"), ["no"]);
  expect(held.started).toHaveLength(3);
  expect(outcomeOf()).toEqual({ err: "no" });
});

test("an attempt has no more than what is left", async () => {
  start(rig);
  await open.submit(anId, work("fail"), ["no"]);
  await open.until(() => held.started.length === 1);
  expect(held.started[0]?.leftMs).toBe(retry.totalMs);
  open.clock.pass(60);
  held.letGo(1);
  await open.untilIs(anId, "pending");
  open.clock.pass(75);
  await open.until(() => held.started.length === 2);
  expect(held.started[1]?.leftMs).toBe(retry.totalMs - 135);
});

test("an attempt that goes on for ever is ended, and is the last", async () => {
  start(rig);
  held.letAllGo();
  await open.submit(anId, work("spin"), []);
  await open.until(() => held.started.length === 1);
  // The thread's clock is not the simulated one.
  open.clock.pass(retry.totalMs);
  await open.untilIs(anId, "finished");
  expect(outcomeOf()).toMatchObject({ failure: "timed-out" });
  expect(outcomeOf()).toHaveProperty("reason", expect.stringContaining(usedUp));
  expect(held.started).toHaveLength(1);
});

test("an activity that waits for its turn until its time is used up is never started", async () => {
  start(rig, { limits: { attemptsMax: 1 } });
  await open.submit(anotherId, work("nothing"), []);
  open.clock.pass(100);
  await open.submit(anId, work("nothing"), []);
  open.clock.pass(499);
  expect(kinds()).toEqual(["created"]);
  open.clock.pass(1);
  expect(kinds()).toEqual(["created", "finished"]);
  expect(outcomeOf()).toEqual({ failure: "timed-out", reason: `${usedUp} before its first attempt` });
  held.letAllGo();
  await open.finish();
  expect(outcomeOf(anotherId)).toEqual({ ok: null });
});

test("an activity that waits for its rate until its time is used up is never started", async () => {
  start(rig);
  limit({ policy: { ...policy, rate: { count: 1, perMs: 60_000 } } });
  await open.submit(anotherId, work("nothing"), []);
  await open.submit(anId, work("nothing"), []);
  open.clock.pass(499);
  expect(kinds()).toEqual(["created"]);
  open.clock.pass(1);
  expect(outcomeOf()).toEqual({ failure: "timed-out", reason: `${usedUp} before its first attempt` });
});

test("the time before an activity may run is not counted", async () => {
  start(rig);
  held.letAllGo();
  const startAt = (open.clock.now() + 60_000) as Millis;
  await open.shard.submit({ id: anId, fresh: true, function: work("fail"), params: ["no"], startAt });
  await restartAfter(rig, 1_000);
  await open.finish();
  expect(held.started).toHaveLength(3);
});

test.each([
  [100, 3],
  [400, 2],
  [500, 1],
  [1_000_000, 1],
])(
  "a host that comes back %i ms after the first attempt finds what is left: %i attempts in all",
  async (ms, attempts) => {
    start(rig);
    await open.submit(anId, work("fail"), ["no"]);
    await open.until(() => held.started.length === 1);
    held.letAllGo();
    await open.untilIs(anId, "pending");
    await restartAfter(rig, ms);
    await open.finish();
    expect(held.started).toHaveLength(attempts);
    expect(outcomeOf()).toEqual({ err: "no" });
  },
);

test("an attempt that was lost with its host is not made again when the time is used up", async () => {
  start(rig);
  await open.submit(anId, work("echo"), ["text"]);
  await open.until(() => held.started.length === 1);
  await restartAfter(rig, retry.totalMs);
  await open.finish();
  expect(kinds()).toEqual(["created", "attempt-started", "finished"]);
  expect(outcomeOf()).toEqual({
    failure: "uncategorized",
    reason: `the host that ran this attempt was lost (attempt 1, the last: ${usedUp})`,
  });
});

const claim = (leaseMs: number) => open.shard.claimExternal(undefined, 1, leaseMs);

test("no lease outlasts it, and its worker's heartbeats don't lengthen it", async () => {
  start(outside);
  const until = open.clock.now() + retry.totalMs;
  await open.submit(anId, work("echo"), ["text"]);
  open.clock.pass(100);
  expect(await claim(1_000)).toMatchObject([{ leaseUntil: until }]);
  open.clock.pass(100);
  expect(open.shard.heartbeat(anId, 1, 1_000)).toBe(until);
  open.clock.pass(300);
  expect(outcomeOf()).toEqual({
    failure: "timed-out",
    reason: `its worker was not done in time (attempt 1, the last: ${usedUp})`,
  });
  expect(await open.shard.completeExternal(anId, 1, { ok: "text" })).toBe("lost");
});

test("a lease that was given before a restart doesn't outlast it either", async () => {
  start(outside);
  await open.submit(anId, work("echo"), ["text"]);
  await claim(300);
  await restartAfter(outside, 400);
  open.clock.pass(100);
  expect(outcomeOf()).toMatchObject({ failure: "timed-out" });
});

test.each(["while its host waits", "while there is no host"])("what no worker claims is over %s", async (when) => {
  start(outside);
  await open.submit(anId, work("echo"), ["text"]);
  if (when.endsWith("waits")) open.clock.pass(retry.totalMs);
  else {
    await restartAfter(outside, retry.totalMs);
    open.clock.advance();
  }
  expect(await claim(1_000)).toEqual([]);
  expect(outcomeOf()).toEqual({ failure: "timed-out", reason: `${usedUp} before its first attempt` });
});

/** Nobody waits for a time: the clock has no alarm. */
const waitsForNothing = () => !open.clock.advance();
const manyIds = Array.from({ length: 50 }, (_, n) => anId.replace(/..$/, String(n + 10)) as ExecutionId);

describe("nothing is kept until then of an activity that has ended before", () => {
  test("after it waited for its turn", async () => {
    start(rig, { limits: { attemptsMax: 1 } });
    held.letAllGo();
    for (const id of manyIds) await open.submit(id, work("nothing"), []);
    await open.shard.idle();
    expect(waitsForNothing()).toBe(true);
  });

  test("cancelled while it waits for its turn, or for its next attempt", async () => {
    start(rig, { limits: { attemptsMax: 1 } });
    await open.submit(anId, work("fail"), ["no"]);
    await open.submit(anotherId, work("nothing"), []);
    held.letGo(1);
    await open.untilIs(anId, "pending");
    for (const id of [anId, anotherId]) await open.shard.cancel(id, "enough");
    expect(waitsForNothing()).toBe(true);
  });

  test("by a worker outside, whose lease is renewed again and again", async () => {
    start(outside);
    for (const id of manyIds) await open.submit(id, work("echo"), ["text"]);
    for (const { id, attempt } of await open.shard.claimExternal(undefined, manyIds.length, 100)) {
      for (let beats = 0; beats < 5; beats++) open.shard.heartbeat(id, attempt, 100 + beats);
      expect(await open.shard.completeExternal(id, attempt, { ok: "text" })).toBe("ok");
    }
    expect(waitsForNothing()).toBe(true);
  });

  test("cancelled while a worker's next attempt is waited for", async () => {
    start(outside);
    await open.submit(anId, work("echo"), ["text"]);
    await claim(100);
    await open.shard.failExternal(anId, 1, "no paper");
    await open.shard.cancel(anId, "enough");
    expect(waitsForNothing()).toBe(true);
  });
});

test("another total time holds at once, for what waits for its next attempt too", async () => {
  start(rig);
  await open.submit(anId, work("fail"), ["no"]);
  held.letGo(1);
  await open.untilIs(anId, "pending");
  limit({ policy: { ...policy, retry: { ...retry, totalMs: 50 } } });
  open.clock.pass(50);
  expect(outcomeOf()).toEqual({ err: "no" });
});
