/** What a guest may do to its neighbours in the same thread: nothing that costs one of them an attempt. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type PreparedComponent, prepareComponent } from "../../host/component/component.ts";
import { createActivityPool } from "../../host/component/pool/pool.ts";
import { noGrants, plainComponent } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { probe, probeInterface } from "../support/probe.ts";
import { component } from "../support/wat.ts";
import { WebService } from "../support/web-service.ts";

/** What a guest needs to wait. */
const clock = `
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow 0))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type (;0;)))
    (export "pollable" (type (eq 0)))
    (export "subscribe-duration" (func (param "when" u64) (result (own 1))))))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))`;

const functions = `(instance (export "subscribe" (func $subscribe)) (export "block" (func $block)))`;

/** Has the host hold so many handles for it, which lie in the JavaScript heap, then waits for some milliseconds. */
const filling = `${clock}
  (core module $m
    (import "" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "" "block" (func $block (param i32)))
    (func (export "fill") (param $handles i32) (param $ms i32) (result i32)
      (block $full (loop $next
        (br_if $full (i32.eqz (local.get $handles)))
        (drop (call $subscribe (i64.const 3600000000000)))
        (local.set $handles (i32.sub (local.get $handles) (i32.const 1)))
        (br $next)))
      (call $block (call $subscribe (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000))))
      (i32.const 0)))
  (core instance $i (instantiate $m (with "" ${functions})))
  (func $fill (param "handles" u32) (param "ms" u32) (result (result)) (canon lift (core func $i "fill")))
  (instance $c (export "fill" (func $fill)))
  (export "test:heap/heap" (instance $c))`;

/** Waits as soon as it is made. */
const starting = `${clock}
  (core module $m
    (import "" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "" "block" (func $block (param i32)))
    (func $start (call $block (call $subscribe (i64.const 3600000000000))))
    (func (export "go") (result i32) (i32.const 0))
    (start $start))
  (core instance $i (instantiate $m (with "" ${functions})))
  (func $go (result (result)) (canon lift (core func $i "go")))
  (instance $c (export "go" (func $go)))
  (export "test:start/start" (instance $c))`;

const digests = ["0", "1", "2"].map((digit) => `sha256:${digit.repeat(64)}`) as [Digest, Digest, Digest];
const [fillDigest, probeDigest, startDigest] = digests;
/** Of a thread's heap, in MiB: it has room for two guests of `some` handles, not for three, nor for one of `tooMany`. */
const heapMibMax = 24;
const some = 18_000;
const tooMany = 65_000;

let components: ReadonlyMap<Digest, PreparedComponent>;
let service: WebService;
let pool: Activities;
beforeAll(async () => {
  components = new Map([
    [fillDigest, await prepareComponent(await component(filling))],
    [probeDigest, await probe()],
    [startDigest, await prepareComponent(await component(starting))],
  ]);
  service = await WebService.start();
});
afterAll(() => service.stop());
beforeEach(() => {
  pool = createActivityPool({
    threads: 1,
    component: (digest) => components.get(digest) as PreparedComponent,
    limits: { heapMibMax },
  });
});
afterEach(() => pool.close());

const sandbox = sandboxesOf({
  components: [
    {
      ...plainComponent({ name: "any", kind: "activity", digest: fillDigest }),
      grants: { ...noGrants, allowedHosts: [{ pattern: "http://127.0.0.1:*" }] },
    },
  ],
}).get("any") as Sandbox;

function attempt(digest: Digest, name: string, params: readonly Json[]): ActivityAttempt {
  const execution = "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId;
  return {
    execution,
    attempt: 1,
    component: digest,
    function: name as FunctionName,
    params,
    deadlineMs: 60_000,
    sandbox,
  };
}

const endOf = (of: ActivityAttempt) => new Promise<AttemptEnd>((resolve) => pool.start(of, resolve));
const fill = (handles: number, ms: number) => endOf(attempt(fillDigest, "test:heap/heap.fill", [handles, ms]));

const fetching = () => endOf(attempt(probeDigest, `${probeInterface}.fetch-text`, [`${service.origin}/hold`]));

const returned = { kind: "returned", outcome: { ok: null } };
const trapped = {
  kind: "failed",
  reason: { kind: "trap", message: expect.stringContaining("brought its thread down") as unknown },
};

test("guests that fill the heap of their thread together lose nothing: who had the thread last goes on alone", async () => {
  const fills = Array.from({ length: 4 }, () => fill(some, 2_000));
  for (const end of await Promise.all(fills)) expect(end).toMatchObject(returned);
});

test("a guest that fills it alone has trapped, beside others too; they lose nothing, however often it happens", async () => {
  const before = service.seen.length;
  const neighbour = fetching();
  // Started again after each loss, it has a thread of its own after the fourth.
  for (const starts of [1, 2, 3, 4, 5, 5]) {
    await service.until(() => service.seen.length === before + starts && service.open === 1);
    expect(await fill(tooMany, 1)).toMatchObject(trapped);
  }
  expect([service.seen.length, service.open]).toEqual([before + 5, 1]);
  service.release();
  expect(await neighbour).toMatchObject({
    kind: "returned",
    outcome: { ok: expect.stringMatching(/^200 /) as unknown },
  });
  expect(await fill(some, 1)).toMatchObject(returned);
});

test("a guest whose start code waits has trapped, and its neighbour gets the answer to its only request", async () => {
  const before = service.seen.length;
  const neighbour = fetching();
  await service.until(() => service.seen.length > before);
  expect(await endOf(attempt(startDigest, "test:start/start.go", []))).toMatchObject({
    kind: "failed",
    reason: { kind: "trap", message: expect.stringContaining("from where it can't wait") as unknown },
  });
  service.release();
  expect(await neighbour).toMatchObject({
    kind: "returned",
    outcome: { ok: expect.stringMatching(/^200 /) as unknown },
  });
  expect(service.seen).toHaveLength(before + 1);
});
