import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PreparedComponent } from "../../host/component/component.ts";
import { createActivityPool } from "../../host/component/pool/pool.ts";
import { defaultLimitsOf, type SecretPlace } from "../../host/core/deployment.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import type { Activities, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { probe, probeInterface } from "../support/probe.ts";
import { formsOf } from "../support/secret-forms.ts";
import { bodyOf, WebService } from "../support/web-service.ts";

const value = 'pass/word"+1';
const digest = `sha256:${"0".repeat(64)}` as Digest;
let component: PreparedComponent;
let service: WebService;
let pool: Activities;

beforeAll(async () => {
  component = await probe();
  service = await WebService.start();
  pool = createActivityPool({ threads: 1, component: () => component });
});

afterAll(async () => {
  await pool.close();
  await service.stop();
});

interface Spent {
  readonly secret?: string;
  readonly replaceIn?: readonly SecretPlace[];
  readonly path?: string;
}

function spend(variable: string, pattern: string, spent: Spent = {}): Promise<AttemptEnd> {
  const { secret = value, replaceIn = ["headers", "body"], path = "/tell" } = spent;
  const sandbox: Sandbox = {
    env: [["PLAIN", "seen by all"]],
    dirs: [],
    scratch: undefined,
    stdin: "",
    stdout: "db",
    stderr: "db",
    allowedHosts: [{ pattern: service.origin, secrets: ["TOKEN"], replaceIn }],
    operatorHosts: [{ pattern: "*://*:*", addresses: ["127.0.0.0/8"] }],
    secrets: [{ name: "TOKEN", value: secret, allowedHosts: [{ pattern }], replaceIn }],
    limits: defaultLimitsOf("activity"),
    program: undefined,
  };
  const attempt = {
    execution: "E_01K42AJA8QHD7D3GTJAYMASFYC" as ExecutionId,
    attempt: 1,
    component: digest,
    function: `${probeInterface}.spend` as FunctionName,
    params: [`${service.origin}${path}`, variable],
    deadlineMs: 60_000,
    sandbox,
  };
  return new Promise((resolve) => {
    pool.start(attempt, resolve);
  });
}

test("a secret reaches the service, and is in nothing that comes out of the attempt", async () => {
  const end = await spend("TOKEN", service.origin);
  const request = service.seen.at(-1);
  expect(request?.headers.authorization).toBe(`Bearer ${value}`);
  expect(JSON.parse(bodyOf(request) ?? "")).toEqual({ key: value });
  expect(end).toMatchObject({ kind: "returned", outcome: { ok: expect.stringContaining("Bearer *****") as string } });
  const [spending] = end.logs;
  expect(spending?.message).toMatch(/^spending stele-secret-[0-9a-f]{32}$/);
  const text = JSON.stringify(end);
  for (const [, form] of formsOf(value)) expect(text).not.toContain(JSON.stringify(form).slice(1, -1));
});

test("a secret stays at home when the operator does not let it go there", async () => {
  const end = await spend("TOKEN", "https://elsewhere.test");
  expect(service.seen.at(-1)?.headers.authorization).toMatch(/^Bearer stele-secret-/);
  expect(end.logs.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
    expect.stringContaining("the secret TOKEN was left out of POST"),
  ]);
});

test("a variable that is no secret goes wherever the guest sends it", async () => {
  const end = await spend("PLAIN", service.origin);
  expect(service.seen.at(-1)?.headers.authorization).toBe("Bearer seen by all");
  expect(end).toMatchObject({ outcome: { ok: expect.stringContaining("seen by all") as string } });
});

/** Some other attempt in the same thread waits for its answer while this one runs. */
async function besideAnother(act: () => Promise<AttemptEnd>): Promise<AttemptEnd> {
  const asked = () => service.seen.filter(({ url }) => url === "/hold").length;
  const before = asked();
  const other = spend("PLAIN", service.origin, { path: "/hold" });
  await service.until(() => asked() === before + 1);
  const end = await act();
  service.release();
  expect(await other).toMatchObject({ kind: "returned" });
  expect(asked()).toBe(before + 1);
  return end;
}

test.each([7_000, 60_000])("a secret of %i characters is sent and hidden as any other", async (length) => {
  const digits = randomBytes(length).toString("base64");
  const secret = digits
    .slice(0, length - 9)
    .replaceAll(/.{64}/g, "$&\n")
    .slice(0, length);
  const end = await besideAnother(() => spend("TOKEN", service.origin, { secret, replaceIn: ["body"] }));
  expect(JSON.parse(bodyOf(service.seen.at(-1)) ?? "")).toEqual({ key: secret });
  expect(end).toMatchObject({ kind: "returned", outcome: { ok: expect.stringMatching(/\*{6000}/) as string } });
  const text = JSON.stringify(end);
  for (let at = 0; at + 16 <= length; at += 16) expect(text.includes(secret.slice(at, at + 16))).toBe(false);
});

test("an attempt whose secrets can't be masked fails alone, and says nothing of them", async () => {
  const secret = { unlike: "a text" } as unknown as string;
  const end = await besideAnother(() => spend("TOKEN", service.origin, { secret }));
  const reason = { kind: "trap", message: "the host can't begin this attempt" };
  expect(end).toEqual({ kind: "failed", reason, logs: [] });
});
