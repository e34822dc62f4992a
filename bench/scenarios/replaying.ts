import { openReader, replayExecution } from "stele";
import type { Measured } from "../rows.ts";
import { dataOf, openBenchHost, pad, quantile } from "./bench-host.ts";

/** Two events a call: what was submitted and what came back. */
const callsOf10k = 5_000;

export async function replayCall(folder: string): Promise<Measured> {
  const { short, long } = await histories(folder);
  const calls = callsOf10k - 1;
  const readMs = await medianMs(() => readHistory(folder, long));
  const longMs = await medianMs(() => replay(folder, long));
  const shortMs = await medianMs(() => replay(folder, short));
  const note = `reading and verifying its two events takes ${((readMs * 1000) / calls).toFixed(1)} us more`;
  return { value: ((longMs - shortMs - readMs) * 1000) / calls, floor: null, note };
}

export async function replay10k(folder: string): Promise<Measured> {
  const { long } = await histories(folder);
  return { value: await medianMs(() => replay(folder, long)), floor: null, note: "opening the journal included" };
}

async function histories(folder: string): Promise<{ short: string; long: string }> {
  const host = await openBenchHost(folder);
  const short = await host.submit(".../flow.run", [1, pad]);
  const long = await host.submit(".../flow.run", [callsOf10k, pad]);
  await host.idle();
  await host.close();
  return { short, long };
}

async function replay(folder: string, id: string): Promise<void> {
  const report = await replayExecution(dataOf(folder), id, { cacheDir: `${folder}/cache` });
  if (report.kind !== "matches") throw new Error(`${id} diverged at version ${report.version}`);
}

function readHistory(folder: string, id: string): void {
  const reader = openReader(dataOf(folder));
  const row = reader.executions({ limit: 10 }).find((execution) => execution.id === id);
  if (row === undefined || reader.history(row.key).length < callsOf10k) throw new Error(`${id} has no history`);
  reader.close();
}

async function medianMs(measured: () => void | Promise<void>): Promise<number> {
  const each: number[] = [];
  for (let i = 0; i < 9; i++) {
    const began = performance.now();
    await measured();
    each.push(performance.now() - began);
  }
  return quantile(each, 0.5);
}
