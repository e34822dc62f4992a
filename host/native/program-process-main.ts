/** The process that runs programs. It outlives its host for a moment: when the channel between them closes, however that
 *  came about, it ends all that runs, and itself. */
import { closeSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { assert } from "../core/assert.ts";
import type { FromProcess, ProgramCall, ProgramEnd, ToProcess } from "./process-messages.ts";
import { runProgram } from "./program-run.ts";

const [, , runs] = process.argv;
assert(runs !== undefined, "the folder of the runs is an argument");
closeInherited();
mkdirSync(runs, { recursive: true, mode: 0o700 });

/** What the host was started with beyond its three streams would go on to every program. Descriptors of this process's own
 *  close by themselves when a program takes over. */
function closeInherited(): void {
  if (process.platform !== "linux") return;
  const closesOnExec = 0o2000000;
  for (const descriptor of readdirSync("/proc/self/fd").map(Number)) {
    if (descriptor <= 2) continue;
    try {
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"))?.[1];
      if (flags !== undefined && (Number.parseInt(flags, 8) & closesOnExec) === 0) closeSync(descriptor);
    } catch {
      // It was the one that the folder was read with.
    }
  }
}

const stops = new Map<number, AbortController>();
const underWay = new Set<Promise<void>>();

async function run(call: ProgramCall, folder: string): Promise<void> {
  const stop = new AbortController();
  stops.set(call.run, stop);
  const end = await runProgram(call, folder, stop.signal).catch(noFolder);
  stops.delete(call.run);
  if (process.connected) process.send?.({ run: call.run, end } satisfies FromProcess);
}

function noFolder(error: unknown): ProgramEnd {
  const why = error instanceof Error ? error.message : String(error);
  return { failure: { kind: "failed", message: `the program has no folder to run in: ${why}` }, logs: [] };
}

process.on("message", (message: ToProcess) => {
  if ("stop" in message) return stops.get(message.stop)?.abort();
  const running = run(message.start, runs).finally(() => underWay.delete(running));
  underWay.add(running);
});
// A host that goes closes the channel, perhaps in the middle of an answer to it.
process.on("error", () => undefined);
process.on("disconnect", () => {
  for (const stop of stops.values()) stop.abort();
  void Promise.all(underWay).then(() => process.exit());
});
