/** Executions whose component has a next version: they go on there if their history replays, and stay otherwise. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import type { Digest, ExecutionId } from "../../host/core/ids.ts";
import type { Change } from "../../host/ports/journal.ts";
import { guest } from "../support/guests.ts";
import { historiesIn, type OpenRig, Rig, recordUnits, writeUnits } from "../support/rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const flow = (name: string) => `test:guests/flows@0.1.0.${name}`;
const difference = {
  version: 3,
  recorded: "delay of 1000 milliseconds in join set o:2-nap",
  attempted: 'call test:guests/activities@0.1.0.echo["second"] in join set o:2-echo',
};

let before: Rig;
let after: Rig;
let from: Digest;
let to: Digest;

beforeAll(async () => {
  const others = [guest("child-workflow"), guest("activity")];
  before = await Rig.of(guest("workflow"), ...others);
  after = await Rig.of(guest("workflow-changed"), ...others, { ...guest("workflow"), deployed: false });
  from = before.digest("workflow");
  to = after.digest("workflow-changed");
}, 120_000);

afterAll(async () => {
  await before.close();
  await after.close();
});

/** The events of `name` in its first version, each atomic unit as it was appended. */
async function record(name: string, params: unknown[]): Promise<(readonly Change[])[]> {
  const units: (readonly Change[])[] = [];
  const open = before.open(before.folder(), { tap: (journal) => recordUnits(journal, units) });
  await open.run(anId, flow(name), params);
  open.close();
  return units;
}

/** Goes on under the next version, from where the first was cut off. */
async function goOn(units: readonly (readonly Change[])[]): Promise<{ outcome: unknown; history: readonly Event[] }> {
  const data = after.folder();
  const now = await writeUnits(data, units, before.stored);
  const open = after.open(data, { clock: new SimulatedClock(now) });
  await open.shard.resume();
  await open.finish();
  const outcome = await open.shard.result(anId);
  open.close();
  return { outcome, history: historiesIn(data).get(anId) ?? [] };
}

const about = (history: readonly Event[]) => history.filter(({ kind }) => kind.startsWith("component-"));

describe("with a next version in the deployment", () => {
  test("an execution whose history replays there goes on there", async () => {
    const units = await record("versioned", []);
    const { outcome, history } = await goOn(units.slice(0, 2));
    expect(about(history)).toMatchObject([{ kind: "component-changed", component: to }]);
    expect(history.flatMap((event) => (event.kind === "child-submitted" ? [event.joinSet] : []))).toEqual([
      "o:1-echo",
      "o:2-echo",
    ]);
    expect(outcome).toEqual({ ok: "first, second" });
  });

  test("one whose history does not stays where it began, and goes on there; it is tried once", async () => {
    const units = await record("versioned", []);
    const delay = units.findIndex((unit) =>
      unit.some(({ events }) => events.some((e) => e.kind === "delay-submitted")),
    );
    for (let count = delay + 1; count < units.length; count++) {
      const { outcome, history } = await goOn(units.slice(0, count));
      expect(outcome, `cut after ${count} units`).toEqual({ ok: "first, second" });
      const [refused, ...more] = about(history);
      expect(more).toEqual([]);
      if (refused !== undefined)
        expect(refused).toMatchObject({ kind: "component-refused", component: to, difference });
      expect(history[0]).toMatchObject({ component: from });
    }
    expect(units.length - delay).toBeGreaterThan(3);
  });

  test("one that did nothing else than both versions do is taken over at any cut", async () => {
    const units = await record("echo-times", [3, "text"]);
    for (let count = 1; count < units.length; count++) {
      const { outcome, history } = await goOn(units.slice(0, count));
      expect(outcome).toEqual({ ok: 3 });
      expect(about(history).every(({ kind }) => kind === "component-changed")).toBe(true);
    }
  });
});

describe("asked for by hand", () => {
  async function asleep(name: string): Promise<OpenRig> {
    const units = await record(name, []);
    const delay = units.findIndex((unit) =>
      unit.some(({ events }) => events.some((e) => e.kind === "delay-submitted")),
    );
    const data = after.folder();
    const now = await writeUnits(data, units.slice(0, delay + 1), before.stored);
    const open = after.open(data, { clock: new SimulatedClock(now) });
    await open.shard.resume();
    return open;
  }

  test("the first difference is told, and the execution goes on as before", async () => {
    const open = await asleep("versioned");
    expect(await open.shard.upgrade(anId, to)).toEqual(difference);
    await open.finish();
    expect(await open.shard.result(anId)).toEqual({ ok: "first, second" });
    open.close();
  });

  test("what is there already, has finished or does not exist is told apart", async () => {
    const open = await asleep("versioned");
    expect(await open.shard.upgrade(anId, from)).toBe("changed");
    await open.finish();
    expect(await open.shard.upgrade(anId, to)).toBe("finished");
    expect(await open.shard.upgrade(`${anId.slice(0, -1)}9` as ExecutionId, to)).toBe("unknown");
    open.close();
  });
});

test("what happens while code is being loaded is not missed", async () => {
  const units = await record("versioned", []);
  const firstAnswer = units.findIndex((unit) =>
    unit.some(({ events }) => events.some((e) => e.kind === "attempt-started")),
  );
  const data = before.folder();
  const now = await writeUnits(data, units.slice(0, firstAnswer + 1), before.stored);
  let load = () => undefined as void;
  const loaded = new Promise<void>((resolve) => (load = resolve));
  const source = {
    load: async (digest: Digest) => {
      await loaded;
      return before.components.load(digest);
    },
    kind: (digest: Digest) => before.components.kind(digest),
  };
  const open = before.open(data, { clock: new SimulatedClock(now), source });
  await open.shard.resume();
  // The activity answers before the workflow's code is there.
  while (open.journal.findExecution(anId)?.status !== "locked") await new Promise((resolve) => setImmediate(resolve));
  load();
  await open.finish();
  expect(await open.shard.result(anId)).toEqual({ ok: "first, second" });
  open.close();
});

test("an upgrade that is asked for while the code is still being loaded waits for it; nothing runs beside it", async () => {
  const data = before.folder();
  let load = () => undefined as void;
  const first = new Promise<void>((resolve) => (load = resolve));
  const source = {
    load: async (digest: Digest) => {
      if (digest === from) await first;
      return (digest === to ? after : before).components.load(digest);
    },
    kind: (digest: Digest) => (digest === to ? after : before).components.kind(digest),
  };
  const open = before.open(data, { source });
  await open.submit(anId, flow("versioned"), []);
  await new Promise((resolve) => setImmediate(resolve));
  const upgrades = [open.shard.upgrade(anId, to), open.shard.upgrade(anId, to)];
  load();
  expect(await Promise.all(upgrades)).toEqual(["changed", "changed"]);
  open.close();
  const again = after.open(data, { clock: new SimulatedClock(open.clock.now()) });
  await again.shard.resume();
  await again.finish();
  expect(await again.shard.result(anId)).toHaveProperty("ok");
  again.close();
  const kinds = (historiesIn(data).get(anId) ?? []).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "component-changed")).toHaveLength(1);
});
