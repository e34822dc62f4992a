/** Looks whether the fuzzer goes on; `fuzzer.ts` says what lies in the shared memory. */
import { mkdirSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { workerData } from "node:worker_threads";

const { shared, hangMs, file } = workerData as { shared: SharedArrayBuffer; hangMs: number; file: string };
const words = new Int32Array(shared, 0, 2);

let last = -1;
setInterval(() => {
  const turn = Atomics.load(words, 0);
  if (turn % 2 === 1 && turn === last) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, new Uint8Array(shared, 8, words[1]));
    writeSync(2, `\nan input is not done with after ${hangMs} ms; it is kept in\n  ${file}\n`);
    process.kill(process.pid, "SIGKILL");
  }
  last = turn;
}, hangMs);
