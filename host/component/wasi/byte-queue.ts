import type { HeldBytes } from "./held-bytes.ts";

/** The smallest block. */
const blockBytesMin = 4 * 1024;

/** What a block costs the host apart from its bytes. */
const blockCost = 256;

interface Block {
  readonly bytes: Uint8Array;
  /** What of it waits. */
  from: number;
  to: number;
}

/** Bytes that wait, in their order. They are copied into blocks, since a piece of one byte may keep alive all that came
 *  with it: so what is counted is what is held, however small the pieces are. */
export class ByteQueue {
  readonly #held: HeldBytes;
  readonly #blocks: Block[] = [];
  #length = 0;

  constructor(held: HeldBytes) {
    this.#held = held;
  }

  get length(): number {
    return this.#length;
  }

  /** Throws GuestTrap when the host holds too much for the guest. */
  push(bytes: Uint8Array): void {
    const last = this.#blocks.at(-1);
    const fitting = bytes.subarray(0, last === undefined ? 0 : last.bytes.length - last.to);
    const rest = bytes.subarray(fitting.length);
    if (rest.length > 0) this.#extend(rest);
    last?.bytes.set(fitting, last.to);
    if (last !== undefined) last.to += fitting.length;
    this.#length += bytes.length;
  }

  /** The first of them, at most so many. */
  take(max: number): Uint8Array {
    const first = this.#blocks[0];
    if (first === undefined) return new Uint8Array();
    const bytes = first.bytes.subarray(first.from, Math.min(first.to, first.from + max));
    first.from += bytes.length;
    this.#length -= bytes.length;
    if (first.from === first.to) this.#forget(this.#blocks.splice(0, 1));
    return bytes;
  }

  /** All of them, which go on waiting. */
  all(): Buffer {
    return Buffer.concat(this.#blocks.map(({ bytes, from, to }) => bytes.subarray(from, to)));
  }

  skip(length: number): void {
    for (let left = length; left > 0; ) left -= this.take(left).length;
  }

  clear(): void {
    this.#forget(this.#blocks.splice(0));
    this.#length = 0;
  }

  #extend(bytes: Uint8Array): void {
    const size = Math.max(bytes.length, blockBytesMin);
    this.#held.add(size + blockCost);
    const block = { bytes: new Uint8Array(size), from: 0, to: bytes.length };
    block.bytes.set(bytes);
    this.#blocks.push(block);
  }

  #forget(blocks: readonly Block[]): void {
    for (const { bytes } of blocks) this.#held.remove(bytes.length + blockCost);
  }
}
