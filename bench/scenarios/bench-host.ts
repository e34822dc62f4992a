import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Host, openHost } from "stele";

export function guestFile(name: string): string {
  return resolve(import.meta.dirname, "../../build/components", `${name}.wasm`);
}

/** Payload of a step, about 100 bytes of JSON. */
export const pad = "x".repeat(98);

/** Opens a host with the tiny guests on a folder below `folder`. */
export async function openBenchHost(folder: string): Promise<Host> {
  const deployment = join(folder, "deployment.toml");
  writeFileSync(
    deployment,
    `[[workflow_wasm]]
name = "tiny-workflow"
location = ${JSON.stringify(guestFile("tiny-workflow"))}

[[activity_wasm]]
name = "tiny-activity"
location = ${JSON.stringify(guestFile("tiny-activity"))}
`,
  );
  return openHost({ data: dataOf(folder), deployment, cacheDir: join(folder, "cache") });
}

export function dataOf(folder: string): string {
  return join(folder, "journal");
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Runs `action` for each index with at most `inFlight` under way. */
export async function inFlight<T>(count: number, width: number, action: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const i = next++;
      results[i] = await action(i);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
