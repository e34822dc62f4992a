import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { murmur128 } from "../../host/core/murmur.ts";
import { RandomGenerator } from "../../host/core/random.ts";

describe("MurmurHash3_x86_128", () => {
  test.each([
    ["", 0, "00000000000000000000000000000000"],
    ["", 123, "fedc524526f3e79926f3e79926f3e799"],
    ["Hello, world!", 123, "61c9129e5a1aacd7a41621629e37c886"],
    ["The quick brown fox jumps over the lazy dog", 0, "2f1583c3ecee2c675d7bf66ce5e91d2c"],
  ])("of %j with the seed %i", (text, seed, words) => {
    const hash = murmur128(new TextEncoder().encode(text), seed);
    expect(hash.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("")).toBe(words);
  });
});

describe("a generator", () => {
  test("draws the same for the same seed for ever: histories depend on it", () => {
    const generator = new RandomGenerator("E_01K42AJA8QHD7D3GTJAYMASFY0 draw 1");
    expect([
      generator.u64(),
      generator.below(6n),
      generator.below(1n << 40n),
      generator.text(12),
    ]).toMatchInlineSnapshot(`
      [
        18278887167580874941n,
        0n,
        796657365776n,
        "7BxV6DibZZ08",
      ]
    `);
    expect([...generator.bytes(7)]).toMatchInlineSnapshot(`
      [
        248,
        182,
        81,
        172,
        154,
        167,
        238,
      ]
    `);
  });

  test("draws otherwise for another seed", () => {
    const first = (seed: string) => new RandomGenerator(seed).u64();
    expect(new Set(Array.from({ length: 1_000 }, (_, i) => first(`draw ${i}`))).size).toBe(1_000);
  });

  test("stays within its range, whatever the range", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.bigInt({ min: 1n, max: 1n << 64n }),
        fc.integer({ min: 1, max: 64 }),
        (seed, n, bits) => {
          const generator = new RandomGenerator(seed);
          for (const bound of [n, 1n << BigInt(bits)]) {
            const drawn = generator.below(bound);
            expect(drawn >= 0n && drawn < bound).toBe(true);
          }
        },
      ),
    );
  });

  // Chi-squared against equal shares. The seeds are fixed, so the verdict is the same on every run.
  test.each([2n, 3n, 6n, 62n, 100n, 1_000n])("gives every number below %d its share", (bound) => {
    const generator = new RandomGenerator(`share of ${bound}`);
    const draws = 50 * Number(bound) + 10_000;
    const counts = Array.from({ length: Number(bound) }, () => 0);
    for (let i = 0; i < draws; i++) counts[Number(generator.below(bound))]! += 1;
    const share = draws / Number(bound);
    const chiSquared = counts.reduce((sum, count) => sum + (count - share) ** 2 / share, 0);
    const freedom = Number(bound) - 1;
    expect(chiSquared).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom) + 5);
  });

  test("reaches both halves of a range that is no power of two and larger than 32 bits", () => {
    const generator = new RandomGenerator("halves");
    const bound = (1n << 63n) + 1n;
    const upper = Array.from({ length: 1_000 }, () => generator.below(bound)).filter((drawn) => drawn > bound / 2n);
    expect(upper.length).toBeGreaterThan(400);
    expect(upper.length).toBeLessThan(600);
  });

  test("writes letters and digits, and all of them", () => {
    const text = new RandomGenerator("text").text(10_000);
    expect(text).toMatch(/^[A-Za-z0-9]{10000}$/);
    expect(new Set(text).size).toBe(62);
    expect(new RandomGenerator("text").text(0)).toBe("");
  });

  test("fills as many bytes as are asked for", () => {
    for (const length of [0, 1, 3, 4, 5, 1_000]) expect(new RandomGenerator("bytes").bytes(length).length).toBe(length);
    expect(new Set(new RandomGenerator("bytes").bytes(10_000)).size).toBe(256);
  });

  test.each([0n, -1n, (1n << 64n) + 1n])("refuses the bound %d", (bound) => {
    expect(() => new RandomGenerator("").below(bound)).toThrow("bounds no range");
  });
});
