import type { ExecutionId } from "./ids.ts";
import { Line, type Place } from "./line.ts";

interface Root<T> {
  readonly id: ExecutionId;
  readonly line: Line<Waiting<T>>;
}

interface Waiting<T> {
  readonly value: T;
  readonly root: Root<T>;
}

/** Values that wait, each for the top-level execution that it belongs to. These take turns, one value a turn; the values
 *  of one come in their order. A value waits once at most. */
export class FairQueue<T> {
  #turns = new Line<Root<T>>();
  readonly #roots = new Map<ExecutionId, Place<Root<T>>>();
  readonly #places = new Map<T, Place<Waiting<T>>>();

  get size(): number {
    return this.#places.size;
  }

  /** Does nothing when the value waits already. */
  add(id: ExecutionId, value: T): void {
    if (this.#places.has(value)) return;
    const root = this.#roots.get(id)?.value ?? this.#wait({ id, line: new Line() });
    this.#places.set(value, root.line.add({ value, root }));
  }

  /** The value whose turn it is; it waits no more, and its root is the last in turn. */
  take(): T | undefined {
    const first = this.#turns.first?.line.first;
    if (first === undefined) return undefined;
    this.delete(first.value);
    const turn = this.#roots.get(first.root.id);
    if (turn !== undefined) {
      this.#turns.leave(turn);
      this.#wait(turn.value);
    }
    return first.value;
  }

  delete(value: T): void {
    const place = this.#places.get(value);
    if (place === undefined) return;
    const { root } = place.value;
    this.#places.delete(value);
    root.line.leave(place);
    const turn = this.#roots.get(root.id);
    if (turn === undefined || !root.line.isEmpty) return;
    this.#turns.leave(turn);
    this.#roots.delete(root.id);
  }

  clear(): void {
    this.#turns = new Line();
    this.#roots.clear();
    this.#places.clear();
  }

  #wait(root: Root<T>): Root<T> {
    this.#roots.set(root.id, this.#turns.add(root));
    return root;
  }
}
