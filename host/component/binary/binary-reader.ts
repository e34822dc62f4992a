import { HostError } from "../../core/host-error.ts";
import { Effort } from "./effort.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The component is malformed: what was found, and where in its bytes. */
export function malformed(at: number, found: string): HostError {
  return new HostError("component-invalid", `the component is malformed at byte ${at}: ${found}`, {
    hint: "build it again; the file may have been cut short or changed",
  });
}

/** The component is well formed and needs something that the host does not have. */
export function unsupported(what: string, hint?: string): HostError {
  return new HostError("component-refused", what, hint === undefined ? {} : { hint });
}

const shownMax = 100;

/** A name of the component's own in a sentence: cut, and without characters that mean something to a terminal. */
export function shown(name: string): string {
  const cut = name.length > shownMax ? `${name.slice(0, shownMax)}…` : name;
  return JSON.stringify(cut).replaceAll(/[^ -~…]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Reads a part of a WebAssembly binary from front to back; no read passes its end. Throws HostError `component-invalid`. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** What all parts of the same whole may cost together. */
  readonly effort: Effort;
  /** Where the next read begins, counted from the start of the file. */
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length, effort = new Effort()) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.effort = effort;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) this.fail("it ends where a byte is wanted");
    return this.bytes[this.at++] as number;
  }

  peek(): number {
    if (this.at >= this.end) this.fail("it ends where a byte is wanted");
    return this.bytes[this.at] as number;
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(): number {
    const from = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      if (value > 0xffff_ffff) break;
      return value;
    }
    return this.fail("a number does not fit 32 bits", from);
  }

  /** Passes over a LEB128 number of up to 64 bits. */
  skipNumber(): void {
    const from = this.at;
    for (let bytes = 0; bytes < 10; bytes++) if (this.byte() < 0x80) return;
    this.fail("a number does not fit 64 bits", from);
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.at) this.fail(`${bytes} bytes are announced where ${this.end - this.at} are left`);
    this.at += bytes;
  }

  /** A count of things that take at least one byte each: a lie is found before anything is made for it. */
  count(): number {
    const from = this.at;
    const count = this.u32();
    if (count > this.end - this.at)
      this.fail(`${count} items are announced where ${this.end - this.at} bytes are left`, from);
    return count;
  }

  list<Item>(item: () => Item): Item[] {
    const items: Item[] = [];
    let left = this.count();
    this.effort.spend(left);
    for (; left > 0; left--) items.push(item());
    return items;
  }

  optional<Item>(item: () => Item): Item | undefined {
    const from = this.at;
    const flag = this.byte();
    if (flag > 1) this.fail(`0x${flag.toString(16)} stands where 0 or 1 is wanted`, from);
    return flag === 0 ? undefined : item();
  }

  name(): string {
    const from = this.at;
    const length = this.count();
    this.at += length;
    try {
      return utf8.decode(this.bytes.subarray(this.at - length, this.at));
    } catch {
      return this.fail("a name is not UTF-8", from);
    }
  }

  /** A part with its length in front; this reader goes on behind it. */
  part(): BinaryReader {
    const length = this.u32();
    const from = this.at;
    this.skip(length);
    return new BinaryReader(this.bytes, from, this.at, this.effort);
  }

  /** The bytes that are left. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }

  fail(found: string, at = this.at): never {
    throw malformed(at, found);
  }
}
