import type { MemoryAccount } from "../../ports/components.ts";

const unitBytes = 65_536;

/** What the guests of all threads use of memory together, in a counter for each thread: one that dies takes its share
 *  with it. */
export class MemoryUse {
  readonly #counters: Int32Array<SharedArrayBuffer>;
  readonly #unitsMax: number;

  constructor(counters: Int32Array<SharedArrayBuffer>, bytesMax: number) {
    this.#counters = counters;
    this.#unitsMax = Math.floor(bytesMax / unitBytes);
  }

  /** The account of one thread. */
  account(thread: number): MemoryAccount {
    return {
      take: (bytes) => {
        const units = Math.ceil(bytes / unitBytes);
        Atomics.add(this.#counters, thread, units);
        if (this.#units() <= this.#unitsMax) return true;
        Atomics.sub(this.#counters, thread, units);
        return false;
      },
      giveBack: (bytes) => void Atomics.sub(this.#counters, thread, Math.ceil(bytes / unitBytes)),
    };
  }

  /** So much is used that no further guest should begin. */
  get isScarce(): boolean {
    return this.#units() > this.#unitsMax * 0.75;
  }

  /** Nothing of the thread is left. */
  clear(thread: number): void {
    Atomics.store(this.#counters, thread, 0);
  }

  #units(): number {
    return this.#counters.reduce((sum, units) => sum + units, 0);
  }
}
