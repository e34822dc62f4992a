/** Looks whether a simulation gets on: a host that turns for ever in one turn of the loop can't be told so. `watch.ts` says
 *  what lies in the shared memory. */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { commandFor } from "./command.ts";

const { shared, hangMs, intensity } = workerData as { shared: SharedArrayBuffer; hangMs: number; intensity: number };
const words = new Int32Array(shared);

let last = -1;
setInterval(() => {
  const [begun = 0, seed = 0, running = 0] = words;
  if (running === 1 && begun === last) {
    writeSync(2, `\na seed is not done with after ${hangMs} ms:\n  ${commandFor(seed, intensity)}\n`);
    process.kill(process.pid, "SIGKILL");
  }
  last = begun;
}, hangMs);
