import { HostError } from "../core/host-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a WebAssembly binary from front to back. Every read is checked against the end. */
export class Cursor {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    if (this.position >= this.end) this.fail("it ends in the middle");
    return this.bytes[this.position++] as number;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (result > 0xffff_ffff) break;
        return result;
      }
    }
    return this.fail("a number has more than 32 bits");
  }

  /** Passes over a LEB128 number of any width. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  /** A count of things that take at least one byte each. */
  count(): number {
    const count = this.u32();
    if (count > this.end - this.position)
      this.fail(`it announces ${count} items and has room for ${this.end - this.position}`);
    return count;
  }

  list<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let left = this.count(); left > 0; left--) items.push(item());
    return items;
  }

  text(): string {
    const length = this.count();
    const from = this.position;
    this.position += length;
    try {
      return utf8.decode(this.bytes.subarray(from, from + length));
    } catch {
      this.position = from;
      return this.fail("a name is not UTF-8");
    }
  }

  /** A part with its length in front; the cursor goes on behind it. */
  part(): Cursor {
    const length = this.u32();
    if (length > this.end - this.position) this.fail(`a section of ${length} bytes reaches beyond the end`);
    const part = new Cursor(this.bytes, this.position, this.position + length);
    this.position = part.end;
    return part;
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.position, this.end);
  }

  fail(why: string): never {
    throw new HostError("component-invalid", `the component can't be read at byte ${this.position}: ${why}`, {
      hint: "build it again; it may have been cut off or changed",
    });
  }
}
