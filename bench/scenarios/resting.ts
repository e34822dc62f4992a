import { join } from "node:path";
import Database from "better-sqlite3";
import type { Measured } from "../rows.ts";
import { dataOf, inFlight, openBenchHost, quantile } from "./bench-host.ts";

type Host = Awaited<ReturnType<typeof openBenchHost>>;

/** 50,000 executions go to sleep; memory is read while all of them do, and then they wake and finish. */
export async function parkedRss(folder: string): Promise<Measured> {
  const host = await openBenchHost(folder);
  const lastWakeAt = await putToSleep(host, folder, 50_000, 20_000);
  const asleep = process.memoryUsage.rss();
  await host.idle();
  const lateMs = Date.now() - lastWakeAt;
  await host.close();
  return {
    value: asleep / 1e6,
    floor: null,
    note: `all finished ${(lateMs / 1000).toFixed(1)} s after the last was due`,
  };
}

/** 10,000 sleeping workflows come due while no host runs; then one starts: each must be replayed, woken and finished. */
export async function restart(folder: string): Promise<Measured> {
  const before = await openBenchHost(folder);
  const lastWakeAt = await putToSleep(before, folder, 10_000, 8_000);
  await before.close();
  await until(() => Date.now() > lastWakeAt);
  const began = performance.now();
  const host = await openBenchHost(folder);
  const unfinished = await host.unfinished();
  await until(async () => (await host.unfinished()) < unfinished);
  const firstMs = performance.now() - began;
  await host.idle();
  const seconds = (performance.now() - began) / 1000;
  await host.close();
  return {
    value: seconds,
    floor: null,
    note: `${unfinished} unfinished, first progress after ${(firstMs / 1000).toFixed(2)} s`,
  };
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

/** Starts so many sleeps and waits until each is a row in the journal only. Returns when the last one is due. */
async function putToSleep(host: Host, folder: string, count: number, ms: number): Promise<number> {
  await inFlight(count, 512, () => host.submit(".../flow.sleep", [ms]));
  // Counted in the file itself: reading every row would weigh more than what is measured.
  const db = new Database(join(dataOf(folder), "journal.sqlite"), { readonly: true });
  const asleep = db.prepare<[], { count: number; last: number }>(
    "select count(*) as count, max(wake_at) as last from execution where finished_at is null and status = 'blocked'",
  );
  await until(() => asleep.get()?.count === count);
  const last = asleep.get()?.last ?? 0;
  db.close();
  return last;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}
