import { expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { ExecutionId, Millis } from "../../host/core/ids.ts";
import { GuestTrap } from "../../host/ports/components.ts";

type Offered = Record<string, (...args: unknown[]) => unknown>;

function world(id = "E_01K42AJA8QHD7D3GTJAYMASFYC") {
  const lines: string[] = [];
  const run = {
    id: id as ExecutionId,
    now: 5_500 as Millis,
    log: (level: string, line: string) => lines.push(`${level} ${line}`),
  };
  const wasi = workflowWasi(run);
  return { run, lines, offered: (name: string) => wasi(name) as Offered };
}

test("both clocks tell the execution's own time, and go on with it", () => {
  const { run, offered } = world();
  expect(offered("wasi:clocks/wall-clock@0.2.0")["now"]?.()).toEqual({ seconds: 5n, nanoseconds: 500_000_000 });
  expect(offered("wasi:clocks/monotonic-clock@0.2.12")["now"]?.()).toBe(5_500_000_000n);
  run.now = 6_000 as Millis;
  expect(offered("wasi:clocks/monotonic-clock@0.2.12")["now"]?.()).toBe(6_000_000_000n);
});

test("random numbers follow from the execution's id alone", () => {
  const draws = (id?: string) => {
    const { offered } = world(id);
    return [
      offered("wasi:random/random@0.2.3")["getRandomBytes"]?.(7n),
      offered("wasi:random/random@0.2.3")["getRandomU64"]?.(),
      offered("wasi:random/insecure-seed@0.2.3")["insecureSeed"]?.(),
    ];
  };
  expect(draws()).toEqual(draws());
  expect(draws()).not.toEqual(draws("E_01K42AJA8QHD7D3GTJAYMASFYD"));
});

test("a guest may subscribe to a time, but not wait for one that has not come", async () => {
  const { offered } = world();
  const clock = offered("wasi:clocks/monotonic-clock@0.2.12");
  const past = clock["subscribeInstant"]?.(5_000_000_000n) as { ready(): boolean; block(): void };
  expect(past.ready()).toBe(true);
  expect(past.block()).toBeUndefined();
  const ahead = clock["subscribeDuration"]?.(1n) as { ready(): boolean; block(): Promise<void> };
  expect(ahead.ready()).toBe(false);
  await expect(ahead.block()).rejects.toThrow(GuestTrap);
  await expect(ahead.block()).rejects.toThrow("call sleep of obelisk:workflow/workflow-support");
  expect(offered("wasi:io/poll@0.2.12")["poll"]?.([ahead, past])).toEqual(Uint32Array.of(1));
});

test("what is printed goes to the log by lines", () => {
  const { offered, lines } = world();
  const out = offered("wasi:cli/stdout@0.2.12")["getStdout"]?.() as { blockingWriteAndFlush(bytes: Uint8Array): void };
  out.blockingWriteAndFlush(new TextEncoder().encode("one\ntw"));
  out.blockingWriteAndFlush(new TextEncoder().encode("o\n"));
  expect(lines).toEqual(["stdout one", "stdout two"]);
});

test.each([
  "wasi:http/types@0.2.12",
  "wasi:http/outgoing-handler@0.2.0",
  "wasi:sockets/tcp@0.2.12",
  "wasi:io/poll@0.3.0",
  "__proto__",
  "other:pkg/ifc",
])("%s is not offered", (name) => {
  expect(workflowWasi(world().run)(name)).toBeUndefined();
});
