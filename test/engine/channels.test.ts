/** What Stele offers workflows beyond the contract: signals, a published state, continuing as new. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { Event } from "../../host/core/event.ts";
import { ExecutionFold } from "../../host/core/fold.ts";
import type { ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import { replayHistory } from "../../host/engine/replay-history.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { guest } from "../support/guests.ts";
import { startedAt } from "../support/histories.ts";
import { historiesIn, logsIn, type OpenRig, Rig } from "../support/rig.ts";
import { anId, cutEverywhere } from "../support/signature.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.of(guest("channels-workflow"), guest("activity"));
}, 120_000);
afterAll(() => rig.close());

const channel = (name: string) => `test:guests/channels@0.1.0.${name}`;

/** Runs a workflow; `meanwhile` acts on it before time passes. */
async function run(
  name: string,
  params: Json[],
  meanwhile: (open: OpenRig) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ outcome: unknown; history: readonly Event[]; data: string }> {
  const data = rig.folder();
  const open = rig.open(data);
  await open.submit(anId, channel(name), params);
  await meanwhile(open);
  await open.finish();
  const outcome = await open.shard.result(anId);
  open.close();
  return { outcome, history: historiesIn(data).get(anId) ?? [], data };
}

const kinds = (history: readonly Event[]) => history.map(({ kind }) => kind);
const send = async (open: OpenRig, ...values: number[]) => {
  const sent = await Promise.all(values.map((value) => open.shard.signal(anId, "numbers", value)));
  expect(new Set(sent)).toEqual(new Set(["changed"]));
};

describe("a signal", () => {
  test("that comes before it is asked for waits, in order", async () => {
    const { outcome, history } = await run("add-up", [0, 10], (open) => send(open, 5, 6, 0));
    expect(outcome).toEqual({ ok: 11 });
    expect(history.filter(({ kind }) => kind === "signal-buffered")).toHaveLength(3);
    expect(history.flatMap((event) => (event.kind === "signal-delivered" ? [event.value] : []))).toEqual([5, 6, 0]);
  });

  test("that is waited for wakes the workflow, hot or not", async () => {
    const { outcome, history } = await run("add-up", [0, 10], async (open) => {
      while (open.journal.findExecution(anId)?.status !== "blocked") {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await send(open, 1, 2, 0);
    });
    expect(outcome).toEqual({ ok: 3 });
    expect(kinds(history)).toContain("signal-requested");
  });

  test("answers a join set among others", async () => {
    const first = await run("either", [60_000], (open) => open.shard.signal(anId, "go", { fast: true }));
    expect(first.outcome).toEqual({ ok: 'ok {"fast":true}, {"fast":true}' });
    expect(kinds(first.history)).toContain("delay-cancelled");
    const second = await run("either", [50]);
    expect(second.outcome).toEqual({ ok: "the wait" });
    expect(kinds(second.history)).toContain("signal-cancelled");
  });

  test("that nobody has sent does not hold up a join set that is closed", async () => {
    expect((await run("give-up", [])).outcome).toEqual({ ok: "closed" });
  });

  test("is refused by what does not exist, has finished, or is no workflow", async () => {
    const open = rig.open(rig.folder());
    const activity = `${anId.slice(0, -1)}1` as ExecutionId;
    expect(await open.shard.signal(anId, "go", 1)).toBe("unknown");
    await open.run(anId, channel("give-up"), []);
    expect(await open.shard.signal(anId, "go", 1)).toBe("finished");
    await open.run(activity, "test:guests/activities@0.1.0.echo", ["text"]);
    expect(await open.shard.signal(activity, "go", 1)).toBe("not-a-workflow");
    open.close();
  });

  test.each<[string, Partial<ShardLimits>]>([
    ["too-many", { signalsMax: 2 }],
    ["too-much", { signalCharactersMax: 14 }],
  ])("is refused when %s wait, unless it is asked for", async (refusal, limits) => {
    const open = rig.open(rig.folder(), { limits });
    await open.submit(anId, channel("either"), [1]);
    await open.untilIs(anId, "blocked");
    await open.shard.signal(anId, "other", "one");
    await open.shard.signal(anId, "other", "two");
    expect(await open.shard.signal(anId, "other", "three")).toBe(refusal);
    expect(await open.shard.signal(anId, "go", "four")).toBe("changed");
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: 'ok "four", "four"' });
    open.close();
  });

  test("that has been received leaves room for the next", async () => {
    const open = rig.open(rig.folder(), { limits: { signalCharactersMax: 1 } });
    await open.submit(anId, channel("add-up"), [0, 2]);
    for (const value of [1, 2, 3, 0]) {
      await open.until(() => open.journal.findExecution(anId)?.status === "blocked");
      await send(open, value);
    }
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: 6 });
    open.close();
  });

  test("is refused when it is larger than a payload may be", async () => {
    const open = rig.open(rig.folder(), { limits: { payloadBytesMax: 100 } });
    await open.submit(anId, channel("give-up"), []);
    expect(await open.shard.signal(anId, "other", "x".repeat(100))).toEqual({
      tooLarge: "the signal: 102 bytes of JSON, and at most 100 bytes is allowed (--payload-bytes-max)",
    });
    await open.finish();
    open.close();
  });
});

test("the state that was published last can be asked for, while it runs and after", async () => {
  const data = rig.folder();
  const open = rig.open(data);
  await open.submit(anId, channel("add-up"), [0, 10]);
  expect(open.shard.state(anId)).toBeUndefined();
  await send(open, 4, 5, 0);
  await open.finish();
  expect(open.shard.state(anId)).toEqual({ sum: 9 });
  open.close();
});

describe("a workflow that continues as new", () => {
  test("begins anew under its id, with its signals, and its history is short", async () => {
    const { outcome, history, data } = await run("add-up", [0, 2], (open) => send(open, 1, 2, 3, 4, 5, 0));
    expect(outcome).toEqual({ ok: 15 });
    const begun = history.flatMap((event) => (event.kind === "continued" ? [event] : []));
    expect(begun.map(({ params }) => params)).toEqual([
      [3, 2],
      [10, 2],
    ]);
    expect(begun[0]?.signals.map(({ value }) => value)).toEqual([3, 4, 5, 0]);
    expect(
      logsIn(data)
        .get(anId)
        ?.map(({ message }) => message),
    ).toEqual(["1", "3", "6", "10", "15"]);

    const journal = openJournal({ dir: data, now: () => startedAt as never });
    const loaded = journal.load(journal.findExecution(anId)?.key as never);
    expect(loaded?.history[0]).toEqual(begun[1]);
    expect(loaded?.history).toEqual(history.slice(begun[1]?.version));
    expect(ExecutionFold.of(loaded?.row as never, loaded?.history ?? []).row).toEqual(loaded?.row);
    journal.close();
  });

  test("settles what it leaves behind, and gives no id twice", async () => {
    const { outcome, data } = await run("leave", [2]);
    expect(outcome).toEqual({ ok: 0 });
    const ids = [...historiesIn(data).keys()].map((id) => id.slice(anId.length)).toSorted();
    expect(ids).toEqual([
      "",
      ".n:kept_1",
      ".n:kept_2",
      ".n:kept_3",
      ".n:left_1",
      ".n:left_2",
      ".n:left_3",
      ".o:1-echo_1",
      ".o:2-echo_1",
      ".o:3-echo_1",
    ]);
  });

  test.each([
    ["[1]", "params[0]: found 1, wanted string"],
    ["{", "params: not JSON"],
  ])("hears why parameters like %s do not fit", async (params, problem) => {
    const { outcome } = await run("continue-with", [params]);
    expect(outcome).toHaveProperty("ok", expect.stringContaining(problem));
  });
});

test("a workflow that was cancelled while it waited for a signal replays", async () => {
  const { outcome, history } = await run("add-up", [0, 10], async (open) => {
    await open.until(() => open.journal.findExecution(anId)?.status === "blocked");
    expect(await open.shard.cancel(anId, "a client did")).toBe("changed");
  });
  expect(outcome).toMatchObject({ failure: "cancelled" });
  expect(kinds(history).slice(-3)).toEqual(["ended", "signal-cancelled", "finished"]);
  const component = await rig.components.load(rig.digest("channels-workflow"));
  expect(await replayHistory(anId, component, history, workflowWasi)).toMatchObject({ kind: "matches" });
});

describe("parameters to continue with that are too large under this host's limit", () => {
  test("fail it, since another host may have another limit", async () => {
    const data = rig.folder();
    const anew = JSON.stringify(["x".repeat(100)]);
    const wide = rig.open(data);
    const startAt = (wide.clock.now() + 1_000) as Millis;
    const name = channel("continue-with") as FunctionName;
    await wide.shard.submit({ id: anId, fresh: true, function: name, params: [anew], startAt });
    wide.close();
    const narrow = rig.open(data, { limits: { payloadBytesMax: 100 } });
    await narrow.shard.resume();
    await narrow.finish();
    expect(await narrow.shard.result(anId)).toEqual({
      failure: "uncategorized",
      reason:
        "the parameters to continue with: 104 bytes of JSON, and at most 100 bytes is allowed (--payload-bytes-max)",
      limit: "payload-bytes-max",
    });
    narrow.close();
    const component = await rig.components.load(rig.digest("channels-workflow"));
    const history = historiesIn(data).get(anId) ?? [];
    expect(await replayHistory(anId, component, history, workflowWasi)).toMatchObject({ kind: "matches" });
  });
});

describe("a history, cut anywhere and finished, is the same", { timeout: 60_000 }, () => {
  test.each<[string, Json[]]>([
    ["either", [50]],
    ["give-up", []],
  ])("%s %j", async (name, params) => {
    const { whole, cuts } = await cutEverywhere(rig, channel(name), params);
    expect(cuts.length).toBeGreaterThan(1);
    for (const { units, left } of cuts) expect(left, `cut after ${units} units`).toEqual(whole);
  });

  test("but for what a workflow that continues leaves behind, which may have been done or not", async () => {
    const { whole, cuts } = await cutEverywhere(rig, channel("leave"), [2]);
    for (const { units, left } of cuts) {
      expect(Object.keys(left), `cut after ${units} units`).toEqual(Object.keys(whole));
      expect(left[anId]?.events.at(-1)).toMatchObject({ kind: "finished", outcome: { ok: 0 } });
    }
  });
});
