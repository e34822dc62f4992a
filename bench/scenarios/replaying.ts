import { replayExecution } from "../../host/index.ts";
import type { Measured } from "../rows.ts";
import { dataOf, openBenchHost, pad, quantile } from "./bench-host.ts";

/** Two events a call: what was submitted and what came back. */
const callsOf10k = 5_000;

export async function replayCall(folder: string): Promise<Measured> {
  const { short, long } = await histories(folder);
  const ms = await medianMs(folder, long, 9);
  const baseMs = await medianMs(folder, short, 9);
  return { value: ((ms - baseMs) * 1000) / (callsOf10k - 1), floor: null, note: "reading its history included" };
}

export async function replay10k(folder: string): Promise<Measured> {
  const { long } = await histories(folder);
  return { value: await medianMs(folder, long, 5), floor: null, note: "opening the journal included" };
}

async function histories(folder: string): Promise<{ short: string; long: string }> {
  const host = await openBenchHost(folder);
  const [short, long] = await Promise.all([1, callsOf10k].map((steps) => host.submit(".../flow.run", [steps, pad])));
  await host.idle();
  await host.close();
  return { short: short as string, long: long as string };
}

async function medianMs(folder: string, id: string, times: number): Promise<number> {
  const each: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    const report = await replayExecution(dataOf(folder), id, { cacheDir: `${folder}/cache` });
    each.push(performance.now() - began);
    if (report.kind !== "matches") throw new Error(`${id} diverged at version ${report.version}`);
  }
  return quantile(each, 0.5);
}
