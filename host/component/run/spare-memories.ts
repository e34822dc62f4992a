/** A memory of more is not kept: to empty it takes longer than to make another. 256 KiB. */
const pagesMax = 4;
/** Together 8 MB at most. Each reserves gigabytes of addresses too, and a process has room for some 16,000. */
const sparesMax = 32;

/** Memories of guests that have returned, emptied, for the next guests in the same thread, of whatever component. To make one
 *  takes a reservation of address space and soon a collection of garbage: a fifth of what an activity of a small guest takes. */
export class SpareMemories {
  /** By their first and their most pages. */
  readonly #spares = new Map<string, WebAssembly.Memory[]>();
  #count = 0;

  /** For when no other memory can be made. */
  clear(): void {
    this.#spares.clear();
    this.#count = 0;
  }

  take(min: number, max: number): WebAssembly.Memory | undefined {
    const memory = this.#spares.get(`${min}-${max}`)?.pop();
    if (memory !== undefined) this.#count--;
    return memory;
  }

  /** `memory` must never be written again by the guest that had it. One that has grown is not kept: it can't shrink. */
  give(memory: WebAssembly.Memory, min: number, max: number): void {
    const { buffer } = memory;
    if (min > pagesMax || buffer.byteLength !== min * 65_536) return;
    const place = `${min}-${max}`;
    if (this.#count === sparesMax) {
      if ((this.#spares.get(place)?.length ?? 0) > 0) return;
      this.clear(); // those of guests that come no more would stay for ever
    }
    new Uint8Array(buffer).fill(0);
    const spares = this.#spares.get(place);
    if (spares === undefined) this.#spares.set(place, [memory]);
    else spares.push(memory);
    this.#count++;
  }
}
