import { assert } from "../core/assert.ts";
import type { ExecutionKey, Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";

interface Entry {
  readonly at: Millis;
  readonly key: ExecutionKey;
}

/** Wakes executions at their time. A binary heap, two numbers an entry: a million of them are small.
 *  An execution may be woken early or twice; whoever is woken looks at what is due. */
export class Timers {
  readonly #clock: Clock;
  readonly #wake: (key: ExecutionKey) => void;
  readonly #heap: Entry[] = [];
  #cancel: (() => void) | undefined;
  #armedFor: Millis | undefined;

  constructor(clock: Clock, wake: (key: ExecutionKey) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  add(at: Millis, key: ExecutionKey): void {
    const heap = this.#heap;
    let i = heap.length;
    const entry = { at, key };
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry;
      if (above.at <= at) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
    if (i === 0) this.#arm();
  }

  stop(): void {
    this.#heap.length = 0;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || (this.#cancel !== undefined && this.#armedFor === first.at)) return;
    this.#cancel?.();
    this.#armedFor = first.at;
    this.#cancel = this.#clock.at(first.at, () => {
      this.#cancel = undefined;
      this.#fire();
    });
  }

  #fire(): void {
    const now = this.#clock.now();
    while (this.#heap[0] !== undefined && this.#heap[0].at <= now) this.#wake(this.#pop().key);
    this.#arm();
  }

  #pop(): Entry {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    assert(first !== undefined && last !== undefined, "the heap of timers is empty");
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && (heap[right] as Entry).at < (heap[left] as Entry).at ? right : left;
      if ((heap[child] as Entry).at >= last.at) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}
