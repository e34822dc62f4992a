/** Rotates 32 bits to the left. */
export function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** 128 bits as four signed words of 32. */
type Words = [a: number, b: number, c: number, d: number];

const multipliers: Readonly<Words> = [0x239b961b, 0xab0e9789 | 0, 0x38b34ae5, 0xa1e38b93 | 0];
const turns: Readonly<Words> = [15, 16, 17, 18];

/** MurmurHash3_x86_128 (A. Appleby, public domain): spreads similar texts far apart. Not for secrets. */
export function murmur128(bytes: Uint8Array, seed: number): Words {
  const h: Words = [seed, seed, seed, seed];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = bytes.length - (bytes.length % 16);
  for (let i = 0; i < body; i += 16) {
    absorb(h, 0, view.getInt32(i, true));
    h[0] = (Math.imul((rotate(h[0], 19) + h[1]) | 0, 5) + 0x561ccd1b) | 0;
    absorb(h, 1, view.getInt32(i + 4, true));
    h[1] = (Math.imul((rotate(h[1], 17) + h[2]) | 0, 5) + 0x0bcaa747) | 0;
    absorb(h, 2, view.getInt32(i + 8, true));
    h[2] = (Math.imul((rotate(h[2], 15) + h[3]) | 0, 5) + 0x96cd1c35) | 0;
    absorb(h, 3, view.getInt32(i + 12, true));
    h[3] = (Math.imul((rotate(h[3], 13) + h[0]) | 0, 5) + 0x32ac3b17) | 0;
  }
  const tail = new Uint8Array(16);
  tail.set(bytes.subarray(body));
  const rest = new DataView(tail.buffer);
  for (let word = 0; word < 4; word++) absorb(h, word as 0 | 1 | 2 | 3, rest.getInt32(word * 4, true));
  for (let word = 0; word < 4; word++) h[word as 0] ^= bytes.length;
  sum(h);
  for (let word = 0; word < 4; word++) h[word as 0] = finish(h[word as 0]);
  sum(h);
  return h;
}

/** A word of zeros leaves the state as it is, so a short tail may be filled up with them. */
function absorb(h: Words, word: 0 | 1 | 2 | 3, k: number): void {
  const mixed = rotate(Math.imul(k, multipliers[word]), turns[word]);
  h[word] ^= Math.imul(mixed, multipliers[((word + 1) % 4) as 0 | 1 | 2 | 3]);
}

function sum(h: Words): void {
  h[0] = (h[0] + h[1] + h[2] + h[3]) | 0;
  h[1] = (h[1] + h[0]) | 0;
  h[2] = (h[2] + h[0]) | 0;
  h[3] = (h[3] + h[0]) | 0;
}

function finish(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
