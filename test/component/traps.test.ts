import { beforeAll, describe, expect, test } from "vitest";
import { GuestTrap, type LoadedComponent, OutOfFuel } from "../../host/ports/components.ts";
import { allocator, instantiate, load } from "../support/wat.ts";

/** Hands back whatever it is told to, so that each wrong value can be tried. */
const hostile = `
  ${allocator}
  (core module $code
    (import "memory" "memory" (memory 2))
    (func (export "same") (param i32) (result i32) local.get 0)
    (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func (export "trap") unreachable)
    (func (export "divide") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
    (func $recurse (export "recurse") (param i32) (result i32)
      (i32.add (call $recurse (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
    (func (export "spin") (loop (br 0))))
  (core instance $c (instantiate $code (with "memory" (instance $memory))))
  (type $shape' (variant (case "number" u32) (case "text" string)))
  (export $shape "shape" (type $shape'))
  (type $colour' (enum "red" "green"))
  (export $colour "colour" (type $colour'))
  (func (export "string-at") (param "at" u32) (result string) (canon lift (core func $c "same") (memory $mem)))
  (func (export "utf16-at") (param "at" u32) (result string)
    (canon lift (core func $c "same") (memory $mem) string-encoding=utf16))
  (func (export "list-at") (param "at" u32) (result (list u32)) (canon lift (core func $c "same") (memory $mem)))
  (func (export "strings-at") (param "at" u32) (result (list string)) (canon lift (core func $c "same") (memory $mem)))
  (func (export "shape-at") (param "at" u32) (result $shape) (canon lift (core func $c "same") (memory $mem)))
  (func (export "colour-of") (param "bits" u32) (result $colour) (canon lift (core func $c "same")))
  (func (export "char-of") (param "bits" u32) (result char) (canon lift (core func $c "same")))
  (func (export "bool-of") (param "bits" u32) (result bool) (canon lift (core func $c "same")))
  (func (export "byte-of") (param "bits" u32) (result s8) (canon lift (core func $c "same")))
  (func (export "poke") (param "at" u32) (param "value" u32) (canon lift (core func $c "poke")))
  (func (export "trap") (canon lift (core func $c "trap")))
  (func (export "divide") (param "by" u32) (result u32) (canon lift (core func $c "divide")))
  (func (export "recurse") (param "depth" u32) (result u32) (canon lift (core func $c "recurse")))
  (func (export "spin") (canon lift (core func $c "spin")))`;

let loaded: LoadedComponent;
beforeAll(async () => {
  loaded = await load(hostile);
});

/** Writes words into the guest's memory, then calls a function that points there. */
async function withMemory(words: Readonly<Record<number, number>>, name: string, at: number): Promise<unknown> {
  const guest = instantiate(loaded);
  for (const [address, word] of Object.entries(words)) await guest.call("$root", "poke", [Number(address), word]);
  return guest.call("$root", name, [at]);
}

/** Where the guest's memory ends. */
const end = 2 * 65_536;

describe("values from the guest", () => {
  test.each<[what: string, name: string, at: number, words: Record<number, number>, expected: unknown]>([
    ["a string", "string-at", 16, { 16: 32, 20: 3, 32: 0x636261 }, "abc"],
    ["an empty string at the very end", "string-at", 16, { 16: end, 20: 0 }, ""],
    ["a UTF-16 string", "utf16-at", 16, { 16: 32, 20: 2, 32: 0x62_0061 }, "ab"],
    ["a list", "list-at", 16, { 16: 32, 20: 2, 32: 7, 36: 0xffff_ffff }, Uint32Array.of(7, 0xffff_ffff)],
    ["a variant", "shape-at", 16, { 16: 0, 20: 5 }, { tag: "number", val: 5 }],
    ["a bool that is neither 0 nor 1", "bool-of", 2, {}, true],
    ["an s8 with more bits", "byte-of", 0x1ff, {}, -1],
    ["a char", "char-of", 0x1f600, {}, "😀"],
  ])("%s is taken as it is", async (_what, name, at, words, expected) => {
    expect(await withMemory(words, name, at)).toEqual(expected);
  });

  test.each<[what: string, name: string, at: number, words: Record<number, number>, message: RegExp]>([
    ["an unaligned result", "string-at", 17, {}, /address 17, which is not aligned to 4/],
    ["a result beyond the memory", "string-at", end - 4, {}, /8 bytes at 131068, beyond its memory/],
    ["a result at the end of the addresses", "string-at", 0xffff_fffc, {}, /beyond its memory/],
    ["a string beyond the memory", "string-at", 16, { 16: end - 1, 20: 2 }, /2 bytes at 131071, beyond/],
    ["a string of four gigabytes", "string-at", 16, { 16: 0xffff_ffff, 20: 0xffff_ffff }, /beyond its memory/],
    [
      "a string that is not UTF-8",
      "string-at",
      16,
      { 16: 32, 20: 1, 32: 0xff },
      /1 bytes as a string that are not utf-8/,
    ],
    ["an unaligned UTF-16 string", "utf16-at", 16, { 16: 33, 20: 1 }, /address 33, which is not aligned to 2/],
    ["half of a surrogate pair", "utf16-at", 16, { 16: 32, 20: 1, 32: 0xd800 }, /not utf-16le/],
    ["an unaligned list", "list-at", 16, { 16: 33, 20: 0 }, /address 33, which is not aligned to 4/],
    ["a list beyond the memory", "list-at", 16, { 16: 32, 20: 0x4000_0000 }, /beyond its memory/],
    [
      "an unknown case of a variant",
      "shape-at",
      16,
      { 16: 2 },
      /case 2 of the variant shape\(number, text\), which has 2/,
    ],
    ["an unknown case of an enum", "colour-of", 2, {}, /case 2 of the enum colour\(red, green\), which has 2/],
    ["a surrogate as a char", "char-of", 0xd800, {}, /55296 as a char/],
    ["a char beyond Unicode", "char-of", 0x11_0000, {}, /1114112 as a char/],
  ])("%s is a trap", async (_what, name, at, words, message) => {
    await expect(withMemory(words, name, at)).rejects.toThrow(message);
    await expect(withMemory(words, name, at)).rejects.toBeInstanceOf(GuestTrap);
  });

  test("a small memory can't fill the host's by pointing to the same text over and over", async () => {
    const guest = instantiate(loaded);
    const [text, list, count] = [40_000, 4096, 3000];
    for (let i = 0; i < count; i++) {
      await guest.call("$root", "poke", [list + 8 * i, text]);
      await guest.call("$root", "poke", [list + 8 * i + 4, 60_000]);
    }
    await guest.call("$root", "poke", [16, list]);
    await guest.call("$root", "poke", [20, count]);
    await expect(guest.call("$root", "strings-at", [16])).rejects.toThrow(/more than \d+ bytes in one call/);
  });
});

describe("code that fails", () => {
  test.each<[name: string, args: unknown[], message: RegExp]>([
    ["trap", [], /^unreachable$/],
    ["divide", [0], /^divide by zero$/],
    ["recurse", [0], /nested too deep for its stack/],
  ])("%s is a GuestTrap that tells why", async (name, args, message) => {
    const call = instantiate(loaded).call("$root", name, args);
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(GuestTrap);
  });

  test("code that runs on is out of fuel", async () => {
    const call = instantiate(loaded, {}, { fuel: 100_000 }).call("$root", "spin", []);
    await expect(call).rejects.toThrow(/out of fuel: it was given 100000 function entries and loop turns/);
    await expect(call).rejects.toBeInstanceOf(OutOfFuel);
  });

  test("an instance that has trapped answers no further call, and its neighbours do", async () => {
    const [broken, whole] = [instantiate(loaded), instantiate(loaded)];
    const trap: unknown = await broken.call("$root", "trap", []).catch((error: unknown) => error);
    await expect(broken.call("$root", "divide", [1])).rejects.toBe(trap);
    expect(await whole.call("$root", "divide", [1])).toBe(1);
  });
});

describe("what the host does wrong", () => {
  test.each<[name: string, args: unknown[], message: RegExp]>([
    [
      "divide",
      ["1"],
      /\$root\.divide is called with other values than it takes: \(by\): found "1", where u32 is wanted/,
    ],
    ["divide", [-1], /\(by\): found -1, where u32/],
    ["divide", [1, 2], /found an array of 2, where 1 arguments/],
    ["no-such", [], /does not export \$root\.no-such/],
  ])("a call of %s with %j is told apart from a trap", async (name, args, message) => {
    const error: unknown = await instantiate(loaded)
      .call("$root", name, args)
      .catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(GuestTrap);
    expect(String(error)).toMatch(message);
  });
});
