import type { ExecutionId } from "./ids.ts";
import { Line, type Place } from "./line.ts";

interface Owner<T, Id> {
  readonly id: Id;
  readonly line: Line<Waiting<T, Id>>;
}

interface Waiting<T, Id> {
  readonly value: T;
  readonly owner: Owner<T, Id>;
}

/** Values that wait, each for its owner, which is a top-level execution unless said otherwise. Owners take turns, one value a
 *  turn; the values of one come in their order. A value waits once at most. */
export class FairQueue<T, Id = ExecutionId> {
  #turns = new Line<Owner<T, Id>>();
  readonly #owners = new Map<Id, Place<Owner<T, Id>>>();
  readonly #places = new Map<T, Place<Waiting<T, Id>>>();

  get size(): number {
    return this.#places.size;
  }

  /** Does nothing when the value waits already. */
  add(id: Id, value: T): void {
    if (this.#places.has(value)) return;
    const owner = this.#owners.get(id)?.value ?? this.#wait({ id, line: new Line() });
    this.#places.set(value, owner.line.add({ value, owner }));
  }

  /** The value whose turn it is; it waits no more, and its owner is the last in turn. */
  take(): T | undefined {
    const first = this.#turns.first?.line.first;
    if (first === undefined) return undefined;
    this.delete(first.value);
    const turn = this.#owners.get(first.owner.id);
    if (turn !== undefined) {
      this.#turns.leave(turn);
      this.#wait(turn.value);
    }
    return first.value;
  }

  /** Whether it was waiting. */
  delete(value: T): boolean {
    const place = this.#places.get(value);
    if (place === undefined) return false;
    const { owner } = place.value;
    this.#places.delete(value);
    owner.line.leave(place);
    const turn = this.#owners.get(owner.id);
    if (turn !== undefined && owner.line.isEmpty) {
      this.#turns.leave(turn);
      this.#owners.delete(owner.id);
    }
    return true;
  }

  clear(): void {
    this.#turns = new Line();
    this.#owners.clear();
    this.#places.clear();
  }

  #wait(owner: Owner<T, Id>): Owner<T, Id> {
    this.#owners.set(owner.id, this.#turns.add(owner));
    return owner;
  }
}
