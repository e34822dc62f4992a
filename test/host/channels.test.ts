/** Signals, a published state and cancellation through the library. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import { type Host, openHost } from "../../host/index.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-channels-"));
let host: Host;

beforeAll(async () => {
  const deployment = join(folder, "deployment.toml");
  const component = (kind: string, name: Parameters<typeof guestFile>[0]) =>
    `[[${kind}]]\nname = "${name}"\nlocation = ${JSON.stringify(guestFile(name))}\n`;
  writeFileSync(deployment, component("workflow_wasm", "channels-workflow") + component("activity_wasm", "activity"));
  const own = { data: join(folder, "data"), cacheDir: join(folder, "cache"), activityThreads: 1 };
  host = await openHost({ ...own, deployment });
}, 60_000);
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a workflow receives what is sent and tells what it has come to", async () => {
  const id = await host.submit(".../channels.add-up", [10, 2]);
  expect(await host.state(id)).toBeUndefined();
  for (const value of [1, 2, 3, 0]) await host.signal(id, "numbers", value);
  expect(await host.result(id)).toEqual({ ok: 16 });
  expect(await host.state(id)).toEqual({ sum: 16 });
  await expect(host.signal(id, "numbers", 1)).rejects.toMatchObject({ code: "signal-refused" });
  await expect(host.signal(id, "a channel", 1)).rejects.toMatchObject({ code: "params-invalid" });
});

test("a workflow that waits for a signal can be cancelled", async () => {
  const id = await host.submit(".../channels.add-up", [0, 2]);
  expect(await host.cancel(id)).toBe(true);
  expect(await host.result(id)).toMatchObject({ failure: "cancelled" });
  expect(await host.cancel(id)).toBe(false);
  await expect(host.cancel("E_01K42AJA8QHD7D3GTJAYMASFY0")).rejects.toMatchObject({ code: "execution-unknown" });
});
