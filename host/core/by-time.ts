import { assert } from "./assert.ts";
import type { Millis } from "./ids.ts";

interface Entry<T> {
  readonly at: Millis;
  readonly place: number;
  readonly value: T;
}

/** Values in the order of their times, those of one time in the order in which they came. A binary heap: a million are
 *  small, and finding the first costs nothing. */
export class ByTime<T> {
  readonly #heap: Entry<T>[] = [];
  #places = 0;

  get size(): number {
    return this.#heap.length;
  }

  get first(): { readonly at: Millis; readonly value: T } | undefined {
    return this.#heap[0];
  }

  add(at: Millis, value: T): void {
    const entry = { at, place: this.#places++, value };
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry<T>;
      if (!isBefore(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  takeFirst(): T {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    assert(first !== undefined && last !== undefined, "nothing is there to be taken");
    if (heap.length > 0) this.#sink(last);
    return first.value;
  }

  /** Those that are not later than that, in order; they stay. */
  until(at: Millis): T[] {
    const found: Entry<T>[] = [];
    const search = (i: number) => {
      const entry = this.#heap[i];
      if (entry === undefined || entry.at > at) return;
      found.push(entry);
      search(2 * i + 1);
      search(2 * i + 2);
    };
    search(0);
    return found.toSorted((a, b) => (isBefore(a, b) ? -1 : 1)).map(({ value }) => value);
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** Puts an entry where the first has been taken from, and then where it belongs. */
  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right] as Entry<T>, heap[left] as Entry<T>) ? right : left;
      if (!isBefore(heap[least] as Entry<T>, entry)) break;
      heap[i] = heap[least] as Entry<T>;
      i = least;
    }
    heap[i] = entry;
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.place < b.place);
}
