/** A host that has as much to do as it may keep waiting. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import { type Host, openHost } from "../../host/index.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-overload-"));
let host: Host;

beforeAll(async () => {
  const deployment = join(folder, "deployment.toml");
  writeFileSync(deployment, `[[activity_wasm]]\nname = "acts"\nlocation = ${JSON.stringify(guestFile("activity"))}\n`);
  const own = { data: join(folder, "data"), cacheDir: join(folder, "cache"), activityThreads: 1 };
  host = await openHost({ ...own, deployment, limits: { attemptsMax: 1, pendingMax: 1 } });
}, 60_000);
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

test("refuses more with a hint, keeps what it has, and says what that waits for", async () => {
  const spinning = await host.submit(".../activities.spin", []);
  const waiting = await host.submit(".../activities.echo", ["text"]);
  await expect(host.submit(".../activities.echo", ["text"])).rejects.toMatchObject({
    code: "overloaded",
    hint: expect.stringContaining("submit it again later") as string,
  });
  expect(await host.waitOf(waiting)).toEqual({ for: "host" });
  expect(await host.waitOf(spinning)).toBeUndefined();
  await host.cancel(spinning);
  expect(await host.result(waiting)).toEqual({ ok: "text" });
});
