import { join } from "node:path";
import { Worker } from "node:worker_threads";

/** Kills this process, and says at which seed, when a seed takes longer than any does. */
export class Watch {
  /** How many seeds were begun, which is the latest, and whether it is under way. */
  readonly #words = new Int32Array(new SharedArrayBuffer(12));
  readonly #thread: Worker;

  constructor(intensity: number) {
    const workerData = { shared: this.#words.buffer, hangMs: 60_000 * intensity, intensity };
    this.#thread = new Worker(join(import.meta.dirname, "watch-thread.ts"), { workerData });
    this.#thread.unref();
  }

  begin(seed: number): void {
    this.#words.set([(this.#words[0] ?? 0) + 1, seed, 1]);
  }

  end(): void {
    this.#words[2] = 0;
  }

  stop(): Promise<number> {
    return this.#thread.terminate();
  }
}
