import { assert } from "./assert.ts";
import { murmur128, rotate } from "./murmur.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The same numbers for the same seed, on any machine and in any version: histories depend on it. xoshiro128** 1.1
 *  (D. Blackman and S. Vigna, prng.di.unimi.it), its state the MurmurHash3_x86_128 of the seed (A. Appleby). Not for secrets. */
export class RandomGenerator {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: string) {
    [this.#a, this.#b, this.#c, this.#d] = murmur128(new TextEncoder().encode(seed), 0);
    // A state of zeros would stay so.
    if ((this.#a | this.#b | this.#c | this.#d) === 0) this.#a = 1;
  }

  /** Uniform in [0, 2^32). */
  u32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  /** Uniform in [0, 2^64). */
  u64(): bigint {
    const high = BigInt(this.u32());
    return (high << 32n) | BigInt(this.u32());
  }

  /** Uniform in [0, bound), for a bound from 1 to 2^64. */
  below(bound: bigint): bigint {
    assert(bound >= 1n && bound <= 1n << 64n, `${bound} bounds no range of 64 bits`);
    if (bound <= 0x1_0000_0000n) return BigInt(this.#below(Number(bound)));
    // A draw of just enough bits is kept when it is in range: at worst every second one is not.
    const spare = BigInt(64 - (bound - 1n).toString(2).length);
    for (;;) {
      const drawn = this.u64() >> spare;
      if (drawn < bound) return drawn;
    }
  }

  /** Letters and digits. */
  text(length: number): string {
    let text = "";
    for (let i = 0; i < length; i++) text += alphabet.charAt(this.#below(alphabet.length));
    return text;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0, word = 0; i < length; i++, word >>>= 8) {
      if (i % 4 === 0) word = this.u32();
      bytes[i] = word;
    }
    return bytes;
  }

  /** As `below`, for a bound from 1 to 2^32. */
  #below(bound: number): number {
    if (bound === 1) return 0;
    const spare = Math.clz32(bound - 1);
    for (;;) {
      const drawn = this.u32() >>> spare;
      if (drawn < bound) return drawn;
    }
  }
}
