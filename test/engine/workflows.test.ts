import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event, Outcome } from "../../host/core/event.ts";
import type { ExecutionId, FunctionName } from "../../host/core/ids.ts";
import type { LogLine } from "../../host/ports/journal.ts";
import { anOrder, guest } from "../support/guests.ts";
import { startedAt } from "../support/histories.ts";
import { historiesIn, logsIn, type OpenRig, Rig, type RigLimits } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

const flow = (name: string) => `test:guests/flows@0.1.0.${name}`;
const anotherId = anId.replace(/0$/, "1") as ExecutionId;

let rig: Rig;

beforeAll(async () => {
  const retry = { retriesMax: 1, backoffMs: 100, backoffMaxMs: 100 };
  rig = await Rig.of(
    guest("workflow"),
    guest("child-workflow"),
    guest("activity", { retry }),
    guest("tiny-workflow"),
    guest("tiny-activity"),
  );
}, 120_000);

afterAll(() => rig.close());

interface Ended {
  readonly outcome: Outcome;
  readonly histories: ReadonlyMap<ExecutionId, readonly Event[]>;
  readonly logs: readonly LogLine[];
}

async function run(name: string, params: unknown[], limits: RigLimits = {}): Promise<Ended> {
  const data = rig.folder();
  const open = rig.open(data, { limits });
  const outcome = await open.run(anId, name, params);
  open.close();
  return { outcome, histories: historiesIn(data), logs: logsIn(data).get(anId) ?? [] };
}

describe("a workflow ends", () => {
  test("with ok, its value of every shape as it came", async () => {
    const { outcome } = await run(flow("fill"), [anOrder, ["chisel"]]);
    const chisel = { name: "chisel", quantity: 2, note: null };
    expect(outcome).toEqual({ ok: { ...anOrder, items: [...anOrder.items, chisel] } });
  });

  test("with its err", async () => {
    expect((await run(flow("fail"), ["no"])).outcome).toEqual({ err: { refused: "no" } });
  });

  test("with a failure when it traps, what it has done before being kept", async () => {
    const { outcome, histories } = await run(flow("trap"), []);
    expect(outcome).toMatchObject({ failure: "uncategorized" });
    expect(histories.get(anId)?.map(({ kind }) => kind)).toEqual([
      "created",
      "child-submitted",
      "child-finished",
      "finished",
    ]);
  });

  test("with out-of-fuel when it turns for ever", async () => {
    const workflow = { memoryBytesMax: 64 * 1024 * 1024, fuel: 20_000_000 };
    expect((await run(flow("spin"), [], { workflow })).outcome).toMatchObject({ failure: "out-of-fuel" });
  });

  test("with a failure when its result is too large", async () => {
    const { outcome } = await run(flow("large"), [3_000], { payloadBytesMax: 2_048 });
    expect(outcome).toMatchObject({ failure: "uncategorized" });
    expect(outcome).toHaveProperty("reason", expect.stringMatching(/result: 2\.9 KiB.*payload-bytes-max/));
  });
});

describe("a child", () => {
  test("may be a workflow, whose err its parent catches; every one has its id and place", async () => {
    const { outcome, histories } = await run(flow("family"), ["text"]);
    expect(outcome).toEqual({ ok: ["TEXT", "text", '{"tag":"refused","val":"text"}'] });
    expect([...histories.keys()].toSorted()).toEqual([
      anId,
      `${anId}.o:1-shout_1`,
      `${anId}.o:1-shout_1.o:1-echo_1`,
      `${anId}.o:2-echo_1`,
      `${anId}.o:3-sleep_1`,
      `${anId}.o:4-refuse_1`,
    ]);
  });

  test("that fails for good is undone by what comes after it", async () => {
    const { outcome } = await run(flow("compensate"), ["sold out"]);
    expect(outcome).toEqual({ ok: 'reserved, released after {"tag":"permanent-refused","val":"sold out"}' });
  });

  test("that the platform fails is an err of its own type: a text", async () => {
    const { outcome, histories } = await run(flow("large-call"), [3_000], { payloadBytesMax: 2_048 });
    expect(outcome).toEqual({ err: "execution_failed" });
    expect(histories.get(anId)?.map(({ kind }) => kind)).toEqual(["created", "child-refused", "finished"]);
    expect([...histories.keys()], "no child was made").toEqual([anId]);
  });

  test("that the platform fails is an err of its own type: a case of a variant", async () => {
    const names = Array.from({ length: 20 }, () => "nail");
    const { outcome, histories } = await run(flow("fill"), [anOrder, names], { payloadBytesMax: 512 });
    expect(outcome).toEqual({ err: "execution_failed" });
    const answers = histories.get(anId)?.filter((event) => event.kind === "child-finished") ?? [];
    expect(answers.length, "the order grew until it was too large").toBeGreaterThan(1);
    expect(answers.at(-1)?.outcome).toHaveProperty("reason", expect.stringContaining("the result: "));
  });

  test("that no component offers is refused, and the workflow goes on with an err", async () => {
    const alone = await Rig.of(guest("workflow"), guest("activity"));
    const open = alone.open(alone.folder());
    expect(await open.run(anId, flow("family"), ["text"])).toEqual({ err: "execution_failed" });
    const [, refused] = open.journal.history(open.journal.findExecution(anId)?.key as never);
    expect(refused).toHaveProperty(
      "outcome.reason",
      "no component of the active deployment exports test:guests/children@0.1.0.shout",
    );
    open.close();
    await alone.close();
  });
});

describe("what a workflow sees is the same hot, evicted and replayed", () => {
  test.each<[string, unknown[], number]>([
    ["nap", [250], 1_000],
    ["nap", [250], 0],
    ["family", ["text"], 0],
  ])("%s %j when it stays hot up to %i ms", async (name, params, hotSleepMs) => {
    const hot = await run(flow(name), params, { hotSleepMs: 1_000_000 });
    const parked = await run(flow(name), params, { hotSleepMs });
    expect(parked).toEqual(hot);
  });

  test("its time is that of its history, and goes on only with it", async () => {
    const { outcome } = await run(flow("nap"), [90_000]);
    const woken = startedAt + 90_000;
    expect(outcome).toEqual({ ok: [startedAt, woken, woken] });
  });

  test("what it draws follows from its id", async () => {
    const data = rig.folder();
    const open = rig.open(data);
    const drawn = await open.run(anId, flow("draws"), []);
    const others = await open.run(anotherId, flow("draws"), []);
    open.close();
    expect((await run(flow("draws"), [])).outcome).toEqual(drawn);
    expect(others).not.toEqual(drawn);
    expect(drawn).toHaveProperty(
      "ok.below",
      expect.toSatisfy((n: number) => n >= 0 && n < 10),
    );
    expect(drawn).toHaveProperty(
      "ok.up_to",
      expect.toSatisfy((n: number) => n >= 10 && n <= 20),
    );
    expect(drawn).toHaveProperty("ok.name", expect.stringMatching(/^[A-Za-z0-9]{8,12}$/));
  });

  test("it knows its id", async () => {
    expect((await run(flow("whoami"), [])).outcome).toEqual({ ok: anId });
  });

  test("its lines are kept in order, each once", async () => {
    const { logs } = await run(flow("say"), ["hear"]);
    expect(logs).toEqual(
      ["trace", "debug", "info", "warn", "error"].map((level, index) => ({
        attempt: 0,
        index,
        at: startedAt,
        level,
        message: "hear",
      })),
    );
  });
});

describe("a submission", () => {
  let open: OpenRig;
  const echo = { id: anId, fresh: false, function: flow("echo-times") as FunctionName, params: [1, "text"] };

  async function within(test: () => Promise<void>): Promise<void> {
    open = rig.open(rig.folder());
    try {
      await test();
    } finally {
      open.close();
    }
  }

  test("made twice is one execution, before it has finished and after", () =>
    within(async () => {
      const twice = await Promise.all([open.shard.submit(echo), open.shard.submit(echo)]);
      expect(twice).toEqual([
        { kind: "accepted", existed: false },
        { kind: "accepted", existed: true },
      ]);
      await open.finish();
      expect(await open.shard.submit(echo)).toEqual({ kind: "accepted", existed: true });
      expect(await open.shard.result(anId)).toEqual({ ok: 1 });
      expect(await open.shard.unfinished()).toBe(0);
    }));

  test("is compared by its values, not by how they were written", () =>
    within(async () => {
      const order = { id: anId, fresh: false, function: flow("fill") as FunctionName, params: [anOrder, ["chisel"]] };
      expect(await open.shard.submit(order)).toMatchObject({ existed: false });
      const { id, ...rest } = anOrder;
      const reordered = { ...rest, colour: "dark-green", stamp: "AH//", id: String(id) };
      expect(await open.shard.submit({ ...order, params: [reordered, ["chisel"]] })).toMatchObject({ existed: true });
    }));

  test("of other work under the same id conflicts", () =>
    within(async () => {
      await open.shard.submit(echo);
      const conflict = { kind: "refused", code: "execution-conflict" };
      expect(await open.shard.submit({ ...echo, params: [2, "text"] })).toMatchObject(conflict);
      expect(await open.shard.submit({ ...echo, function: flow("nap") as FunctionName, params: [1] })).toMatchObject(
        conflict,
      );
      await open.finish();
      expect(await open.shard.result(anId)).toEqual({ ok: 1 });
    }));

  test.each<[string, string, unknown[], { code: string; message: unknown }]>([
    [
      "an unknown function",
      flow("echo-time"),
      [],
      { code: "function-unknown", message: expect.stringContaining("test:guests/flows@0.1.0.echo-time") },
    ],
    [
      "too few parameters",
      flow("echo-times"),
      [1],
      { code: "params-invalid", message: expect.stringMatching(/1.*2|2.*1/) },
    ],
    [
      "a number out of range",
      flow("echo-times"),
      [4_294_967_297, "text"],
      { code: "params-invalid", message: "params[0]: 4294967297 does not fit u32" },
    ],
    [
      "a wrong type deep inside",
      flow("fill"),
      [{ ...anOrder, items: [{ name: 1, quantity: 2 }] }, []],
      { code: "params-invalid", message: expect.stringContaining("params[0].items[0].name") },
    ],
    [
      "parameters that are too large",
      flow("echo-times"),
      [1, "x".repeat(9 * 1024 * 1024)],
      { code: "payload-too-large", message: expect.stringContaining("9.0 MiB") },
    ],
  ])("with %s is refused, and nothing is written", (_what, name, params, refusal) =>
    within(async () => {
      const end = await open.shard.submit({ id: anId, fresh: false, function: name as FunctionName, params });
      expect(end).toEqual({ kind: "refused", ...refusal });
      expect(open.journal.findExecution(anId)).toBeUndefined();
      expect(await open.shard.result(anId)).toBeUndefined();
    }),
  );
});
