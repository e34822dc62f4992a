import { spawn } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { digestOf, loadComponent, prepareComponent } from "../../host/component/component.ts";
import { component, instantiate } from "../support/wat.ts";

let folder: string;
let cacheDir: string;
let bytes: Uint8Array;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stele-cache-"));
  // Large enough to be worth keeping.
  const pages = 100;
  bytes = await component(`
    (core module $code (func (export "answer") (result i32) (i32.const 42))
      (memory ${pages}) (data (i32.const 0) "${"x".repeat(pages * 65_536)}"))
    (core instance $c (instantiate $code))
    (func (export "answer") (result u32) (canon lift (core func $c "answer")))`);
  file = join(folder, "guest.wasm");
  writeFileSync(file, bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  cacheDir = mkdtempSync(join(folder, "cache-"));
});

const entries = () => readdirSync(cacheDir).map((name) => join(cacheDir, name));

async function answer(): Promise<unknown> {
  const prepared = await prepareComponent(bytes, { cacheDir });
  return instantiate(loadComponent(prepared)).call("$root", "answer", []);
}

describe("the cache", () => {
  test("keeps one file for each digest, and is content with it", async () => {
    expect(await answer()).toBe(42);
    const [entry = ""] = entries();
    expect(entries()).toHaveLength(1);
    expect(entry).toContain(digestOf(bytes).slice("sha256:".length));
    const kept = readFileSync(entry);
    expect(await answer()).toBe(42);
    expect(readFileSync(entry).equals(kept)).toBe(true);
  });

  test.each<[what: string, damage: (entry: string) => void]>([
    ["cut short", (entry) => truncateSync(entry, 100)],
    ["emptied", (entry) => truncateSync(entry, 0)],
    [
      "changed in one bit",
      (entry) => {
        const content = readFileSync(entry);
        content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
        writeFileSync(entry, content);
      },
    ],
    ["replaced by something else", (entry) => writeFileSync(entry, "not an entry at all")],
  ])("makes an entry anew that was %s", async (_what, damage) => {
    await answer();
    const [entry = ""] = entries();
    const whole = readFileSync(entry);
    damage(entry);
    expect(await answer()).toBe(42);
    expect(readFileSync(entry).equals(whole)).toBe(true);
    expect(entries()).toHaveLength(1);
  });

  test("in a folder that can't be made is named, with what to do", async () => {
    const blocked = join(folder, "guest.wasm", "cache");
    await expect(prepareComponent(bytes, { cacheDir: blocked })).rejects.toMatchObject({
      code: "cache-failed",
      message: expect.stringContaining(blocked) as unknown,
    });
  });

  test("serves hosts that start at the same time", async () => {
    const hosts = Array.from({ length: 3 }, () => host());
    expect(await Promise.all(hosts.map((one) => one.ended))).toEqual([0, 0, 0]);
    expect(entries()).toHaveLength(1);
    expect(await answer()).toBe(42);
  });

  test("holds nothing half-written when a host is killed", async () => {
    for (const _ of [1, 2, 3]) {
      const one = host("setInterval(() => undefined, 1000);");
      await changeOf(cacheDir);
      one.kill();
      expect(await one.ended).toBe(null);
      const left = entries();
      expect(left).toHaveLength(1);
      expect(await answer()).toBe(42);
      for (const entry of entries()) rmSync(entry);
    }
  });

  test("is rid of what a killed host has left", async () => {
    const [abandoned, recent] = ["a.modules.1.aside", "b.modules.2.aside"].map((name) => join(cacheDir, name));
    writeFileSync(abandoned!, "half of an entry");
    writeFileSync(recent!, "half of an entry");
    utimesSync(abandoned!, 0, 0);
    await answer();
    expect(entries()).toHaveLength(2);
    expect(entries()).toContain(recent);
  });
});

/** Settles at the first file that comes into being in a folder. */
function changeOf(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      watcher.close();
      resolve();
    });
  });
}

/** Another host, which prepares the component. */
function host(afterwards = ""): { ended: Promise<number | null>; kill: () => void } {
  const script = `
    import { readFileSync } from "node:fs";
    import { prepareComponent } from ${JSON.stringify(new URL("../../host/component/component.ts", import.meta.url).href)};
    await prepareComponent(readFileSync(${JSON.stringify(file)}), { cacheDir: ${JSON.stringify(cacheDir)} });
    ${afterwards}`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return {
    ended: new Promise((resolve) => child.once("close", resolve)),
    kill: () => child.kill("SIGKILL"),
  };
}

test("a prepared component goes to another thread, and runs there", async () => {
  const prepared = await prepareComponent(bytes);
  const script = `
    import { parentPort, workerData } from "node:worker_threads";
    const { loadComponent } = await import(${JSON.stringify(new URL("../../host/component/component.ts", import.meta.url).href)});
    const guest = loadComponent(workerData).instantiate(() => undefined, { memoryBytesMax: 2 ** 24, fuel: 1000 });
    parentPort.postMessage(await guest.call("$root", "answer", []));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { workerData: prepared });
  const said = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  expect(said).toBe(42);
  await worker.terminate();
});
