/** Which attempts may start, and when: counted where they are made, in the order in which they are. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { DeployedComponent, Deployment, Policy } from "../../host/core/deployment.ts";
import { type ExecutionId, type FunctionName, type Millis, rootOf } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import type { Change } from "../../host/ports/journal.ts";
import { guest } from "../support/guests.ts";
import { HeldActivities } from "../support/held-activities.ts";
import { historiesIn, type OpenRig, Rig, recordUnits } from "../support/rig.ts";

const script = "contract:guests/script@1.0.0.run";
const work = (name: string) => `contract:guests/work@1.0.0.${name}` as FunctionName;
const idOf = (n: number) => `E_01K42AJA8QHD7D3GTJAYMASF${String(n).padStart(2, "0")}` as ExecutionId;
const [a, b] = [idOf(1), idOf(2)];
const retry = { retriesMax: 0, backoffMs: 1, backoffMaxMs: 1 };
const plain: Policy = { retry, deadlineMs: 10_000 };

let rig: Rig;
let data: string;
let open: OpenRig;
let held: HeldActivities;

beforeAll(async () => {
  rig = await Rig.of(guest("work", { retry }), guest("script-c", { kind: "workflow" }), guest("tiny-activity"));
}, 120_000);
afterEach(() => open.close());
afterAll(() => rig.close());

function deploymentWith(limits: Partial<DeployedComponent>): Deployment {
  const components = rig.deployment.components.map((one) => (one.name === "work" ? { ...one, ...limits } : one));
  return { components };
}

function redeploy(limits: Partial<DeployedComponent>): void {
  const deployment = deploymentWith(limits);
  open.shard.deploy(deployment, rig.components.types(), sandboxesOf(deployment));
}

/** A shard whose attempts are held. */
function start(limits: Partial<ShardLimits>, deployed: Partial<DeployedComponent> = {}): void {
  data = rig.folder();
  held = new HeldActivities(rig.activities);
  open = rig.open(data, { limits, activities: held });
  redeploy(deployed);
}

const submitAll = (name: string, params: readonly unknown[], ids: readonly ExecutionId[]) =>
  Promise.all(ids.map((id) => open.submit(id, name, params)));

const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => idOf(from + i));
const startedOf = (name: string) => held.started.filter((one) => one.function === work(name)).length;

/** Asks for so many children, and then for their results. */
function scriptOf(children: number, request = "echo text"): string {
  const [name] = request.split(" ");
  const times = (line: string) => Array.from({ length: children }, () => line);
  return ["create 1", ...times(`x-submit 1 ${request}`), ...times(`x-next 1 ${name}`)].join("\n");
}

/** Lets go one attempt after the other, each once the one before has made room for the next. */
async function letGoOneByOne(count: number): Promise<void> {
  await open.until(() => held.started.length > 0);
  for (let n = held.started.length + 1, last = n + count; n < last; n++) {
    held.letGo(1);
    await open.until(() => held.started.length === n);
  }
}

async function end(): Promise<void> {
  held.letAllGo();
  await open.finish();
}

describe("roots take turns", () => {
  test("so that many children hold up nobody's few, and each root's come in their order", async () => {
    start({ attemptsMax: 1 });
    await open.submit(a, script, [scriptOf(200)]);
    await open.untilIs(a, "blocked");
    await open.submit(b, script, [scriptOf(5)]);
    await open.untilIs(b, "blocked");
    await letGoOneByOne(14);
    const order = held.started.map(({ execution }) => (rootOf(execution) === a ? "a" : "b")).join("");
    expect(order).toBe("aabababababaaaa");
    for (const root of [a, b]) {
      const places = held.started.map(({ execution }) => execution).filter((id) => rootOf(id) === root);
      expect(places).toEqual(places.map((_, i) => `${root}.g:1_${i + 1}`));
    }
    await end();
  });

  test("for runs of workflows too", async () => {
    data = rig.folder();
    const units: (readonly Change[])[] = [];
    open = rig.open(data, { limits: { startsPerTurn: 1 }, tap: (journal) => recordUnits(journal, units) });
    await Promise.all([
      open.submit(a, script, [scriptOf(60, "run id")]),
      open.submit(b, script, [scriptOf(4, "run id")]),
    ]);
    await open.finish();
    const ended = units.flat().filter(({ row }) => row.status === "finished" && row.parent !== null);
    const order = ended.map(({ row }) => (rootOf(row.id) === a ? "a" : "b")).join("");
    expect(order).toHaveLength(64);
    expect(order.lastIndexOf("b")).toBeLessThan(12);
  });
});

describe("a limit is never exceeded", () => {
  test("of the host", async () => {
    start({ attemptsMax: 3 });
    await submitAll(work("echo"), ["text"], ids(10, 20));
    await open.until(() => held.started.length === 3);
    await end();
    expect(held.most).toBe(3);
    expect(held.started).toHaveLength(20);
  });

  test("of a function, and others pass it by", async () => {
    start({}, { functions: { [work("echo")]: { ...plain, concurrencyMax: 2 } } });
    await submitAll(work("echo"), ["text"], ids(10, 10));
    await submitAll(work("nothing"), [], ids(30, 5));
    await open.until(() => held.started.length === 7);
    expect(startedOf("echo")).toBe(2);
    await end();
    expect(startedOf("echo")).toBe(10);
  });

  test("of each function that is not named", async () => {
    start({}, { policy: { ...plain, concurrencyMax: 1 } });
    await submitAll(work("echo"), ["text"], ids(10, 3));
    await submitAll(work("nothing"), [], ids(30, 3));
    await open.until(() => held.started.length === 2);
    expect([startedOf("echo"), startedOf("nothing")]).toEqual([1, 1]);
    await end();
    expect(held.most).toBe(2);
  });

  test("of a component, its functions together, and other components pass it by", async () => {
    start({}, { concurrencyMax: 2 });
    await submitAll(work("echo"), ["text"], ids(10, 4));
    await submitAll(work("nothing"), [], ids(20, 4));
    await submitAll("bench:tiny/acts@0.1.0.step", [1, "text"], ids(30, 4));
    await open.until(() => held.started.length === 6);
    expect(startedOf("echo") + startedOf("nothing")).toBe(2);
    await end();
    expect(held.started).toHaveLength(12);
  });

  test("by children, whose failed attempts make room while they wait to be tried again", async () => {
    const twice = { retriesMax: 1, backoffMs: 60_000, backoffMaxMs: 60_000 };
    start({}, { policy: { retry: twice, deadlineMs: 10_000, concurrencyMax: 1 } });
    await open.submit(a, script, [scriptOf(6, "fail no")]);
    await open.untilIs(a, "blocked");
    await letGoOneByOne(5);
    expect(held.started.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1]);
    await end();
    expect(held.started).toHaveLength(12);
    expect(held.most).toBe(1);
  });
});

describe("what waits", () => {
  test("and is cancelled is never started, and its place is another's", async () => {
    start({ attemptsMax: 1 });
    await submitAll(work("echo"), ["text"], ids(10, 3));
    await open.shard.cancel(idOf(11), "of no use");
    await end();
    expect(held.started.map(({ execution }) => execution)).toEqual([idOf(10), idOf(12)]);
  });

  test("and is paused lets others pass, and has its turn when it is unpaused", async () => {
    start({ attemptsMax: 1 });
    await submitAll(work("echo"), ["text"], ids(10, 3));
    await open.shard.pause(idOf(11));
    await letGoOneByOne(1);
    await open.shard.unpause(idOf(11));
    await end();
    expect(held.started.map(({ execution }) => execution)).toEqual([idOf(10), idOf(12), idOf(11)]);
  });

  test("an attempt that is halted makes room", async () => {
    start({ attemptsMax: 1 });
    await submitAll(work("echo"), ["text"], ids(10, 2));
    await open.shard.cancel(idOf(10), "of no use");
    await open.until(() => held.started.length === 2);
    await end();
    expect(held.most).toBe(1);
  });

  test("says for what", async () => {
    start({ attemptsMax: 3 }, { functions: { [work("echo")]: { ...plain, concurrencyMax: 1 } }, concurrencyMax: 2 });
    await submitAll(work("echo"), ["text"], ids(10, 2));
    expect(open.shard.waitOf(idOf(11))).toEqual({ for: "function", by: "concurrency" });
    await submitAll(work("nothing"), [], ids(20, 2));
    expect(open.shard.waitOf(idOf(21))).toEqual({ for: "component", by: "concurrency" });
    await submitAll("bench:tiny/acts@0.1.0.step", [1, "text"], ids(30, 2));
    expect(open.shard.waitOf(idOf(31))).toEqual({ for: "host" });
    expect(open.shard.waitOf(idOf(10))).toBeUndefined();
    await end();
    expect(open.shard.waitOf(idOf(31))).toBeUndefined();
  });
});

describe("a rate", () => {
  const rate = { count: 3, perMs: 1_000 };
  const startTimes = () =>
    [...historiesIn(data).values()]
      .flat()
      .flatMap((event) => (event.kind === "attempt-started" ? [event.at] : []))
      .toSorted((x, y) => x - y);

  test.each([
    ["a function", { functions: { [work("echo")]: { ...plain, rate } } }],
    ["a component", { rate }],
  ])("of %s is kept in every window", async (_, limits) => {
    start({}, limits);
    held.letAllGo();
    await submitAll(work("echo"), ["text"], ids(10, 4));
    open.clock.pass(400);
    await submitAll(work("echo"), ["text"], ids(20, 4));
    await open.finish();
    const times = startTimes();
    expect(times).toHaveLength(8);
    times.forEach((at, i) =>
      expect(at - (times[i - rate.count] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1_000),
    );
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(2_000);
  });

  test("holds up nobody else, and says until when it does", async () => {
    start({}, { functions: { [work("echo")]: { ...plain, rate: { count: 1, perMs: 5_000 } } } });
    const until = (open.clock.now() + 5_000) as Millis;
    await submitAll(work("echo"), ["text"], ids(10, 2));
    await submitAll(work("nothing"), [], ids(20, 2));
    await open.until(() => held.started.length === 3);
    expect(open.shard.waitOf(idOf(11))).toEqual({ for: "function", by: "rate", until });
    await end();
    expect(startedOf("echo")).toBe(2);
  });
});

describe("a rate is not used up", () => {
  const policy: Policy = { ...plain, rate: { count: 1, perMs: 60_000 } };

  test("by what is cancelled before its time", async () => {
    start({}, { policy });
    const [function_, startAt] = [work("nothing"), (open.clock.now() + 1_000) as Millis];
    for (const id of ids(10, 20)) {
      await open.shard.submit({ id, fresh: true, function: function_, params: [], startAt });
      await open.shard.cancel(id, "not needed");
    }
    open.clock.pass(2_000);
    await open.submit(a, work("echo"), ["text"]);
    await open.until(() => held.started.length === 1);
    expect(held.started[0]?.execution).toBe(a);
    await end();
  });

  test("by the children of a workflow that is cancelled", async () => {
    start({}, { policy: { ...policy, concurrencyMax: 1, rate: { count: 2, perMs: 60_000 } } });
    await open.submit(a, script, [scriptOf(30)]);
    await open.until(() => held.started.length === 1);
    await open.untilIs(a, "blocked");
    await open.shard.cancel(a, "not needed");
    await open.submit(b, work("echo"), ["text"]);
    await open.until(() => held.started.length === 2);
    expect(held.started[1]?.execution).toBe(b);
    await end();
  });
});

describe("a deployment changes limits at once", () => {
  test("the time that what waits has in all among them", async () => {
    const within = (totalMs: number): Partial<DeployedComponent> => ({
      policy: { ...plain, retry: { ...retry, totalMs }, concurrencyMax: 1 },
    });
    start({}, { policy: { ...plain, concurrencyMax: 1 } });
    await submitAll(work("echo"), ["text"], ids(1, 2));
    await open.until(() => held.started.length === 1);
    redeploy(within(10_000));
    redeploy(within(20_000));
    open.clock.pass(15_000);
    expect(open.journal.findExecution(b)?.status).toBe("pending");
    open.clock.pass(6_000);
    await open.untilIs(b, "finished");
    expect(await open.shard.result(b)).toMatchObject({ failure: "timed-out" });
    await end();
  });

  test("so that more may start, or fewer", async () => {
    start({}, { functions: { [work("echo")]: { ...plain, concurrencyMax: 1 } } });
    await submitAll(work("echo"), ["text"], ids(10, 8));
    await open.until(() => held.started.length === 1);
    redeploy({ functions: { [work("echo")]: { ...plain, concurrencyMax: 4 } } });
    await open.until(() => held.started.length === 4);
    redeploy({ concurrencyMax: 2 });
    held.letGo(2);
    await open.until(() => held.underWay.size === 2);
    expect(held.started).toHaveLength(4);
    await letGoOneByOne(1);
    expect(held.underWay.size).toBe(2);
    redeploy({});
    await open.until(() => held.started.length === 8);
    await end();
  });

  test("and counts what was under way before there was a limit", async () => {
    start({});
    await submitAll(work("echo"), ["text"], ids(10, 3));
    redeploy({ policy: { ...plain, concurrencyMax: 3 } });
    await submitAll(work("echo"), ["text"], ids(20, 3));
    await open.until(() => held.started.length === 3);
    await end();
    expect(held.most).toBe(3);
  });
});

test("a workflow that has ended is not woken at the times it asked for", async () => {
  start({});
  await open.submit(a, script, ["create 1\ndelay 1 in:h:1\nnext 1"]);
  await open.untilIs(a, "blocked");
  await open.shard.cancel(a, "enough");
  expect(open.clock.advance()).toBe(false);
});

describe("too much to do", () => {
  test("is refused, leaves nothing behind, and is taken once there is room", async () => {
    start({ attemptsMax: 1, pendingMax: 3 });
    await submitAll(work("echo"), ["text"], ids(10, 4));
    const more = { id: idOf(20), fresh: false, function: work("echo"), params: ["text"] };
    expect(await open.shard.submit(more)).toMatchObject({ kind: "refused", code: "overloaded" });
    expect(open.journal.findExecution(idOf(20))).toBeUndefined();
    const known = { ...more, id: idOf(10) };
    expect(await open.shard.submit(known)).toEqual({ kind: "accepted", existed: true });
    await letGoOneByOne(1);
    expect(await open.shard.submit(more)).toEqual({ kind: "accepted", existed: false });
    await end();
    expect(held.started).toHaveLength(5);
  });

  test("of one function is no reason to refuse another", async () => {
    start({ pendingMax: 3 }, { functions: { [work("echo")]: { ...plain, concurrencyMax: 1 } } });
    await submitAll(work("echo"), ["text"], ids(10, 4));
    const more = (name: string, params: readonly unknown[], n: number) =>
      open.shard.submit({ id: idOf(n), fresh: false, function: name as FunctionName, params });
    expect(await more(work("echo"), ["text"], 20)).toMatchObject({ kind: "refused", code: "overloaded" });
    expect(await more(work("nothing"), [], 21)).toMatchObject({ kind: "accepted" });
    expect(await more(script, ["direct nothing"], 22)).toMatchObject({ kind: "accepted" });
    await end();
    expect(held.started).toHaveLength(6);
  });

  test("of many functions is refused when all they have is too much", async () => {
    const limited = { ...plain, concurrencyMax: 1 };
    const functions = { [work("echo")]: limited, [work("fail")]: limited };
    start({ pendingMax: 3, pendingTotalMax: 4 }, { functions });
    await submitAll(work("echo"), ["text"], ids(10, 3));
    await submitAll(work("fail"), ["no"], ids(20, 3));
    const more = { id: idOf(30), fresh: false, function: work("nothing"), params: [] };
    expect(await open.shard.submit(more)).toMatchObject({ kind: "refused", code: "overloaded" });
    await letGoOneByOne(1);
    expect(await open.shard.submit(more)).toEqual({ kind: "accepted", existed: false });
    await end();
  });

  test("is no reason to refuse a child", async () => {
    start({ attemptsMax: 1, pendingMax: 2 });
    await open.submit(a, script, [scriptOf(20)]);
    await end();
    expect(held.started).toHaveLength(20);
    expect(open.journal.findExecution(a)).toMatchObject({ outcome: "ok" });
  });
});
