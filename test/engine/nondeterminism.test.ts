import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import { assert } from "../../host/core/assert.ts";
import type { Event } from "../../host/core/event.ts";
import type { Digest } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { type ReplayReport, replayHistory } from "../../host/engine/replay-history.ts";
import type { Change } from "../../host/ports/journal.ts";
import { guest } from "../support/guests.ts";
import { historiesIn, Rig, recordUnits, writeUnits } from "../support/rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const flow = (name: string) => `test:guests/flows@0.1.0.${name}`;

/** What `versioned` recorded as its second intent, and what its next version does there. */
const difference = {
  version: 3,
  recorded: "delay of 1000 milliseconds in join set o:2-nap",
  attempted: 'call test:guests/activities@0.1.0.echo["second"] in join set o:2-echo',
};

let rig: Rig;
let changed: Rig;

beforeAll(async () => {
  rig = await Rig.of(guest("workflow"), guest("child-workflow"), guest("activity"));
  changed = await Rig.of(guest("workflow-changed"), guest("child-workflow"), guest("activity"));
}, 120_000);

afterAll(async () => {
  await rig.close();
  await changed.close();
});

async function record(name: string, params: unknown[]): Promise<{ units: Change[][]; history: readonly Event[] }> {
  const units: (readonly Change[])[] = [];
  const data = rig.folder();
  const open = rig.open(data, { tap: (journal) => recordUnits(journal, units) });
  await open.run(anId, flow(name), params);
  open.close();
  return { units: units.map((unit) => [...unit]), history: historiesIn(data).get(anId) ?? [] };
}

function digestIn(of: Rig): Digest {
  const workflow = of.stored[0];
  assert(workflow !== undefined, "a rig has components");
  return workflow.digest;
}

/** Where the workflow's component has the bytes of its next version. */
const source = {
  load: (digest: Digest) =>
    digest === digestIn(rig) ? changed.components.load(digestIn(changed)) : rig.components.load(digest),
  kind: (digest: Digest) => rig.components.kind(digest),
};

async function replay(of: Rig, history: readonly Event[]): Promise<ReplayReport> {
  return replayHistory(anId, await of.components.load(digestIn(of)), history, workflowWasi);
}

test("a history that other code has begun ends as nondeterminism-detected, and nothing is written over", async () => {
  const { units, history } = await record("versioned", []);
  const delay = units.findIndex((unit) => unit.some(({ events }) => events.some((e) => e.kind === "delay-submitted")));
  for (let count = delay + 1; count < units.length; count++) {
    const data = rig.folder();
    const now = await writeUnits(data, units.slice(0, count), rig.stored);
    const before = historiesIn(data);
    const open = rig.open(data, { clock: new SimulatedClock(now), source });
    await open.shard.resume();
    await open.finish();
    const outcome = await open.shard.result(anId);
    open.close();

    const { version, recorded, attempted } = difference;
    expect(outcome, `cut after ${count} units`).toEqual({
      failure: "nondeterminism-detected",
      reason: `version ${version}: recorded ${recorded}; attempted ${attempted}`,
    });
    const after = historiesIn(data).get(anId) ?? [];
    expect(after.slice(0, before.get(anId)?.length)).toEqual(before.get(anId));
    expect(after.at(-1)).toMatchObject({ kind: "finished", outcome });
    expect(history.slice(0, 4)).toEqual(after.slice(0, 4));
  }
  expect(units.length - delay).toBeGreaterThan(3);
});

test("a history that goes no further than where both versions agree goes on with the next", async () => {
  const { units } = await record("versioned", []);
  const data = rig.folder();
  const now = await writeUnits(data, units.slice(0, 2), rig.stored);
  const open = rig.open(data, { clock: new SimulatedClock(now), source });
  await open.shard.resume();
  await open.finish();
  expect(await open.shard.result(anId)).toEqual({ ok: "first, second" });
  open.close();
  const kinds =
    historiesIn(data)
      .get(anId)
      ?.map(({ kind }) => kind) ?? [];
  expect(kinds.indexOf("delay-submitted")).toBeGreaterThan(kinds.lastIndexOf("child-submitted"));
});

test("a replay of a history reports the same difference", async () => {
  const { history } = await record("versioned", []);
  expect(await replay(changed, history)).toEqual({ kind: "diverged", ...difference });
});

test("a replay of a history by the code that made it matches, as a whole and up to every event", async () => {
  const { history } = await record("family", ["text"]);
  const last = history.at(-1);
  assert(last?.kind === "finished", "the workflow has finished");
  expect(await replay(rig, history)).toEqual({ kind: "matches", events: history.length, outcome: last.outcome });
  for (let length = 1; length < history.length; length++) {
    expect(await replay(rig, history.slice(0, length))).toMatchObject({ kind: "matches", events: length });
  }
});

test("what is the same in both versions matches with the next", async () => {
  const { history } = await record("compensate", ["sold out"]);
  expect(await replay(changed, history)).toMatchObject({ kind: "matches", events: history.length });
});

describe("a guest that catches everything", () => {
  /** The history of `swallow(3)`, as if it had been called with another number. */
  async function calledWith(times: number): Promise<readonly Event[]> {
    const { history } = await record("swallow", [3]);
    const params: readonly Json[] = [times];
    return history.map((event) => (event.kind === "created" ? { ...event, params } : event));
  }

  test("that asks for more than was recorded has diverged, whatever it returns", async () => {
    expect(await replay(rig, await calledWith(5))).toEqual({
      kind: "diverged",
      version: 7,
      recorded: 'finish with {"ok":"0, 1, 2"}',
      attempted: 'call test:guests/activities@0.1.0.echo["3"] in join set o:4-echo',
    });
  });

  test("that ends before what was recorded has diverged", async () => {
    expect(await replay(rig, await calledWith(2))).toEqual({
      kind: "diverged",
      version: 5,
      recorded: 'call test:guests/activities@0.1.0.echo["2"] in join set o:3-echo',
      attempted: 'finish with {"ok":"0, 1"}',
    });
  });
});
