import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Measured } from "../rows.ts";
import { inFlight, openBenchHost, pad, quantile } from "./bench-host.ts";
import { BareJournal } from "./floor.ts";

const run = ".../flow.run";

/** One workflow after the other, each of 100 sequential steps. */
export async function stepLatency(folder: string): Promise<Measured> {
  const host = await openBenchHost(folder);
  const steps = 100;
  const each: number[] = [];
  for (let i = 0; i < 13; i++) {
    const began = performance.now();
    await host.result(await host.submit(run, [steps, pad]));
    if (i >= 3) each.push((performance.now() - began) / steps);
  }
  await host.close();
  const floor = await new BareJournal(join(folder, "floor")).commitMs(500);
  return { value: quantile(each, 0.5), floor };
}

export async function throughput(folder: string): Promise<Measured> {
  const host = await openBenchHost(folder);
  await manyRuns(host, 100);
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const perSecond = await manyRuns(host, 1_000);
  lag.disable();
  await host.close();
  const floor = await new BareJournal(join(folder, "floor")).stepsPerSecond(1_000, 10);
  const note = `API thread's event-loop lag p99 ${(lag.percentile(99) / 1e6).toFixed(0)} ms`;
  return { value: perSecond, floor, note };
}

/** Steps per second over `workflows` of ten steps, all started as fast as the host takes them. */
async function manyRuns(host: Awaited<ReturnType<typeof openBenchHost>>, workflows: number): Promise<number> {
  const began = performance.now();
  await inFlight(workflows, workflows, async () => host.result(await host.submit(run, [10, pad])));
  return (workflows * 10) / ((performance.now() - began) / 1000);
}

/** Executions that sleep at once, so that little but their creation is measured. */
export async function create(folder: string): Promise<Measured> {
  const host = await openBenchHost(folder);
  const count = 10_000;
  const began = performance.now();
  await inFlight(count, 256, () => host.submit(".../flow.sleep", [3_600_000]));
  const seconds = (performance.now() - began) / 1000;
  await host.close();
  const floor = await new BareJournal(join(folder, "floor")).createdPerSecond(count, 256);
  return { value: count / seconds, floor };
}

/** Bytes that the process hands to the disk while 1000 workflows are in flight. */
export async function bytesPerStep(folder: string): Promise<Measured> {
  const host = await openBenchHost(folder);
  await manyRuns(host, 100);
  const before = writtenBytes();
  await manyRuns(host, 1_000);
  const written = writtenBytes() - before;
  await host.close();
  const floor = await new BareJournal(join(folder, "floor")).bytesPerStep(1_000, 10, writtenBytes);
  return { value: written / 10_000 / 1000, floor: floor / 1000 };
}

/** What this process has written to files so far, WAL and database alike. */
function writtenBytes(): number {
  return Number(/wchar: (\d+)/.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}
