/** External activities through the library, as a worker's program uses it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import { type Claim, type Host, openHost } from "../../host/index.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-workers-"));
let host: Host;

beforeAll(async () => {
  const deployment = join(folder, "deployment.toml");
  const work = JSON.stringify(guestFile("work"));
  const policy = "max_retries = 1\nretry_exp_backoff.milliseconds = 1\n";
  writeFileSync(deployment, `[[activity_external]]\nname = "work"\nlocation = ${work}\n${policy}`);
  host = await openHost({
    data: join(folder, "data"),
    cacheDir: join(folder, "cache"),
    activityThreads: 1,
    deployment,
  });
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

async function claim(): Promise<Claim> {
  const claims = await host.claim();
  return claims[0] ?? claim();
}

test("a worker claims, is heard of, fails, and completes the next attempt", async () => {
  const id = await host.submit(".../work.echo", ["text"]);
  const first = await claim();
  expect(first).toMatchObject({ id, attempt: 1, params: ["text"] });
  expect(await host.heartbeat(first, 120_000)).toBeGreaterThan(first.leaseUntil);
  await host.fail(first, "no paper");
  const second = await claim();
  expect(second).toMatchObject({ id, attempt: 2 });
  await expect(host.complete(first, { ok: "late" })).rejects.toMatchObject({ code: "lease-lost" });
  await expect(host.heartbeat(first)).rejects.toMatchObject({ code: "lease-lost" });
  await expect(host.complete(second, { ok: 1 })).rejects.toMatchObject({ code: "params-invalid" });
  await host.complete(second, { ok: "done" });
  expect(await host.result(id)).toEqual({ ok: "done" });
  await expect(host.fail(second, "late")).rejects.toMatchObject({ code: "lease-lost" });
});

describe("what makes no sense is refused before anything is claimed", () => {
  test.each<[string, () => Promise<unknown>]>([
    ["no lease", () => host.claim({ leaseMs: 0 })],
    ["half a lease", () => host.claim({ leaseMs: 0.5 })],
    ["fewer than none", () => host.claim({ max: -1 })],
    [
      "a lease without an end",
      () => host.heartbeat({ id: "E_01K42AJA8QHD7D3GTJAYMASFY0" as Claim["id"], attempt: 1 }, 1 / 0),
    ],
    ["a time that is none", () => host.submit(".../work.echo", ["text"], { startAt: Number.NaN })],
    ["the end of time", () => host.submit(".../work.echo", ["text"], { startAt: Number.POSITIVE_INFINITY })],
  ])("%s", async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: "usage" });
    expect(await host.claim({ max: 10 })).toEqual([]);
  });
});
