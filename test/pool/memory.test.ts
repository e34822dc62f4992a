/** What the guests of a pool use of memory together. */
import { afterEach, expect, test } from "vitest";
import { type PreparedComponent, prepareComponent } from "../../host/component/component.ts";
import { MemoryUse, memoryCounters, partOf } from "../../host/component/pool/memory-use.ts";
import { createActivityPool } from "../../host/component/pool/pool.ts";
import { plainComponent } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { component } from "../support/wat.ts";

const pageBytes = 65_536;
const digest = `sha256:${"0".repeat(64)}` as Digest;
const sandbox = sandboxesOf({ components: [plainComponent({ name: "eater", kind: "activity", digest })] }).get(
  "eater",
) as Sandbox;

const eater = `
  (core module $code
    (memory 1)
    (func (export "eat") (param i32) (result i32) (i32.eq (memory.grow (local.get 0)) (i32.const -1)))
    (func (export "keep") (param i32) (result i32)
      (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable))
      (loop (br 0)) (unreachable)))
  (core instance $c (instantiate $code))
  (func $eat (param "pages" u32) (result (result)) (canon lift (core func $c "eat")))
  (func $keep (param "pages" u32) (result (result)) (canon lift (core func $c "keep")))
  (instance (export "test:pool/memory") (export "eat" (func $eat)) (export "keep" (func $keep)))`;

let pool: Activities;
afterEach(() => pool.close());

async function open(pages: number): Promise<void> {
  const prepared: PreparedComponent = await prepareComponent(await component(eater));
  pool = createActivityPool({ threads: 1, component: () => prepared, limits: { memoryBytesMax: pages * pageBytes } });
}

function asked(name: "eat" | "keep", pages: number, deadlineMs = 60_000): ActivityAttempt {
  return {
    execution: "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId,
    attempt: 1,
    component: digest,
    function: `test:pool/memory.${name}` as FunctionName,
    params: [pages],
    deadlineMs,
    sandbox,
  };
}

const endOf = (of: ActivityAttempt) => new Promise<AttemptEnd>((resolve) => pool.start(of, resolve));
const eaten = { kind: "returned", outcome: { ok: null } };
const refused = { kind: "returned", outcome: { err: null } };

test("is refused beyond the pool's, whatever one of them may use, and given back at the end", async () => {
  await open(40);
  expect(await endOf(asked("eat", 40))).toMatchObject(refused);
  for (let i = 0; i < 5; i++) expect(await endOf(asked("eat", 39))).toMatchObject(eaten);
});

test("lets no further guest begin while it is scarce", async () => {
  await open(40);
  const order: string[] = [];
  const ended = (name: string) => (end: AttemptEnd) => {
    order.push(name);
    return end;
  };
  const keeps = endOf(asked("keep", 32, 300)).then(ended("keeps"));
  // It has its memory when there is none for another.
  while ("ok" in ((await endOf(asked("eat", 20))) as Extract<AttemptEnd, { outcome: unknown }>).outcome);
  const waits = endOf(asked("eat", 5)).then(ended("waits"));
  expect(await keeps).toMatchObject({ kind: "failed", reason: { kind: "timed-out" } });
  expect(await waits).toMatchObject(eaten);
  expect(order).toEqual(["keeps", "waits"]);
});

test("is waited for as long as an attempt has time in all", async () => {
  await open(40);
  const keeps = endOf(asked("keep", 32, 1_500));
  while ("ok" in ((await endOf(asked("eat", 20))) as Extract<AttemptEnd, { outcome: unknown }>).outcome);
  const waits = endOf({ ...asked("eat", 5), leftMs: 50 });
  expect(await Promise.race([keeps, waits])).toMatchObject({
    kind: "failed",
    reason: { kind: "timed-out", message: "its time was over while it waited to be run" },
  });
  await keeps;
});

test("is counted over all threads; what a thread had is free when it is gone", () => {
  const use = new MemoryUse(memoryCounters(2), 8 * pageBytes);
  const [first, second] = [use.account(0), use.account(1)];
  expect([first.take(4 * pageBytes), second.take(3 * pageBytes), use.isScarce]).toEqual([true, true, true]);
  expect([first.take(2 * pageBytes), second.take(pageBytes), second.take(1)]).toEqual([false, true, false]);
  use.clear(0);
  expect([use.isScarce, second.take(4 * pageBytes), first.take(1)]).toEqual([false, true, false]);
  second.giveBack(8 * pageBytes);
  expect(first.take(8 * pageBytes)).toBe(true);
});

test("a part of an account is used up before the account is", () => {
  const use = new MemoryUse(memoryCounters(1), 8 * pageBytes).account(0);
  const part = partOf(use, 3 * pageBytes);
  expect([part.take(3 * pageBytes), part.take(pageBytes), use.take(5 * pageBytes)]).toEqual([true, false, true]);
  part.giveBack(pageBytes);
  expect([use.take(pageBytes), part.take(pageBytes)]).toEqual([true, false]);
  use.giveBack(pageBytes);
  expect(part.take(pageBytes)).toBe(true);
});
