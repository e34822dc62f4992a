import { GuestTrap } from "../ports/components.ts";
import type { HandleTable } from "./handles.ts";
import type { CanonOptions } from "./plan.ts";

/** A guest's memory as the canonical ABI uses it, for one lifted or lowered function. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory | undefined;
  readonly #realloc: ((old: number, oldSize: number, align: number, size: number) => number) | undefined;
  readonly encoding: CanonOptions["encoding"];
  readonly handles: HandleTable;
  #buffer: ArrayBuffer | undefined;
  bytes: Uint8Array = new Uint8Array();
  view: DataView = new DataView(new ArrayBuffer(0));

  constructor(
    memory: WebAssembly.Memory | undefined,
    realloc: ((old: number, oldSize: number, align: number, size: number) => number) | undefined,
    encoding: CanonOptions["encoding"],
    handles: HandleTable,
  ) {
    this.#memory = memory;
    this.#realloc = realloc;
    this.encoding = encoding;
    this.handles = handles;
  }

  /** Takes up the memory as it is now: growing it leaves the old views empty. */
  refresh(): void {
    const buffer = this.#memory?.buffer;
    if (buffer === this.#buffer || buffer === undefined) return;
    this.#buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Asks the guest for room, and checks what it gives. */
  allocate(size: number, align: number): number {
    if (this.#realloc === undefined) throw new GuestTrap("the component has no allocator where one is needed");
    const pointer = this.#realloc(0, 0, align, size) >>> 0;
    this.refresh();
    this.check(pointer, size, align);
    return pointer;
  }

  /** Traps unless `size` bytes at an aligned `pointer` lie within the memory. */
  check(pointer: number, size: number, align: number): void {
    if ((pointer & (align - 1)) !== 0) throw new GuestTrap(`a pointer is not aligned to ${align} bytes: ${pointer}`);
    if (pointer + size > this.bytes.length) {
      throw new GuestTrap(`a pointer leaves the memory: ${size} bytes at ${pointer} of ${this.bytes.length}`);
    }
  }
}
