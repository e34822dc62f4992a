/** External activities in the hands of workers: claimed under a lease, and whoever has lost it is not heard. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DeployedComponent } from "../../host/core/deployment.ts";
import type { Event } from "../../host/core/event.ts";
import { type ExecutionId, type FunctionName, rootOf } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { Claim } from "../../host/engine/external-executor.ts";
import { guest } from "../support/guests.ts";
import { historiesIn, type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

/** With the rig's entropy of one half a wait is three quarters of its bound. */
const retry = { retriesMax: 2, backoffMs: 100, backoffMaxMs: 10_000 };
const leaseMs = 1_000;

let rig: Rig;
let data: string;
let open: OpenRig;

beforeAll(async () => {
  rig = await Rig.of(guest("work", { kind: "activity_external", retry }), guest("script-c", { kind: "workflow" }));
}, 120_000);
afterAll(() => rig.close());

beforeEach(() => {
  data = rig.folder();
  open = rig.open(data);
});
afterEach(() => open.close());

const work = (name: string) => `contract:guests/work@1.0.0.${name}` as FunctionName;
const idOf = (n: number) => `E_01K42AJA8QHD7D3GTJAYMASF${String(n).padStart(2, "0")}` as ExecutionId;
const historyOf = (id: ExecutionId): readonly Event[] => {
  const row = open.journal.findExecution(id);
  return row === undefined ? [] : open.journal.history(row.key);
};
const kinds = (id = anId) => historyOf(id).map(({ kind }) => kind);

/** Claims the one that is there. */
async function claim(): Promise<Claim> {
  const [claimed, ...more] = await open.shard.claimExternal(undefined, 10, leaseMs);
  if (claimed === undefined || more.length > 0) throw new Error("not one was there to be claimed");
  return claimed;
}

const noneToClaim = async () => expect(await open.shard.claimExternal(undefined, 10, leaseMs)).toEqual([]);

/** The host goes and another one comes. */
async function restart(): Promise<void> {
  open.close();
  open = rig.open(data, { clock: open.clock });
  await open.shard.resume();
}

describe("a claim", () => {
  test("has what the worker needs, is durable, and is given once", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const claimed = await claim();
    const leaseUntil = open.clock.now() + leaseMs;
    expect(claimed).toEqual({ id: anId, attempt: 1, function: work("echo"), params: ["text"], leaseUntil });
    expect(historiesIn(data).get(anId)).toMatchObject([{ kind: "created" }, { kind: "attempt-started", leaseMs }]);
    await noneToClaim();
  });

  test("is of the functions that are asked for, the oldest first, and no more than are asked for", async () => {
    await open.submit(idOf(1), work("fail"), ["a"]);
    for (const n of [2, 3, 4]) await open.submit(idOf(n), work("echo"), [`${n}`]);
    const echoes = await open.shard.claimExternal([work("echo")], 2, leaseMs);
    expect(echoes.map(({ id }) => id)).toEqual([idOf(2), idOf(3)]);
    const rest = await open.shard.claimExternal(undefined, 10, leaseMs);
    expect(rest.map(({ id }) => id)).toEqual([idOf(1), idOf(4)]);
  });

  test("is of each workflow in its turn, however many activities one of them has", async () => {
    const [many, few] = [idOf(1), idOf(2)];
    const asking = (count: number) =>
      ["create 1", ...Array<string>(count).fill("x-submit 1 echo text"), "next 1"].join("\n");
    await open.submit(many, "contract:guests/script@1.0.0.run", [asking(20)]);
    await open.untilIs(many, "blocked");
    await open.submit(few, "contract:guests/script@1.0.0.run", [asking(2)]);
    await open.untilIs(few, "blocked");
    const claims = await open.shard.claimExternal(undefined, 5, leaseMs);
    expect(claims.map(({ id }) => rootOf(id))).toEqual([many, few, many, few, many]);
  });

  test("is not of one that is scheduled for later", async () => {
    const startAt = (open.clock.now() + 5_000) as never;
    await open.shard.submit({ id: anId, fresh: true, function: work("echo"), params: ["text"], startAt });
    await noneToClaim();
    open.clock.pass(5_000);
    expect((await claim()).id).toBe(anId);
  });
});

describe("a worker", () => {
  test.each<[string, unknown, unknown]>([
    ["ok", { ok: "done" }, "ok(done)"],
    ["err, once the retries are used up", { err: "no" }, "err(no)"],
  ])("answers a workflow: %s", async (_, result, answer) => {
    await open.submit(anId, "contract:guests/script@1.0.0.run", ["direct echo text"]);
    const child = `${anId}.o:1-echo_1` as ExecutionId;
    await open.until(() => open.journal.findExecution(child) !== undefined);
    while (open.journal.findExecution(child)?.status !== "finished") {
      const { attempt } = await claim();
      expect(await open.shard.completeExternal(child, attempt, result)).toBe("ok");
      open.clock.pass(1_000);
    }
    await open.untilIs(anId, "finished");
    expect(await open.shard.result(anId)).toEqual({ ok: `direct: ${String(answer)}` });
    expect(historyOf(child).filter(({ kind }) => kind === "attempt-started")).toHaveLength(
      "ok" in (result as object) ? 1 : 3,
    );
  });

  test("keeps its lease for as long as it is heard of", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    for (let beats = 0; beats < 5; beats++) {
      open.clock.pass(leaseMs - 1);
      expect(open.shard.heartbeat(anId, attempt, leaseMs)).toBe(open.clock.now() + leaseMs);
    }
    expect(await open.shard.completeExternal(anId, attempt, { ok: "late" })).toBe("ok");
    expect(await open.shard.result(anId)).toEqual({ ok: "late" });
    expect(kinds()).toEqual(["created", "attempt-started", "finished"]);
  });

  test("that is silent for too long has lost it, and whatever it says is refused", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const late = await claim();
    open.clock.pass(leaseMs - 1);
    expect(kinds()).toEqual(["created", "attempt-started"]);
    open.clock.pass(1);
    expect(historyOf(anId).at(-1)).toMatchObject({
      kind: "attempt-failed",
      attempt: 1,
      reason: { kind: "lease-lost" },
    });
    await noneToClaim();
    open.clock.pass(75);
    const next = await claim();
    expect(next.attempt).toBe(2);
    expect(open.shard.heartbeat(anId, late.attempt, leaseMs)).toBe("lost");
    expect(await open.shard.completeExternal(anId, late.attempt, { ok: "late" })).toBe("lost");
    expect(await open.shard.failExternal(anId, late.attempt, "late")).toBe("lost");
    expect(await open.shard.completeExternal(anId, next.attempt, { ok: "in time" })).toBe("ok");
    expect(await open.shard.completeExternal(anId, next.attempt, { ok: "in time" })).toBe("lost");
    expect(await open.shard.result(anId)).toEqual({ ok: "in time" });
  });

  test("that gives up is followed by another as often as the policy says, after its waits", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    for (const waitMs of [75, 150]) {
      const { attempt } = await claim();
      expect(await open.shard.failExternal(anId, attempt, "no paper")).toBe("ok");
      open.clock.pass(waitMs - 1);
      await noneToClaim();
      open.clock.pass(1);
    }
    const { attempt } = await claim();
    expect(await open.shard.failExternal(anId, attempt, "no paper")).toBe("ok");
    const reason = "no paper (attempt 3, the last)";
    expect(await open.shard.result(anId)).toEqual({ failure: "uncategorized", reason });
  });

  test("that is never heard of again times the activity out", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect((await claim()).attempt).toBe(attempt);
      open.clock.pass(leaseMs + 1_000);
    }
    expect(await open.shard.result(anId)).toMatchObject({ failure: "timed-out" });
  });

  test("answers an err that is permanent by its name once", async () => {
    await open.submit(anId, work("typed"), [1]);
    const { attempt } = await claim();
    const refusal = { err: { "permanent-refusal": "never" } };
    expect(await open.shard.completeExternal(anId, attempt, refusal)).toBe("ok");
    expect(kinds()).toEqual(["created", "attempt-started", "finished"]);
  });

  test("is told when its result is not of the function's type, and may say another", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    const refused = await open.shard.completeExternal(anId, attempt, { ok: 3 });
    expect(refused).toEqual({ typeCheckError: "result.ok: found 3, wanted string" });
    expect(await open.shard.completeExternal(anId, attempt, { ok: "three" })).toBe("ok");
    expect(await open.shard.result(anId)).toEqual({ ok: "three" });
  });
});

describe("a host that goes", () => {
  test("leaves the claim to its worker, whose lease begins anew with the next", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    open.clock.pass(leaseMs - 1);
    await restart();
    await noneToClaim();
    open.clock.pass(leaseMs - 1);
    expect(open.shard.heartbeat(anId, attempt, leaseMs)).toBe(open.clock.now() + leaseMs);
    expect(await open.shard.completeExternal(anId, attempt, { ok: "done" })).toBe("ok");
    expect(kinds()).toEqual(["created", "attempt-started", "finished"]);
  });

  describe("and whose successor has not come to the claim yet", () => {
    const reopen = () => {
      open.close();
      open = rig.open(data, { clock: open.clock });
    };

    test.each(["as it was", "while paused"])("takes the worker's heartbeats and its result: %s", async (how) => {
      await open.submit(anId, work("echo"), ["text"]);
      const { attempt } = await claim();
      if (how === "while paused") await open.shard.pause(anId);
      reopen();
      expect(open.shard.heartbeat(anId, attempt, leaseMs)).toBe(open.clock.now() + leaseMs);
      reopen();
      expect(await open.shard.completeExternal(anId, attempt, { ok: "done" })).toBe("ok");
      await open.shard.resume();
      await noneToClaim();
      expect(await open.shard.result(anId)).toEqual({ ok: "done" });
    });

    test("takes its word that it could not do it, once", async () => {
      await open.submit(anId, work("echo"), ["text"]);
      const { attempt } = await claim();
      reopen();
      expect(await open.shard.failExternal(anId, attempt, "no paper")).toBe("ok");
      expect(await open.shard.failExternal(anId, attempt, "no paper")).toBe("lost");
      await open.shard.resume();
      await noneToClaim();
      open.clock.pass(75);
      expect(await claim()).toMatchObject({ attempt: 2 });
    });

    test("hears nobody else", async () => {
      await open.submit(anId, work("echo"), ["text"]);
      await claim();
      open.clock.pass(leaseMs + 75);
      expect(await claim()).toMatchObject({ attempt: 2 });
      reopen();
      expect(open.shard.heartbeat(anId, 1, leaseMs)).toBe("lost");
      expect(await open.shard.completeExternal(anId, 2, { ok: "done" })).toBe("ok");
    });
  });

  test("leaves it for so long and no longer", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    await restart();
    open.clock.pass(leaseMs);
    expect(await open.shard.completeExternal(anId, attempt, { ok: "done" })).toBe("lost");
    expect(historyOf(anId).at(-1)).toMatchObject({ kind: "attempt-failed", reason: { kind: "lease-lost" } });
  });

  test("brings back what nobody has claimed, and what waits for its next attempt", async () => {
    await open.submit(idOf(1), work("echo"), ["a"]);
    const { attempt } = await claim();
    await open.shard.failExternal(idOf(1), attempt, "no paper");
    await open.submit(idOf(2), work("echo"), ["b"]);
    await restart();
    expect((await claim()).id).toBe(idOf(2));
    open.clock.pass(75);
    expect(await claim()).toMatchObject({ id: idOf(1), attempt: 2 });
  });
});

describe("a claim of an activity", () => {
  test("that is cancelled is lost", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    expect(await open.shard.cancel(anId, "enough")).toBe("changed");
    expect(open.shard.heartbeat(anId, attempt, leaseMs)).toBe("lost");
    expect(await open.shard.completeExternal(anId, attempt, { ok: "late" })).toBe("lost");
    expect(await open.shard.result(anId)).toEqual({ failure: "cancelled", reason: "enough" });
    open.clock.pass(leaseMs);
    expect(kinds()).toEqual(["created", "attempt-started", "finished"]);
  });

  test("whose result somebody else has written is lost", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    expect(await open.shard.writeStub(anId, { ok: "by hand" })).toBe("ok");
    expect(await open.shard.completeExternal(anId, attempt, { ok: "late" })).toBe("lost");
    expect(await open.shard.writeStub(anId, { ok: "by hand" })).toBe("ok");
    expect(await open.shard.writeStub(anId, { ok: "other" })).toBe("conflict");
    expect(await open.shard.result(anId)).toEqual({ ok: "by hand" });
  });

  test("that is paused stays the worker's, over a host that goes too", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    await open.shard.pause(anId);
    expect(open.shard.heartbeat(anId, attempt, leaseMs)).toBe(open.clock.now() + leaseMs);
    await restart();
    expect(open.shard.heartbeat(anId, attempt, leaseMs)).toBe(open.clock.now() + leaseMs);
    expect(await open.shard.completeExternal(anId, attempt, { ok: "done" })).toBe("ok");
    expect(await open.shard.result(anId)).toEqual({ ok: "done" });
  });

  test("that is paused and fails is given to nobody until it is unpaused", async () => {
    await open.submit(anId, work("echo"), ["text"]);
    const { attempt } = await claim();
    await open.shard.pause(anId);
    await open.shard.failExternal(anId, attempt, "no paper");
    open.clock.pass(1_000);
    await noneToClaim();
    await restart();
    await noneToClaim();
    await open.shard.unpause(anId);
    expect(await claim()).toMatchObject({ attempt: 2 });
  });
});

describe("a limit", () => {
  const limited = (limits: Partial<DeployedComponent>) => {
    const components = rig.deployment.components.map((one) => (one.name === "work" ? { ...one, ...limits } : one));
    open.shard.deploy({ components }, rig.components.types(), sandboxesOf({ components }));
  };
  const claimAll = () => open.shard.claimExternal(undefined, 100, leaseMs);

  test("of leases at once is kept, and an end makes room", async () => {
    limited({ policy: { retry, deadlineMs: 10_000, concurrencyMax: 2 }, concurrencyMax: 3 });
    for (let n = 0; n < 4; n++) await open.submit(idOf(n), work("echo"), ["text"]);
    for (let n = 4; n < 8; n++) await open.submit(idOf(n), work("nothing"), []);
    const claims = await claimAll();
    expect(claims.map(({ id }) => id).toSorted()).toEqual([idOf(0), idOf(1), idOf(4)]);
    await noneToClaim();
    expect(open.shard.heartbeat(idOf(0), 1, leaseMs)).not.toBe("lost");
    await noneToClaim();
    await open.shard.completeExternal(idOf(4), 1, { ok: null });
    expect((await claimAll()).map(({ id }) => id)).toEqual([idOf(5)]);
    await open.shard.cancel(idOf(0), "of no use");
    await open.shard.failExternal(idOf(1), 1, "no paper");
    expect((await claimAll()).map(({ id }) => id)).toEqual([idOf(2), idOf(6)]);
    open.clock.pass(leaseMs);
    expect(await claimAll()).toHaveLength(3);
  });

  test("counts the leases of the host before", async () => {
    limited({ concurrencyMax: 1 });
    await open.submit(idOf(0), work("echo"), ["text"]);
    await open.submit(idOf(1), work("echo"), ["text"]);
    expect(await claimAll()).toHaveLength(1);
    await restart();
    limited({ concurrencyMax: 1 });
    await noneToClaim();
  });

  test("of a rate is kept", async () => {
    limited({ rate: { count: 2, perMs: 500 } });
    for (let n = 0; n < 3; n++) await open.submit(idOf(n), work("echo"), ["text"]);
    expect(await claimAll()).toHaveLength(2);
    open.clock.pass(499);
    await noneToClaim();
    open.clock.pass(1);
    expect(await claimAll()).toHaveLength(1);
  });
});
