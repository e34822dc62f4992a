import type { MemoryAccount } from "../../ports/components.ts";

const unitBytes = 65_536;
/** Where the sum is; the threads' counters come behind it. */
const total = 0;

function placeOf(thread: number): number {
  return 1 + thread;
}

/** Counters for so many threads, to be shared by them. */
export function memoryCounters(threads: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * placeOf(threads)));
}

/** A part of an account, for what must not use it up. */
export function partOf(account: MemoryAccount, bytesMax: number): MemoryAccount {
  let used = 0;
  return {
    take: (bytes) => {
      if (used + bytes > bytesMax || !account.take(bytes)) return false;
      used += bytes;
      return true;
    },
    giveBack: (bytes) => {
      used -= bytes;
      account.giveBack(bytes);
    },
  };
}

/** What the guests of all threads use of memory together, and in a counter for each thread: one that dies takes its share
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
        if (this.#add(thread, units) <= this.#unitsMax) return true;
        this.#add(thread, -units);
        return false;
      },
      giveBack: (bytes) => void this.#add(thread, -Math.ceil(bytes / unitBytes)),
    };
  }

  /** So much is used that no further guest should begin. */
  get isScarce(): boolean {
    return Atomics.load(this.#counters, total) > this.#unitsMax * 0.75;
  }

  /** Nothing of the thread is left. */
  clear(thread: number): void {
    Atomics.sub(this.#counters, total, Atomics.exchange(this.#counters, placeOf(thread), 0));
  }

  /** Returns what is used now, all in all. */
  #add(thread: number, units: number): number {
    Atomics.add(this.#counters, placeOf(thread), units);
    return Atomics.add(this.#counters, total, units) + units;
  }
}
