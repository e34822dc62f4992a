import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { openHost } from "stele";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import { resolveComponent } from "../../host/component/plan/resolve-component.ts";
import { limitModule } from "../../host/component/prepare/limit-module.ts";
import type { Measured } from "../rows.ts";
import { dataOf, guestFile, inFlight, quantile } from "./bench-host.ts";

/** A guest that does little but call its own functions, with its fuel counted and without: the most that fuel can cost. */
export async function fuelCost(): Promise<Measured> {
  const bytes = readFileSync(guestFile("tiny-activity"));
  const { plan, headers } = resolveComponent(bytes);
  const [slice, header] = [plan.modules[0], headers[0]];
  if (slice === undefined || header === undefined) throw new Error("the tiny activity has no code");
  const plain = bytes.subarray(slice.start, slice.end);
  const limited = limitModule(bytes, slice.start, slice.end, header);
  const memory = new WebAssembly.Memory({ initial: 2 });
  const metered = new WebAssembly.Instance(await WebAssembly.compile(limited.bytes), {
    [limited.limits.memoryModule]: { 0: memory },
  }).exports;
  (metered[limited.limits.fuel ?? ""] as WebAssembly.Global).value = 2n ** 62n;
  const bare = new WebAssembly.Instance(await WebAssembly.compile(plain)).exports;
  const [withFuel, without] = [nanosecondsPerCall(metered), nanosecondsPerCall(bare)];
  return {
    value: withFuel / without,
    floor: null,
    note: `${without.toFixed(2)} ns a call without, ${withFuel.toFixed(2)} ns with`,
  };
}

/** One unit of fuel each. */
function nanosecondsPerCall(exports: WebAssembly.Exports): number {
  const recurse = exports["bench:tiny/faults@0.1.0#recurse"] as (depth: number) => number;
  const depth = 1_000;
  const each = Array.from({ length: 300 }, () => {
    const began = performance.now();
    for (let i = 0; i < 100; i++) recurse(depth);
    return ((performance.now() - began) * 1e6) / (100 * depth);
  });
  return quantile(each, 0.1);
}

/** An instance of the tiny activity, with its cap on memory and its fuel, of which a thousand are alive. */
export async function freshInstance(): Promise<Measured> {
  const component = loadComponent(await prepareComponent(readFileSync(guestFile("tiny-activity"))));
  const limits = { memoryBytesMax: 2 ** 26, fuel: 1e9 };
  const turn = () => undefined;
  const each = Array.from({ length: 20 }, () => {
    const began = performance.now();
    const alive = Array.from({ length: 1_000 }, () => component.instantiate(() => undefined, limits, { turn }));
    return ((performance.now() - began) * 1_000) / alive.length;
  });
  return { value: quantile(each, 0.5), floor: null };
}

/** A thousand activities in JavaScript wait for one service, in one thread; it answers when all of them have asked. */
export async function waitingHttp(folder: string): Promise<Measured> {
  const count = 1_000;
  const asked: ServerResponse[] = [];
  let all = () => undefined as void;
  const allAsked = new Promise<void>((resolve) => (all = resolve));
  const service = createServer((_request, response) => {
    if (asked.push(response) === count) all();
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  const deployment = join(folder, "deployment.toml");
  writeFileSync(deployment, manifest(port));
  const host = await openHost({
    data: dataOf(folder),
    deployment,
    cacheDir: join(folder, "cache"),
    activityThreads: 1,
  });
  const began = performance.now();
  const url = `http://127.0.0.1:${port}/`;
  const ids = await inFlight(count, count, () => host.submit(".../http-activities.get-text", [url]));
  await allAsked;
  const rss = process.memoryUsage.rss();
  const askedMs = performance.now() - began;
  for (const response of asked) response.end("here");
  await Promise.all(ids.map((id) => host.result(id)));
  const value = performance.now() - began;
  await host.close();
  service.close();
  const each = (rss / 1e6 / count).toFixed(1);
  return { value, floor: null, note: `all wait after ${Math.round(askedMs)} ms; ${each} MB resident each` };
}

function manifest(port: number): string {
  return `[[activity_wasm]]
name = "http-activity"
location = ${JSON.stringify(guestFile("http-activity"))}
[[activity_wasm.allowed_host]]
pattern = "http://127.0.0.1:${port}"
methods = ["GET"]
`;
}
