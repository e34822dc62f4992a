/** What is done to executions from outside: pause, cancel, and a time before which they are not run. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import type { DelayId, ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import { guest } from "../support/guests.ts";
import { type OpenOptions, type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";
import { WebService } from "../support/web-service.ts";

const hot: Partial<ShardLimits> = { hotSleepMs: 1e12 };
const evicted: Partial<ShardLimits> = { hotSleepMs: 0 };
const whereabouts: [string, Partial<ShardLimits>][] = [
  ["suspended", hot],
  ["evicted", evicted],
];

let service: WebService;
let rig: Rig;
let data: string;
let open: OpenRig;

beforeAll(async () => {
  service = await WebService.start();
  const retry = { retriesMax: 1, backoffMs: 100, backoffMaxMs: 10_000 };
  rig = await Rig.of(
    guest("script-c", { kind: "workflow" }),
    guest("work", { retry, deadlineMs: 300 }),
    guest("http-activity", { retry, allowedHosts: [{ pattern: service.origin }] }),
    guest("tiny-activity", { kind: "activity_stub" }),
  );
}, 120_000);
afterAll(async () => {
  await rig.close();
  await service.stop();
});

beforeEach(() => {
  data = rig.folder();
  service.broken.length = 0;
});
afterEach(() => open.close());

const script = "contract:guests/script@1.0.0.run" as FunctionName;
const echo = "contract:guests/work@1.0.0.echo" as FunctionName;
const spin = "contract:guests/work@1.0.0.spin" as FunctionName;
const getText = "test:guests/http-activities@0.1.0.get-text" as FunctionName;

function start(options: OpenOptions = {}): void {
  open = rig.open(data, options);
}

/** The host goes and another one comes. */
async function restart(options: OpenOptions = {}): Promise<void> {
  open.close();
  start({ clock: open.clock, ...options });
  await open.shard.resume();
}

function historyOf(id: ExecutionId): readonly Event[] {
  const row = open.journal.findExecution(id);
  return row === undefined ? [] : open.journal.history(row.key);
}

const kinds = (id = anId) => historyOf(id).map(({ kind }) => kind);
const statusOf = (id = anId) => open.journal.findExecution(id)?.status;
const child = (place: string) => `${anId}.${place}` as ExecutionId;
const delay = (place: string) => `D_${anId.slice(2)}.${place}` as DelayId;

/** Time passes, and whoever it wakes has turns enough to do something. */
async function pass(ms: number): Promise<void> {
  open.clock.pass(ms);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function submitAt(name: FunctionName, params: readonly unknown[], inMs: number): Promise<void> {
  const startAt = (open.clock.now() + inMs) as Millis;
  const end = await open.shard.submit({ id: anId, fresh: true, function: name, params, startAt });
  expect(end).toEqual({ kind: "accepted", existed: false });
}

describe("a paused workflow", () => {
  const twoSleeps = "sleep in:s:1\nsleep in:s:2";

  test.each(whereabouts)("that was %s does nothing, and goes on when it is unpaused", async (_, limits) => {
    start({ limits });
    await open.submit(anId, script, [twoSleeps]);
    await open.untilIs(anId, "blocked");
    expect(await open.shard.pause(anId)).toBe("changed");
    expect(statusOf()).toBe("paused");
    await pass(60_000);
    expect(kinds()).not.toContain("finished");
    expect(kinds().filter((kind) => kind === "delay-submitted")).toHaveLength(1);
    expect(await open.shard.unpause(anId)).toBe("changed");
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "sleep: t\nsleep: t" });
  });

  test.each(whereabouts)("that was %s stays so when its host goes", async (_, limits) => {
    start({ limits });
    await open.submit(anId, script, [twoSleeps]);
    await open.untilIs(anId, "blocked");
    await open.shard.pause(anId);
    await restart({ limits });
    await pass(60_000);
    expect(statusOf()).toBe("paused");
    expect(kinds().at(-1), "its delay has come due").toBe("delay-expired");
    expect(kinds().filter((kind) => kind === "delay-submitted")).toHaveLength(1);
    await open.shard.unpause(anId);
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "sleep: t\nsleep: t" });
  });

  test("keeps the responses that come meanwhile", async () => {
    start();
    await open.submit(anId, script, ['call bench:tiny/acts@0.1.0 step [1,"x"]\nsleep in:s:1']);
    await open.untilIs(anId, "blocked");
    await open.shard.pause(anId);
    expect(await open.shard.writeStub(child("o:1-step_1"), { ok: "x" })).toBe("ok");
    await pass(1_000);
    expect(kinds()).toEqual(["created", "child-submitted", "paused", "child-finished"]);
    await open.shard.unpause(anId);
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: 'call: ok("x")\nsleep: t' });
  });

  test("may be paused and unpaused again, before it has taken notice", async () => {
    start({ limits: hot });
    await open.submit(anId, script, [twoSleeps]);
    await open.untilIs(anId, "blocked");
    await Promise.all(["pause", "unpause", "pause", "pause", "unpause"].map((one) => open.shard[one as "pause"](anId)));
    expect(kinds().slice(2)).toEqual(["paused", "unpaused", "paused", "unpaused"]);
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "sleep: t\nsleep: t" });
  });

  test("can be cancelled", async () => {
    start({ limits: evicted });
    await open.submit(anId, script, [twoSleeps]);
    await open.untilIs(anId, "blocked");
    await open.shard.pause(anId);
    await open.shard.cancel(anId, "enough");
    expect(await open.shard.result(anId)).toEqual({ failure: "cancelled", reason: "enough" });
    expect(await open.shard.unpause(anId)).toBe("finished");
  });
});

describe("a paused activity", () => {
  test("comes to its end when an attempt was under way", async () => {
    start();
    await open.submit(anId, getText, [`${service.origin}/hold`]);
    await service.until(() => service.open === 1);
    await open.shard.pause(anId);
    expect(statusOf()).toBe("paused");
    service.release();
    await open.untilIs(anId, "finished");
    expect(await open.shard.result(anId)).toEqual({ ok: "200 1" });
  });

  test("goes on with an attempt that is under way when it is unpaused", async () => {
    start();
    await open.submit(anId, getText, [`${service.origin}/hold`]);
    await service.until(() => service.open === 1);
    await open.shard.pause(anId);
    await open.shard.unpause(anId);
    expect(statusOf()).toBe("locked");
    service.release();
    await open.untilIs(anId, "finished");
    expect(kinds()).toEqual(["created", "attempt-started", "paused", "unpaused", "finished"]);
  });

  test("is not tried again until it is unpaused", async () => {
    start();
    await open.submit(anId, spin, []);
    await open.shard.pause(anId);
    await open.until(() => kinds().includes("attempt-failed"));
    await pass(60_000);
    expect(kinds()).toEqual(["created", "attempt-started", "paused", "attempt-failed"]);
    await open.shard.unpause(anId);
    await pass(0);
    await open.untilIs(anId, "finished");
    expect(kinds().slice(4)).toEqual(["unpaused", "attempt-started", "finished"]);
  });

  test("whose host is lost is taken for lost when it is unpaused, and tried again", async () => {
    start();
    await open.submit(anId, getText, [`${service.origin}/hold`]);
    await service.until(() => service.open === 1);
    await open.shard.pause(anId);
    await restart();
    await pass(60_000);
    expect(kinds()).toEqual(["created", "attempt-started", "paused"]);
    await open.shard.unpause(anId);
    await service.until(() => service.open === 1 && service.broken.length === 1);
    service.release();
    await open.untilIs(anId, "finished");
    expect(kinds().slice(3)).toEqual(["unpaused", "attempt-failed", "attempt-started", "finished"]);
    expect(await open.shard.result(anId)).toEqual({ ok: "200 2" });
  });
});

describe("a tree that is cancelled from its root", () => {
  const root = [
    "named 1 a",
    'submit 1 script run ["sleep in:h:1"]',
    'submit 1 script run-cancellable ["direct run-cancellable sleep in:h:9"]',
    'submit 1 bench:tiny/acts@0.1.0 step [1, "x"]',
    "delay 1 in:h:9",
    "next 1",
  ].join("\n");

  async function cancelRoot(limits: Partial<ShardLimits>): Promise<void> {
    start({ limits });
    await open.submit(anId, script, [root]);
    const grandchild = child("n:a_2.o:1-run-cancellable_1");
    for (const id of [anId, child("n:a_1"), grandchild]) await open.untilIs(id, "blocked");
    expect(await open.shard.cancel(anId, "enough")).toBe("changed");
    expect(statusOf()).toBe("cancelling");
    for (const id of [child("n:a_2"), grandchild, child("n:a_3")]) {
      expect(await open.shard.result(id), id).toMatchObject({ failure: "cancelled" });
    }
    expect(kinds()).toContain("delay-cancelled");
    expect(statusOf(child("n:a_1"))).toBe("blocked");
  }

  test.each(whereabouts)("while it is %s ends with the last child that must be awaited", async (_, limits) => {
    await cancelRoot(limits);
    await open.finish();
    expect(await open.shard.result(child("n:a_1"))).toEqual({ ok: "sleep: t" });
    expect(await open.shard.result(anId)).toEqual({ failure: "cancelled", reason: "enough" });
    expect(kinds().slice(-2)).toEqual(["child-finished", "finished"]);
  });

  test("ends so over a host that goes", async () => {
    await cancelRoot(evicted);
    await restart();
    expect(statusOf()).toBe("cancelling");
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ failure: "cancelled", reason: "enough" });
  });

  test("while its code is loaded is not run any more", async () => {
    start({ limits: evicted });
    await open.submit(anId, script, ["sleep in:s:1\nsleep in:s:1"]);
    await open.untilIs(anId, "blocked");
    let loads = 0;
    let loaded = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    const source = {
      kind: rig.components.kind.bind(rig.components),
      load: async (digest: Parameters<typeof rig.components.load>[0]) => {
        loads++;
        await gate;
        return rig.components.load(digest);
      },
    };
    await restart({ source });
    open.clock.pass(1_000);
    await open.until(() => loads === 1);
    await open.shard.cancel(anId, "enough");
    loaded();
    await pass(1_000);
    expect(kinds()).toEqual(["created", "delay-submitted", "delay-expired", "finished"]);
  });
});

test("an activity that is cancelled is told to stop; its caller goes on, and its late result is ignored", async () => {
  start();
  const call = `submit 1 test:guests/http-activities@0.1.0 get-text ["${service.origin}/hold"]`;
  await open.submit(anId, script, [`named 1 a\n${call}\nnext 1\nkind $2\nsleep in:s:1`]);
  const activity = child("n:a_1");
  await service.until(() => service.open === 1);
  expect(await open.shard.cancel(activity, "enough")).toBe("changed");
  const before = kinds(activity);
  await service.until(() => service.broken.includes("/hold"));
  service.release();
  await open.finish();
  expect(await open.shard.result(anId)).toEqual({
    ok: 'named: ok\nsubmit: E~.n:a_1\nnext: err("execution_failed")\nkind: cancelled\nsleep: t',
  });
  expect(kinds(activity)).toEqual(before);
  expect(before).toEqual(["created", "attempt-started", "finished"]);
});

describe("a delay that is cancelled", () => {
  test.each(whereabouts)("is an err at once to a workflow that is %s", async (_, limits) => {
    start({ limits });
    await open.submit(anId, script, ["named 1 a\ndelay 1 in:d:1\nnext 1\nlast 1"]);
    await open.untilIs(anId, "blocked");
    const now = open.clock.now();
    expect(await open.shard.cancelDelay(delay("n:a_1"))).toBe("changed");
    await open.untilIs(anId, "finished");
    expect(open.clock.now()).toBe(now);
    expect(await open.shard.result(anId)).toEqual({
      ok: "named: ok\ndelay: D~.n:a_1\nnext: err\nlast: D~.n:a_1",
    });
    expect(await open.shard.cancelDelay(delay("n:a_1"))).toBe("finished");
  });

  test("must have been submitted", async () => {
    start();
    expect(await open.shard.cancelDelay(delay("n:a_1"))).toBe("unknown");
    await open.submit(anId, script, ["sleep in:d:1"]);
    await open.untilIs(anId, "blocked");
    expect(await open.shard.cancelDelay(delay("n:a_1"))).toBe("unknown");
  });
});

test("nothing is changed of what has finished, or is not there", async () => {
  start();
  const changes = ["pause", "unpause", "cancel"] as const;
  for (const change of changes) expect(await open.shard[change](anId, "")).toBe("unknown");
  await open.run(anId, script, ["id"]);
  for (const change of changes) expect(await open.shard[change](anId, "")).toBe("finished");
  expect(kinds()).toEqual(["created", "finished"]);
});

describe("an execution with a time to start", () => {
  const hourMs = 3_600_000;

  const works: [string, FunctionName, string, unknown][] = [
    ["a workflow", script, "return x", { ok: "x" }],
    ["an activity", echo, "x", { ok: "x" }],
  ];

  test.each(works)("%s is not run before", async (_, name, param, outcome) => {
    start();
    await submitAt(name, [param], hourMs);
    await pass(hourMs - 1);
    expect(kinds()).toEqual(["created"]);
    expect(open.journal.findExecution(anId)).toMatchObject({ status: "pending", wakeAt: open.clock.now() + 1 });
    await pass(1);
    await open.untilIs(anId, "finished");
    expect(await open.shard.result(anId)).toEqual(outcome);
  });

  test.each(works)("%s is not forgotten, nor run early, when its host goes", async (_, name, param, outcome) => {
    start();
    await submitAt(name, [param], hourMs);
    await restart();
    await pass(hourMs - 1);
    expect(kinds()).toEqual(["created"]);
    await pass(1);
    await open.untilIs(anId, "finished");
    expect(await open.shard.result(anId)).toEqual(outcome);
  });

  test.each(works)("%s that was due while no host was there is run by the next", async (_, name, param, outcome) => {
    start();
    await submitAt(name, [param], hourMs);
    open.close();
    open.clock.set(open.clock.now() + 2 * hourMs);
    await restart();
    await pass(0);
    await open.untilIs(anId, "finished");
    expect(await open.shard.result(anId)).toEqual(outcome);
  });

  test.each(works)("%s that is paused at that time is run when it is unpaused", async (_, name, param, outcome) => {
    start();
    await submitAt(name, [param], hourMs);
    await open.shard.pause(anId);
    await pass(2 * hourMs);
    expect(kinds()).toEqual(["created", "paused"]);
    await open.shard.unpause(anId);
    await open.finish();
    expect(await open.shard.result(anId)).toEqual(outcome);
  });

  test.each(works)("%s that is unpaused before waits for it", async (_, name, param) => {
    start();
    await submitAt(name, [param], hourMs);
    await open.shard.pause(anId);
    await open.shard.unpause(anId);
    await pass(hourMs - 1);
    expect(kinds()).toEqual(["created", "paused", "unpaused"]);
    await pass(1);
    await open.untilIs(anId, "finished");
  });

  test.each(works)("%s that is cancelled before is never run", async (_, name, param) => {
    start();
    await submitAt(name, [param], hourMs);
    await open.shard.cancel(anId, "enough");
    await pass(2 * hourMs);
    expect(kinds()).toEqual(["created", "finished"]);
  });
});
