/** What clients ask of a host that has other things to do. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DelayId, ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import type { Shard } from "../../host/engine/shard.ts";
import type { Journal } from "../../host/ports/journal.ts";
import { guest } from "../support/guests.ts";
import { notedJournal } from "../support/noted-journal.ts";
import { historiesIn, type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

let rig: Rig;
let data: string;
let open: OpenRig;

beforeAll(async () => {
  rig = await Rig.of(
    guest("channels-workflow"),
    guest("approval", { kind: "activity_external" }),
    guest("activity"),
    guest("work", { retry: { retriesMax: 1, backoffMs: 1, backoffMaxMs: 1 } }),
    guest("tiny-activity", { kind: "activity_stub" }),
  );
}, 120_000);
afterAll(() => rig.close());

beforeEach(() => {
  data = rig.folder();
});
afterEach(() => open.close());

const echo = "contract:guests/work@1.0.0.echo" as FunctionName;
const approve = "contract:guests/approval@1.0.0.approve" as FunctionName;
const either = "test:guests/channels@0.1.0.either" as FunctionName;
const step = "bench:tiny/acts@0.1.0.step" as FunctionName;
const delay = `D_${anId.slice(2)}.g:1_1` as DelayId;
const idOf = (n: number) => `E_01K42AJA8QHD7D3GTJAYM0${String(n).padStart(4, "0")}` as ExecutionId;

function kinds(id = anId): readonly string[] {
  const row = open.journal.findExecution(id);
  return row === undefined ? [] : open.journal.history(row.key).map(({ kind }) => kind);
}

test("what is unpaused while its host is still taking up others is not taken for lost", async () => {
  open = rig.open(data, { limits: { attemptsMax: 0 } });
  for (let n = 0; n < 1_000; n++) {
    void open.shard.submit({ id: idOf(n), fresh: true, function: step, params: [n, "x"] });
  }
  await open.submit(anId, echo, ["text"]);
  await open.shard.pause(anId);
  open.close();
  open = rig.open(data);
  await Promise.all([open.shard.unpause(anId), open.shard.resume()]);
  await open.untilIs(anId, "finished");
  expect(kinds()).toEqual(["created", "paused", "unpaused", "attempt-started", "finished"]);
});

describe("what is asked twice in one turn is answered, the second time too, once it is durable:", () => {
  type Ask = (shard: Shard) => Promise<unknown>;

  /** Asks twice; returns the second answer, and what a reader saw when it came. */
  async function twice(ask: Ask): Promise<{ answer: unknown; durable: readonly string[] }> {
    void ask(open.shard);
    const answer = await ask(open.shard);
    return {
      answer,
      durable:
        historiesIn(data)
          .get(anId)
          ?.map(({ kind }) => kind) ?? [],
    };
  }

  test.each<[string, Ask, answer: string, event: string]>([
    ["a pause", (shard) => shard.pause(anId), "changed", "paused"],
    ["a cancel", (shard) => shard.cancel(anId, "enough"), "finished", "finished"],
    ["a delay's cancel", (shard) => shard.cancelDelay(delay), "finished", "delay-cancelled"],
    ["a signal", (shard) => shard.signal(anId, "other", 1), "too-many", "signal-buffered"],
  ])("%s", async (_, ask, answer, event) => {
    open = rig.open(data, { limits: { signalsMax: 1 } });
    await open.submit(anId, either, [60_000]);
    await open.untilIs(anId, "blocked");
    const second = await twice(ask);
    expect(second.answer).toBe(answer);
    expect(second.durable).toContain(event);
  });

  test("an unpause", async () => {
    open = rig.open(data);
    await open.submit(anId, either, [60_000]);
    await open.shard.pause(anId);
    const { answer, durable } = await twice((shard) => shard.unpause(anId));
    expect(answer).toBe("changed");
    expect(durable).toContain("unpaused");
  });

  test("a stub's result", async () => {
    open = rig.open(data);
    await open.submit(anId, step, [1, "x"]);
    const { answer, durable } = await twice((shard) => shard.writeStub(anId, { ok: "x" }));
    expect(answer).toBe("ok");
    expect(durable).toEqual(["created", "finished"]);
  });
});

describe("what clients change is not kept in memory:", () => {
  const count = 2_100;
  const loaded: number[] = [];

  /** Notes the key of each execution that is brought back from its history. */
  const noteLoads = (journal: Journal) =>
    notedJournal(journal, (method, key) => {
      if (method === "load") loaded.push(key as number);
    });

  test.each<[string, FunctionName, readonly unknown[], (shard: Shard, id: ExecutionId) => Promise<unknown>]>([
    ["workflows that are paused before their time", either, [1], (shard, id) => shard.pause(id)],
    ["workflows that are sent signals before their time", either, [1], (shard, id) => shard.signal(id, "other", 1)],
    ["activities that are paused before their time", echo, ["x"], (shard, id) => shard.pause(id)],
    ["external activities that are paused before their time", approve, ["x"], (shard, id) => shard.pause(id)],
  ])("%s", async (_, name, params, change) => {
    open = rig.open(data, { tap: noteLoads });
    const startAt = (open.clock.now() + 60_000) as Millis;
    const ids = Array.from({ length: count }, (_none, n) => idOf(n));
    await Promise.all(ids.map((id) => open.shard.submit({ id, fresh: true, function: name, params, startAt })));
    await Promise.all(ids.map((id) => change(open.shard, id)));
    loaded.length = 0;
    await Promise.all(ids.map((id) => open.shard.cancel(id, "enough")));
    expect(new Set(loaded).size).toBeGreaterThanOrEqual(count - 2_000);
  });
});
