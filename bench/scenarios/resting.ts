import type { Measured } from "../rows.ts";
import { inFlight, openBenchHost, quantile } from "./bench-host.ts";

const sleep = ".../flow.sleep";

/** 50,000 executions go to sleep; memory is read while they do, and then all of them wake and finish. */
export async function parkedRss(folder: string): Promise<Measured> {
  const host = await openBenchHost(folder);
  const count = 50_000;
  const wakeAt = Date.now() + 20_000;
  const ids = await inFlight(count, 512, () => host.submit(sleep, [Math.max(0, wakeAt - Date.now())]));
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100);
  const asleep = process.memoryUsage.rss();
  await host.idle();
  const lateMs = Date.now() - wakeAt;
  clearInterval(watch);
  await host.close();
  const note = `all ${ids.length} awake and finished ${(lateMs / 1000).toFixed(1)} s after their time, peak ${Math.round(peak / 1e6)} MB`;
  return { value: asleep / 1e6, floor: null, note };
}

/** 10,000 sleeping workflows come due while no host runs; then one starts: each must be replayed, woken and finished. */
export async function restart(folder: string): Promise<Measured> {
  const before = await openBenchHost(folder);
  const dueAt = Date.now() + 8_000;
  const ids = await inFlight(10_000, 512, () => before.submit(sleep, [Math.max(0, dueAt - Date.now())]));
  await before.close();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - Date.now())));
  const began = performance.now();
  const host = await openBenchHost(folder);
  await Promise.race(ids.map((id) => host.result(id)));
  const firstMs = performance.now() - began;
  await host.idle();
  const seconds = (performance.now() - began) / 1000;
  await host.close();
  return { value: seconds, floor: null, note: `first progress after ${(firstMs / 1000).toFixed(2)} s` };
}

export async function start(folder: string): Promise<Measured> {
  const each: number[] = [];
  for (let i = 0; i < 8; i++) {
    const began = performance.now();
    const host = await openBenchHost(folder);
    if (i > 0) each.push(performance.now() - began);
    await host.close();
  }
  return { value: quantile(each, 0.5), floor: null };
}
