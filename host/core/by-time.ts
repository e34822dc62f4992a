import { assert } from "./assert.ts";
import type { Millis } from "./ids.ts";

/** A value that waits for its time. */
export interface Timed<T> {
  readonly at: Millis;
  readonly value: T;
}

interface Entry<T> extends Timed<T> {
  /** Among those of one time. */
  readonly place: number;
  /** Where it is in the heap. */
  index: number;
}

/** Values in the order of their times, those of one time in the order in which they came. A binary heap: a million are
 *  small, finding the first costs nothing, and any may leave as fast as it came. */
export class ByTime<T> {
  readonly #heap: Entry<T>[] = [];
  #places = 0;

  get size(): number {
    return this.#heap.length;
  }

  get first(): Timed<T> | undefined {
    return this.#heap[0];
  }

  /** Returns what it is deleted by. */
  add(at: Millis, value: T): Timed<T> {
    const entry = { at, place: this.#places++, value, index: this.#heap.length };
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  takeFirst(): T {
    const first = this.#heap[0];
    assert(first !== undefined, "nothing is there to be taken");
    this.delete(first);
    return first.value;
  }

  /** Deletes what `add` returned, once and not after it was taken. */
  delete(timed: Timed<T>): void {
    const entry = timed as Entry<T>;
    assert(this.#heap[entry.index] === entry, "it is deleted, or was taken");
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.index);
    this.#rise(last);
    this.#sink(last);
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

  #put(entry: Entry<T>, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }

  #rise(entry: Entry<T>): void {
    let { index } = entry;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent] as Entry<T>;
      if (!isBefore(entry, above)) break;
      this.#put(above, index);
      index = parent;
    }
    this.#put(entry, index);
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let { index } = entry;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right] as Entry<T>, heap[left] as Entry<T>) ? right : left;
      if (!isBefore(heap[least] as Entry<T>, entry)) break;
      this.#put(heap[least] as Entry<T>, index);
      index = least;
    }
    this.#put(entry, index);
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.place < b.place);
}
