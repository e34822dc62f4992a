import { GuestTrap } from "../../ports/components.ts";
import type { StringEncoding } from "../binary/syntax.ts";
import type { ComponentInstance } from "./component-instance.ts";

/** What one call may pass to the host, at most: aliased pointers could otherwise make a small memory fill the host's. */
const liftBytesMax = 128 * 1024 * 1024;

export type Allocator = (old: number, oldSize: number, align: number, size: number) => unknown;

const noMemory = new ArrayBuffer(0);

/** The memory of a guest through which the values of some functions pass, with the guest's own allocator. */
export class CanonMemory {
  readonly encoding: StringEncoding;
  readonly instance: ComponentInstance;
  /** Good until the guest runs again: growing the memory empties them. */
  bytes = new Uint8Array(noMemory);
  view = new DataView(noMemory);
  readonly #memory: WebAssembly.Memory | undefined;
  readonly #realloc: Allocator | undefined;
  readonly #lifted: (bytes: number) => void;
  #liftBytesLeft = 0;

  constructor(
    encoding: StringEncoding,
    instance: ComponentInstance,
    memory: WebAssembly.Memory | undefined,
    realloc: Allocator | undefined,
    lifted: (bytes: number) => void = () => undefined,
  ) {
    this.encoding = encoding;
    this.instance = instance;
    this.#memory = memory;
    this.#realloc = realloc;
    this.#lifted = lifted;
  }

  /** To be called whenever the host begins to pass values: the guest has run meanwhile. */
  begin(): void {
    this.#liftBytesLeft = liftBytesMax;
    if (this.bytes.length === 0) this.#look();
  }

  /** Asks the guest for room. */
  allocate(size: number, align: number): number {
    const realloc = this.#realloc;
    if (realloc === undefined) throw new GuestTrap("the component has no allocator for the values that it is given");
    const { instance } = this;
    instance.mayLeave = false;
    const at = (realloc(0, 0, align, size) as number) >>> 0;
    instance.mayLeave = true;
    if (this.bytes.length === 0) this.#look();
    this.check(at, size, align);
    return at;
  }

  /** Traps unless `size` bytes at an aligned address lie within the memory. */
  check(at: number, size: number, align: number): void {
    if (at % align !== 0)
      throw new GuestTrap(`the guest passes the address ${at}, which is not aligned to ${align} bytes`);
    if (at + size > this.bytes.length) {
      throw new GuestTrap(`the guest passes ${size} bytes at ${at}, beyond its memory of ${this.bytes.length} bytes`);
    }
  }

  /** Counts what is copied out of the guest. */
  charge(bytes: number): void {
    this.#liftBytesLeft -= bytes;
    this.#lifted(bytes);
    if (this.#liftBytesLeft < 0) throw new GuestTrap(`the guest passes more than ${liftBytesMax} bytes in one call`);
  }

  #look(): void {
    if (this.#memory === undefined) return;
    const { buffer } = this.#memory;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }
}
