/** A dump of all that a guest has of memory, taken when its attempt has ended. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadComponent } from "../../host/component/component.ts";
import { AttemptRun } from "../../host/component/pool/attempt-run.ts";
import { HttpClient } from "../../host/component/wasi/http-client.ts";
import { defaultLimitsOf, type SecretPlace } from "../../host/core/deployment.ts";
import type { Digest, FunctionName } from "../../host/core/ids.ts";
import type { AttemptEnd, Sandbox } from "../../host/ports/activities.ts";
import { probe, probeInterface } from "../support/probe.ts";
import { formsOf } from "../support/secret-forms.ts";
import { bodyOf, WebService } from "../support/web-service.ts";

const value = `${randomBytes(12).toString("base64")}/"+&1`;
const everywhere: readonly SecretPlace[] = ["headers", "body"];
const plenty = { take: () => true, giveBack: () => undefined };

const { Memory } = WebAssembly;
const memories: WebAssembly.Memory[] = [];
let service: WebService;
beforeEach(async () => {
  service = await WebService.start();
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: ConstructorParameters<typeof Memory>[0]) {
      super(descriptor);
      memories.push(this);
    }
  };
});
afterEach(async () => {
  WebAssembly.Memory = Memory;
  await service.stop();
});

test("a secret that was sent, and came back, is in none of its guest's memories", async () => {
  const sandbox: Sandbox = {
    env: [],
    dirs: [],
    scratch: undefined,
    stdin: "",
    stdout: "db",
    stderr: "db",
    allowedHosts: [{ pattern: service.origin, secrets: ["TOKEN"], replaceIn: everywhere }],
    operatorHosts: [{ pattern: "*://*:*", addresses: ["127.0.0.0/8"] }],
    secrets: [{ name: "TOKEN", value, allowedHosts: [{ pattern: service.origin }], replaceIn: everywhere }],
    limits: defaultLimitsOf("activity"),
    program: undefined,
  };
  const start = {
    run: 1,
    attempt: 1,
    component: `sha256:${"0".repeat(64)}` as Digest,
    function: `${probeInterface}.spend` as FunctionName,
    params: [`${service.origin}/tell`, "TOKEN"],
    deadlineMs: 60_000,
    sandbox: 1,
  };
  const host = {
    client: new HttpClient(),
    memory: plenty,
    held: plenty,
    scratchDir: undefined,
    entering: () => undefined,
  };
  const component = loadComponent(await probe());
  const end = await new Promise<AttemptEnd>((resolve) => {
    new AttemptRun(start, sandbox, host, resolve).begin(component);
  });
  expect(JSON.parse(bodyOf(service.seen.at(-1)) ?? "")).toEqual({ key: value });
  expect(end).toMatchObject({ kind: "returned", outcome: { ok: expect.stringContaining("Bearer *****") as string } });

  const dumps = memories.map(({ buffer }) => Buffer.from(buffer));
  const holds = (text: string) => dumps.some((dump) => dump.includes(text) || dump.includes(text, 0, "utf16le"));
  expect(holds("stele-secret-"), "its placeholder").toBe(true);
  expect(formsOf(value).filter(([, form]) => holds(form))).toEqual([]);
});
