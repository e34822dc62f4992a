import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PreparedComponent } from "../../host/component/component.ts";
import type { PoolLimits } from "../../host/component/pool/limits.ts";
import { createActivityPool } from "../../host/component/pool/pool.ts";
import { type ComponentLimits, noGrants, plainComponent } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { probe, probeInterface } from "../support/probe.ts";
import { WebService } from "../support/web-service.ts";

const digest = `sha256:${"0".repeat(64)}` as Digest;
const usual = sandbox("http://127.0.0.1:*");
let component: PreparedComponent;
let service: WebService;
const pools: Activities[] = [];

beforeAll(async () => {
  component = await probe();
  service = await WebService.start();
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

afterAll(() => service.stop());

function open(threads: number, limits: Partial<PoolLimits> = {}): Activities {
  const pool = createActivityPool({ threads, component: () => component, limits });
  pools.push(pool);
  return pool;
}

/** What an activity may use that is given these limits, and may send requests to `pattern`. */
function sandbox(pattern?: string, limits: Partial<ComponentLimits> = {}): Sandbox {
  const of = plainComponent({ name: "probe", kind: "activity", digest });
  const allowedHosts = pattern === undefined ? [] : [{ pattern }];
  const component = { ...of, grants: { ...noGrants, allowedHosts }, limits: { ...of.limits, ...limits } };
  return sandboxesOf({ components: [component] }).get("probe") as Sandbox;
}

function attempt(name: string, params: readonly Json[] = [], deadlineMs = 60_000): ActivityAttempt {
  const execution = "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId;
  const full = `${probeInterface}.${name}` as FunctionName;
  return { execution, attempt: 3, component: digest, function: full, params, deadlineMs, sandbox: usual };
}

function endOf(pool: Activities, of: ActivityAttempt): Promise<AttemptEnd> {
  return new Promise((resolve) => {
    pool.start(of, resolve);
  });
}

const returned = (outcome: { ok: unknown } | { err: unknown }) => ({ kind: "returned", outcome });
const failed = (kind: string, message: unknown) => ({ kind: "failed", reason: { kind, message } });

describe("an attempt", () => {
  test("returns ok", async () => {
    expect(await endOf(open(1), attempt("echo", ["hello"]))).toEqual({ ...returned({ ok: "hello" }), logs: [] });
  });

  test.each([
    ["fail", [7], { later: 7 }],
    ["refuse", ["never"], { permanent_refusal: "never" }],
  ])("%s returns its err", async (name, params, err) => {
    expect(await endOf(open(1), attempt(name, params))).toMatchObject(returned({ err }));
  });

  test("that traps says why", async () => {
    const end = await endOf(open(1), attempt("trap"));
    expect(end).toMatchObject(failed("trap", expect.stringMatching(/\S/)));
  });

  test("that exits has trapped", async () => {
    expect(await endOf(open(1), attempt("leave"))).toMatchObject(failed("trap", expect.stringContaining("exit(err)")));
  });

  test("of a function that is not there fails with a clear message", async () => {
    expect(await endOf(open(1), attempt("nothing"))).toMatchObject(
      failed("trap", `the component ${digest} does not export ${probeInterface}.nothing`),
    );
  });

  test("with parameters of a wrong type fails with a clear message", async () => {
    const end = await endOf(open(1), attempt("sleep", ["soon"]));
    expect(end).toMatchObject(failed("trap", expect.stringContaining("params[0]")));
  });

  test("of a component that can't be had fails with its reason", async () => {
    const pool = createActivityPool({ threads: 1, component: () => Promise.reject(new Error("it is gone")) });
    pools.push(pool);
    expect(await endOf(pool, attempt("echo", ["x"]))).toMatchObject(
      failed("trap", expect.stringContaining("it is gone")),
    );
  });

  test("starts from a fresh instance", async () => {
    const pool = open(1);
    await Promise.all(["a", "b"].map((out) => endOf(pool, attempt("say", [out, ""]))));
    const end = await endOf(pool, attempt("say", ["c", ""]));
    expect(end.logs.map(({ message }) => message)).toEqual(["c"]);
  });
});

describe("the log of an attempt", () => {
  test("has all levels and both outputs, numbered, with the attempt and the time", async () => {
    const pool = open(1);
    const before = Date.now();
    const { logs } = await endOf(pool, attempt("levels", ["m"]));
    expect(logs.map(({ attempt, index, level, message }) => [attempt, index, level, message])).toEqual([
      [3, 0, "trace", "m"],
      [3, 1, "debug", "m"],
      [3, 2, "info", "m"],
      [3, 3, "warn", "m"],
      [3, 4, "error", "m"],
    ]);
    for (const { at } of logs) expect(at >= before && at <= Date.now()).toBe(true);
    const { logs: said } = await endOf(pool, attempt("say", ["out", "err"]));
    expect(said.map(({ level, message }) => [level, message])).toEqual([
      ["stdout", "out"],
      ["stderr", "err"],
    ]);
  });

  test("is cut at its limit, and says so", async () => {
    const { logs } = await endOf(open(1), {
      ...attempt("chatter", [1_000, 968]),
      sandbox: sandbox(undefined, { logBytesMax: 10_000 }),
    });
    expect(logs.length).toBe(11);
    expect(logs.at(-1)).toMatchObject({ index: 10, level: "warn" });
    expect(logs.at(-1)?.message).toContain("10000 bytes");
  });

  test("tells of a denied request", async () => {
    const of = { ...attempt("fetch-text", [`${service.origin}/`]), sandbox: sandbox() };
    const end = await endOf(open(1), of);
    expect(end).toMatchObject(returned({ err: expect.any(String) }));
    expect(end.logs.map(({ level }) => level)).toEqual(["warn"]);
    expect(end.logs[0]?.message).toContain(`pattern = "${service.origin}"`);
  });
});

test("200 guests wait for HTTP in one thread, all at once", async () => {
  const pool = open(1);
  const before = service.seen.length;
  const ends = Promise.all(
    Array.from({ length: 200 }, () => endOf(pool, attempt("fetch-text", [`${service.origin}/hold`]))),
  );
  await service.until(() => service.seen.length === before + 200 && service.open === 200);
  service.release();
  for (const end of await ends) expect(end).toMatchObject(returned({ ok: "200 200" }));
});

test("attempts beyond a thread's places wait for their turn", async () => {
  const pool = open(1, { attemptsPerThread: 2 });
  const before = service.seen.length;
  const ends = Promise.all(
    Array.from({ length: 5 }, () => endOf(pool, attempt("fetch-text", [`${service.origin}/hold`]))),
  );
  for (const reached of [2, 4, 5]) {
    await service.until(() => service.seen.length === before + reached);
    service.release();
  }
  const outcomes = (await ends).map((end) =>
    end.kind === "returned" && "ok" in end.outcome ? end.outcome.ok : end.kind,
  );
  expect(outcomes.filter((outcome) => outcome === "200 2").length).toBe(4);
  expect(outcomes).toContain("200 1");
});

test("attempts are spread over the threads", async () => {
  const pool = open(2);
  const spins = [endOf(pool, attempt("spin-for", [1_000])), endOf(pool, attempt("echo", ["past it"]))];
  expect(await Promise.race(spins)).toMatchObject(returned({ ok: "past it" }));
  expect(await spins[0]).toMatchObject(returned({ ok: null }));
});

describe("a deadline", () => {
  test("ends a guest that waits, and its request with it", async () => {
    const before = service.broken.length;
    const end = await endOf(open(1), attempt("fetch-text", [`${service.origin}/silent`], 200));
    expect(end).toMatchObject(failed("timed-out", "no result within 200 ms"));
    await service.until(() => service.broken.length > before);
  });

  test("ends a guest that computes; its neighbours in the thread notice nothing", async () => {
    const pool = open(1);
    const before = service.seen.length;
    const neighbours = Promise.all(
      Array.from({ length: 5 }, () => endOf(pool, attempt("fetch-text", [`${service.origin}/hold`]))),
    );
    await service.until(() => service.seen.length === before + 5);
    const end = await endOf(pool, attempt("spin", [], 100));
    expect(end).toMatchObject(failed("timed-out", expect.stringContaining("within 100 ms")));
    expect(await endOf(pool, attempt("echo", ["after"]))).toMatchObject(returned({ ok: "after" }));
    service.release();
    for (const neighbour of await neighbours)
      expect(neighbour).toMatchObject(returned({ ok: expect.stringMatching(/^200 /) }));
    expect(service.seen.length).toBe(before + 5);
  });

  test("is kept by a guest that waits beside one that computes", async () => {
    const pool = open(1);
    const spins = endOf(pool, attempt("spin", [], 5_000));
    const slept = await endOf(pool, attempt("sleep", [50], 2_000));
    expect(slept).toMatchObject(returned({ ok: expect.any(Number) }));
    expect(await endOf(pool, attempt("fetch-text", [`${service.origin}/`], 2_000))).toMatchObject({ kind: "returned" });
    expect(await spins).toMatchObject(failed("timed-out", expect.stringContaining("within 5000 ms")));
  });

  test("is not needed where the fuel runs out first", async () => {
    const end = await endOf(open(1), { ...attempt("spin"), sandbox: sandbox(undefined, { fuel: 50_000_000 }) });
    expect(end).toMatchObject(failed("out-of-fuel", expect.any(String)));
  });
});

test("an attempt whose thread dies under it four times, by nobody's doing, has lost its host", async () => {
  const broken = {} as PreparedComponent;
  const pool = createActivityPool({ threads: 1, component: () => broken });
  pools.push(pool);
  const end = await endOf(pool, attempt("echo", ["x"]));
  expect(end).toMatchObject(failed("host-lost", expect.stringContaining("was lost 4 times")));
});

describe("an attempt that has so much time in all", () => {
  const late = (of: ActivityAttempt, leftMs: number): ActivityAttempt => ({ ...of, leftMs });
  const inLine = failed("timed-out", "its time was over while it waited to be run");

  test("runs no longer than that", async () => {
    const end = await endOf(open(1), late(attempt("spin"), 300));
    expect(end).toMatchObject(failed("timed-out", expect.stringMatching(/^no result within \d{1,3} ms/)));
  });

  test("waits no longer for a place, and leaves it to others", async () => {
    const pool = open(1, { attemptsPerThread: 1 });
    const seen = service.seen.length;
    const runs = endOf(pool, attempt("fetch-text", [`${service.origin}/hold`]));
    await service.until(() => service.seen.length > seen);
    const waits = endOf(pool, late(attempt("echo", ["late"]), 50));
    const next = endOf(pool, attempt("echo", ["next"]));
    expect(await waits).toMatchObject(inLine);
    service.release();
    expect(await runs).toMatchObject(returned({ ok: expect.any(String) }));
    expect(await next).toMatchObject(returned({ ok: "next" }));
  });

  test("waits no longer for its component, and is not run when that comes", async () => {
    const coming = Promise.withResolvers<PreparedComponent>();
    const pool = createActivityPool({ threads: 1, component: () => coming.promise });
    pools.push(pool);
    const seen = service.seen.length;
    expect(await endOf(pool, late(attempt("fetch-text", [service.origin]), 50))).toMatchObject(inLine);
    coming.resolve(component);
    expect(await endOf(pool, attempt("echo", ["next"]))).toMatchObject(returned({ ok: "next" }));
    expect(service.seen).toHaveLength(seen);
  });

  test("has what is left of it after its thread was lost", async () => {
    const threads: Worker[] = [];
    process.once("worker", (thread) => threads.push(thread));
    const pool = open(1);
    const seen = service.seen.length;
    const leftMs = 3_000;
    const loses = endOf(pool, late(attempt("fetch-text", [`${service.origin}/silent`]), leftMs));
    await service.until(() => service.seen.length > seen);
    await threads[0]?.terminate();
    await service.until(() => service.seen.length > seen + 1);
    const end = await loses;
    const [, ms] = /^no result within (\d+) ms$/.exec(end.kind === "failed" ? end.reason.message : "") ?? [];
    expect(Number(ms)).toBeLessThan(leftMs);
  });
});

describe("a cancelled attempt", () => {
  test("is not heard of again, and its request is ended", async () => {
    const pool = open(1);
    const before = service.broken.length;
    const seen = service.seen.length;
    const of = attempt("fetch-text", [`${service.origin}/silent`]);
    let ends = 0;
    pool.start(of, () => ends++);
    await service.until(() => service.seen.length > seen);
    pool.cancel(of);
    await service.until(() => service.broken.length > before);
    await endOf(pool, attempt("echo", ["after"]));
    expect(ends).toBe(0);
  });

  test("gives its place back, whether it ran or waited for one", async () => {
    const pool = open(1, { attemptsPerThread: 1 });
    const seen = service.seen.length;
    const runs = attempt("fetch-text", [`${service.origin}/silent`]);
    const waits = attempt("fetch-text", [`${service.origin}/silent`]);
    let ends = 0;
    for (const one of [runs, waits]) pool.start(one, () => ends++);
    await service.until(() => service.seen.length > seen);
    const next = endOf(pool, attempt("echo", ["next"]));
    pool.cancel(waits);
    pool.cancel(runs);
    expect(await next).toMatchObject(returned({ ok: "next" }));
    expect([ends, service.seen.length]).toEqual([0, seen + 1]);
  });

  test("that computes is ended with its thread", async () => {
    const pool = open(1, { graceMs: 200 });
    const of = attempt("spin");
    let ends = 0;
    pool.start(of, () => ends++);
    // What is posted in a later turn arrives in a later turn: by then the guest computes.
    await new Promise((resolve) => {
      setImmediate(() => setImmediate(resolve));
    });
    const next = endOf(pool, attempt("echo", ["next"]));
    pool.cancel(of);
    expect(await next).toMatchObject(returned({ ok: "next" }));
    expect(ends).toBe(0);
  });
});

test("a closed pool says nothing more", async () => {
  const pool = open(2);
  const seen = service.seen.length;
  let ends = 0;
  pool.start(attempt("fetch-text", [`${service.origin}/hold`]), () => ends++);
  await service.until(() => service.seen.length > seen);
  await pool.close();
  service.release();
  expect(ends).toBe(0);
});
