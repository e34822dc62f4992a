/** Delays of all lengths, clocks that are set, and workflows that look again and again. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExecutionId } from "../../host/core/ids.ts";
import { startedAt } from "../support/histories.ts";
import { historiesIn, type OpenRig } from "../support/rig.ts";
import { ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const script = "contract:guests/script@1.0.0.run";
let rig: ScriptRig;
beforeAll(async () => {
  rig = await ScriptRig.of("c");
}, 120_000);
afterAll(() => rig.close());

async function blocked(open: OpenRig, id = anId): Promise<void> {
  while (open.journal.findExecution(id)?.status !== "blocked") await new Promise((resolve) => setImmediate(resolve));
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a sleep", () => {
  const yearMs = 365 * 86_400_000;
  test.each<[string, number]>([
    ["in:ms:1", 1],
    ["in:s:1", 1_000],
    ["in:min:3", 180_000],
    ["in:h:2", 7_200_000],
    [`in:d:${365 * 10}`, 10 * yearMs],
    [`at:${Math.floor(startedAt / 1_000) + 5}.1`, 5_001],
    ["at:0.0", 0],
    ["now", 0],
  ])("%s ends when it is due, and not before", async (at, ms) => {
    const { data } = await rig.runIn(`sleep ${at}`);
    const history = historiesIn(data).get(anId) ?? [];
    const submitted = history.find((event) => event.kind === "delay-submitted");
    const expired = history.find((event) => event.kind === "delay-expired");
    expect(submitted?.dueAt === undefined ? undefined : Math.max(submitted.dueAt, startedAt)).toBe(startedAt + ms);
    expect(expired?.at).toBe(startedAt + ms);
  });

  test("of ten years is slept over any number of hosts", async () => {
    const data = rig.rig.folder();
    let open = rig.rig.open(data);
    await open.submit(anId, script, ["sleep in:d:3650\nreturn awake"]);
    await blocked(open);
    open.close();
    const due = startedAt + 3_650 * 86_400_000;
    for (const now of [startedAt + 1, due - 1]) {
      open = rig.rig.open(data, { clock: new SimulatedClock(now) });
      await open.shard.resume();
      await turns(50);
      expect(open.journal.findExecution(anId)?.status).toBe("blocked");
      open.close();
    }
    open = rig.rig.open(data, { clock: new SimulatedClock(due) });
    await open.shard.resume();
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "awake" });
    open.close();
  });

  test("is not shortened by a clock that is set back, and events never go backwards", async () => {
    const data = rig.rig.folder();
    const clock = new SimulatedClock(startedAt + 10_000);
    const open = rig.rig.open(data, { clock });
    await open.submit(anId, script, ["sleep in:s:10\ndirect echo a\nsleep in:s:1"]);
    await blocked(open);
    clock.set(startedAt);
    await turns(50);
    expect(open.journal.findExecution(anId)?.status).toBe("blocked");
    await open.finish();
    expect(await open.shard.result(anId)).toHaveProperty("ok");
    open.close();
    const times = (historiesIn(data).get(anId) ?? []).map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("ends when the clock jumps ahead", async () => {
    const data = rig.rig.folder();
    const clock = new SimulatedClock(startedAt);
    const open = rig.rig.open(data, { clock });
    await open.submit(anId, script, ["sleep in:d:1\nreturn awake"]);
    await blocked(open);
    clock.set(startedAt + 10 * 86_400_000);
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "awake" });
    open.close();
  });
});

describe("a workflow that polls", () => {
  test("costs the journal one event for all tries in a row, however many", async () => {
    const { outcome, data } = await rig.runIn("create 1\ndelay 1 in:s:5\nloop 30\ntry 1\nuntil-ready 1\nreturn done");
    expect(outcome).toEqual({ ok: "done" });
    const tried = (historiesIn(data).get(anId) ?? []).flatMap((event) => (event.kind === "next-tried" ? [event] : []));
    expect(tried.map(({ found }) => found)).toEqual([false, true]);
    expect(tried[0]?.times).toBeGreaterThanOrEqual(30);
  });

  test("ends with a clear reason when it has used up its tries", async () => {
    const { outcome, data } = await rig.runIn("create 1\ndelay 1 in:d:99\nuntil-ready 1", { limits: { pollsMax: 20 } });
    expect(outcome).toMatchObject({ failure: "uncategorized", limit: "polls-max" });
    expect(outcome).toHaveProperty("reason", expect.stringMatching(/21 times, and 20 are allowed.*join-next/));
    expect(
      historiesIn(data)
        .get(anId)
        ?.filter(({ kind }) => kind === "next-tried"),
    ).toMatchObject([{ times: 21 }]);
  });

  test("gets on beside another, however often each is evicted for the other", async () => {
    const open = rig.rig.open(rig.rig.folder(), { limits: { hotRunsMax: 1, pollsMax: 50 } });
    await open.submit(anId, script, ["create 1\ndelay 1 in:h:1\nloop 5\ntry 1\nreturn done"]);
    const other = `${anId.slice(0, -1)}1` as ExecutionId;
    await open.submit(other, script, ["create 1\ndelay 1 in:d:9\nuntil-ready 1\nreturn found"]);
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "done" });
    expect(await open.shard.result(other)).toMatchObject({ limit: "polls-max" });
    open.close();
  });

  test("lets others go on meanwhile", async () => {
    const open = rig.rig.open(rig.rig.folder());
    await open.submit(anId, script, ["create 1\nx-submit 1 approve o\nuntil-ready 1\nreturn found"]);
    const others = Array.from({ length: 20 }, (_, n) => `E_01K42AJA8QHD7D3GTJAYMASG${String(n).padStart(2, "0")}`);
    for (const id of others) await open.submit(id as ExecutionId, script, ["direct echo a\nreturn done"]);
    const results = await Promise.all(others.map((id) => open.shard.result(id as ExecutionId)));
    expect(results).toEqual(others.map(() => ({ ok: "done" })));
    expect(await open.shard.writeStub(`${anId}.g:1_1` as ExecutionId, { ok: "yes" })).toBe("ok");
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "found" });
    open.close();
  });
});

test("10,000 requests of one join set are submitted, answered and settled", { timeout: 120_000 }, async () => {
  const data = rig.rig.folder();
  const open = rig.rig.open(data);
  await open.submit(anId, script, ["create 1\nloop 10000\ndelay 1 in:s:9\nnext 1\nclose 1\nreturn done"]);
  await open.finish();
  expect(await open.shard.result(anId)).toEqual({ ok: "done" });
  open.close();
  const history = historiesIn(data).get(anId) ?? [];
  expect(history.filter(({ kind }) => kind === "delay-submitted")).toHaveLength(10_000);
  expect(history.filter(({ kind }) => kind.startsWith("delay-") && kind !== "delay-submitted")).toHaveLength(10_000);
});
