/** Values that are small in a guest and large in the host, and values that are none. */
import { describe, expect, test } from "vitest";
import { allocator, instantiate, load } from "../support/wat.ts";

const fields = (count: number) => Array.from({ length: count }, (_, i) => `(field "f${i}" u8)`).join(" ");

/** `give` returns a list of `outer` lists that are all the same `inner` items, at `at`. */
const aliased = (types: string, at: number, inner: number, outer: number) => `${allocator}
  ${types}
  (core module $code (import "" "memory" (memory 2))
    (func (export "give") (result i32) (local $i i32)
      (loop $next
        (i32.store (i32.add (i32.const 65536) (i32.mul (local.get $i) (i32.const 8))) (i32.const ${at}))
        (i32.store (i32.add (i32.const 65540) (i32.mul (local.get $i) (i32.const 8))) (i32.const ${inner}))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const ${outer}))))
      (i32.store (i32.const 16) (i32.const 65536))
      (i32.store (i32.const 20) (i32.const ${outer}))
      (i32.const 16)))
  (core instance $c (instantiate $code (with "" (instance $memory))))
  (func (export "give") (result (list (list $t))) (canon lift (core func $c "give") (memory $mem)))`;

describe("a guest that returns the same part many times over", () => {
  const exported = (type: string) => `(type $own ${type}) (export $t "t" (type $own))`;

  test.each<[what: string, types: string, inner: number]>([
    ["wide records", exported(`(record ${fields(1_000)})`), 50],
    ["flags", exported(`(flags ${Array.from({ length: 32 }, (_, i) => `"f${i}"`).join(" ")})`), 10_000],
    ["tuples of tuples", `(type $p (tuple u8 u8 u8 u8)) (type $t (tuple $p $p $p $p $p $p $p $p))`, 1_500],
    ["numbers", `(type $t u8)`, 60_000],
    ["texts", `(type $t string)`, 7_000],
  ])("of %s is ended before the host has them all", async (_what, types, inner) => {
    const guest = instantiate(await load(aliased(types, 1024, inner, 8_000)));
    await expect(guest.call("$root", "give", [])).rejects.toThrow(/more than \d+ bytes in one call/);
  });

  test("a few times, is given them", async () => {
    const guest = instantiate(await load(aliased(`(type $t u8)`, 1024, 3, 2)));
    expect(await guest.call("$root", "give", [])).toEqual([new Uint8Array(3), new Uint8Array(3)]);
  });
});

describe("a guest that returns what is no value of its type", () => {
  const returning = (type: string, bits: string) => `
    (core module $code (func (export "give") (result i32) (i32.const ${bits})))
    (core instance $c (instantiate $code))
    (func (export "give") (result ${type}) (canon lift (core func $c "give")))`;

  test.each<[type: string, bits: string, end: RegExp]>([
    ["char", "0xd800", /char|surrogate|55296/i],
    ["char", "0x110000", /char|1114112/i],
    ["char", "-1", /char|4294967295/i],
    ['(enum "a" "b")', "2", /case 2/],
    ['(enum "a" "b")', "-1", /case 4294967295/],
  ])("%s of %s is trapped", async (type, bits, end) => {
    const named = type.startsWith("(") ? `(type $t ${type}) (export $e "t" (type $t))` : "";
    const guest = instantiate(await load(named + returning(named === "" ? type : "$e", bits)));
    await expect(guest.call("$root", "give", [])).rejects.toThrow(end);
  });

  test.each<[type: string, bits: string, value: unknown]>([
    ["bool", "2", true],
    ["u8", "0xffffff01", 1],
    ["s8", "0x180", -128],
    ["u16", "-1", 65_535],
  ])("%s of %s is cut to its bits", async (type, bits, value) => {
    const guest = instantiate(await load(returning(type, bits)));
    expect(await guest.call("$root", "give", [])).toBe(value);
  });
});
