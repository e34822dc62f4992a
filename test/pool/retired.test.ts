/** What threads keep of a deployment that was replaced. */
import { text } from "node:stream/consumers";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createActivityPool } from "../../host/component/pool/pool.ts";
import { plainComponent } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { probe, probeInterface } from "../support/probe.ts";
import { WebService } from "../support/web-service.ts";

const digest = `sha256:${"0".repeat(64)}` as Digest;
const plain = sandboxesOf({ components: [plainComponent({ name: "probe", kind: "activity", digest })] }).get(
  "probe",
) as Sandbox;
let service: WebService;
let pool: Activities;
let thread: Worker;

beforeAll(async () => {
  const component = await probe();
  service = await WebService.start();
  process.once("worker", (worker) => {
    thread = worker;
  });
  pool = createActivityPool({ threads: 1, component: () => component });
});
afterAll(async () => {
  await pool.close();
  await service.stop();
});

function sandboxWith(value: string): Sandbox {
  const secrets = [{ name: "TOKEN", value, allowedHosts: [], replaceIn: [] }];
  return { ...plain, secrets, allowedHosts: [{ pattern: service.origin }] };
}

function attempt(sandbox: Sandbox, name: string, params: readonly Json[]): ActivityAttempt {
  const execution = "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId;
  const full = `${probeInterface}.${name}` as FunctionName;
  return { execution, attempt: 1, component: digest, function: full, params, deadlineMs: 60_000, sandbox };
}

const endOf = (of: ActivityAttempt) => new Promise<AttemptEnd>((resolve) => pool.start(of, resolve));
const threadHas = async (value: string) => (await text(await thread.getHeapSnapshot())).includes(value);

test("a retired sandbox is kept for the attempt that has it, and no longer; others stay", async () => {
  const [old, present] = ["value-of-the-old-one", "value-of-the-present-one"];
  const [retired, stays] = [sandboxWith(old), sandboxWith(present)];
  const seen = service.seen.length;
  const holds = endOf(attempt(retired, "fetch-text", [`${service.origin}/hold`]));
  await service.until(() => service.seen.length > seen);
  await endOf(attempt(stays, "echo", ["x"]));
  pool.retire(retired);
  await endOf(attempt(retired, "echo", ["x"]));
  expect(await threadHas(old)).toBe(true);
  service.release();
  expect(await holds).toMatchObject({ kind: "returned" });
  await endOf(attempt(stays, "echo", ["x"]));
  expect([await threadHas(old), await threadHas(present)]).toEqual([false, true]);
});

test("a sandbox that is retired while nobody has it is gone at once, and given again to an attempt that comes late", async () => {
  const value = "value-of-one-that-nobody-has";
  const retired = sandboxWith(value);
  await endOf(attempt(retired, "echo", ["x"]));
  expect(await threadHas(value)).toBe(true);
  pool.retire(retired);
  await endOf(attempt(plain, "echo", ["x"]));
  expect(await threadHas(value)).toBe(false);
  expect(await endOf(attempt(retired, "echo", ["late"]))).toMatchObject({ outcome: { ok: "late" } });
  await endOf(attempt(plain, "echo", ["x"]));
  expect(await threadHas(value)).toBe(false);
});
