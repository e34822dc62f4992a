/** A guest that computes asks its host again and again whether it may go on. */
import { describe, expect, test } from "vitest";
import type { Turn } from "../../host/ports/components.ts";
import { allocator, instantiate, load } from "../support/wat.ts";

const spinning = `
  (core module $code
    (import "host" "f" (func $host))
    (tag $thrown)
    (func (export "spin") (loop (br 0)))
    (func $count (export "count") (param i32) (result i32) (local i32)
      (loop $next
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get 1) (local.get 0))))
      (local.get 1))
    (func $stubborn (export "stubborn")
      (block $out (try_table (catch_all $out) (loop (br 0))))
      (loop $again (block $in (try_table (catch_all $in) (loop (br 0)))) (br $again)))
    (func (export "call") (param i32)
      (loop $next
        (call $host)
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $next (local.get 0)))))
  (core instance $c (instantiate $code (with "host" (instance (export "f" (func $f))))))
  (func (export "spin") (canon lift (core func $c "spin")))
  (func (export "stubborn") (canon lift (core func $c "stubborn")))
  (func (export "count") (param "n" u32) (result u32) (canon lift (core func $c "count")))
  (func (export "call") (param "n" u32) (canon lift (core func $c "call")))`;
const withHost = `(import "a:b/c" (instance $i (export "f" (func))))
  (core func $f (canon lower (func $i "f")))`;
const imports = { "a:b/c": { f: () => undefined } };

class Enough extends Error {}

/** Lets a guest go on some times, then ends it. */
function ending(after: number): Turn {
  let turns = 0;
  return () => {
    if (++turns > after) throw new Enough("enough");
    return undefined;
  };
}

const later = () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

describe("a guest that computes", () => {
  test.each(["spin", "stubborn"])("is ended by what its turn throws, whatever it catches: %s", async (name) => {
    const guest = instantiate(await load(withHost + spinning), imports, { fuel: 1e12 }, ending(3));
    await expect(guest.call("$root", name, [])).rejects.toThrow(Enough);
    await expect(guest.call("$root", "count", [1])).rejects.toThrow(Enough);
  });

  test("is ended when what it waits for is refused", async () => {
    const guest = instantiate(await load(withHost + spinning), imports, { fuel: 1e12 }, () =>
      Promise.reject(new Enough("enough")),
    );
    await expect(guest.call("$root", "stubborn", [])).rejects.toThrow(Enough);
  });

  test("uses the same fuel and comes to the same, however often it waits", async () => {
    const loaded = await load(withHost + spinning);
    const n = 5_000_000;
    for (const turn of [undefined, () => undefined, later]) {
      const guest = instantiate(loaded, imports, { fuel: n + 1 }, turn);
      expect(await guest.call("$root", "count", [n])).toBe(n);
      expect(guest.fuelUsed()).toBe(n + 1);
      await expect(guest.call("$root", "count", [1])).rejects.toThrow(/out of fuel/);
    }
  });

  test("of which others run meanwhile", async () => {
    const loaded = await load(withHost + spinning);
    const order: string[] = [];
    const long = instantiate(loaded, imports, {}, () => {
      order.push("turn");
      return later();
    });
    const first = long.call("$root", "count", [9_000_000]).then(() => order.push("long"));
    await later();
    const second = instantiate(loaded, imports)
      .call("$root", "count", [10])
      .then(() => order.push("short"));
    await Promise.all([first, second]);
    expect(order.indexOf("short")).toBeLessThan(order.lastIndexOf("turn"));
    expect(order.at(-1)).toBe("long");
  });

  test("has its turns too when it does nothing but call its host, for the same fuel", async () => {
    const loaded = await load(withHost + spinning);
    let turns = 0;
    const guest = instantiate(loaded, imports, {}, () => {
      turns++;
      return later();
    });
    await guest.call("$root", "call", [10_000]);
    expect(turns).toBe(Math.floor(10_000 / 64));
    const alone = instantiate(loaded, imports);
    await alone.call("$root", "call", [10_000]);
    expect(guest.fuelUsed()).toBe(alone.fuelUsed());
  });
});

describe("code that its host waits for can't wait:", () => {
  const loops =
    "(local $n i32) (loop $l (local.set $n (i32.add (local.get $n) (i32.const 1)))" +
    " (br_if $l (i32.lt_u (local.get $n) (i32.const 75000))))";

  test("start code", async () => {
    const waits: boolean[] = [];
    const text = `(core module $code (func $start ${loops}) (start $start)) (core instance (instantiate $code))`;
    instantiate(await load(text), {}, {}, (canWait) => {
      waits.push(canWait);
      return undefined;
    });
    expect(waits).toEqual([false, false]);
  });

  test("an allocator, and what cleans up after a call; the call itself can", async () => {
    const text = `${allocator}
      (core module $code
        (func (export "take") (param i32 i32) (result i32) ${loops} (local.get 1))
        (func (export "clean") (param i32) ${loops.replaceAll("75000", "50000")}))
      (core module $slow
        (import "fast" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${loops.replaceAll("75000", "112500")}
          (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3))))
      (core instance $s (instantiate $slow (with "fast" (instance $memory))))
      (alias core export $s "realloc" (core func $slowly))
      (core instance $c (instantiate $code))
      (func (export "take") (param "text" string) (result u32)
        (canon lift (core func $c "take") (memory $mem) (realloc $slowly) (post-return (core func $c "clean"))))`;
    const waits: boolean[] = [];
    const guest = instantiate(await load(text), {}, {}, (canWait) => {
      waits.push(canWait);
      return canWait ? later() : undefined;
    });
    expect(await guest.call("$root", "take", ["stele"])).toBe(5);
    expect(waits).toEqual([false, false, false, true, true, false]);
  });
});

describe("what a bulk instruction moves, but not what it adds", () => {
  const bulk = `
    (core module $code
      (memory 16)
      (table 10000 funcref)
      (data $d "0123456789")
      (elem $e func $nothing $nothing)
      (func $nothing)
      (func (export "fill") (param $n i32) (local f64) (memory.fill (i32.const 0) (i32.const 7) (local.get $n)))
      (func (export "copy") (param $n i32) (memory.copy (i32.const 8) (i32.const 0) (local.get $n)))
      (func (export "init") (param $n i32) (memory.init $d (i32.const 8) (i32.const 0) (local.get $n)))
      (func (export "table-fill") (param $n i32) (table.fill 0 (i32.const 1) (ref.null func) (local.get $n)))
      (func (export "table-copy") (param $n i32) (table.copy (i32.const 1) (i32.const 0) (local.get $n)))
      (func (export "table-init") (param $n i32) (table.init $e (i32.const 1) (i32.const 0) (local.get $n)))
      (func (export "table-grow") (param $n i32) (drop (table.grow 0 (ref.null func) (local.get $n))))
      (func (export "runs-on") (loop (br 0))))
    (core instance $c (instantiate $code))
    ${["fill", "copy", "init", "table-fill", "table-copy", "table-init", "table-grow"]
      .map((name) => `(func (export "${name}") (param "n" u32) (canon lift (core func $c "${name}")))`)
      .join("\n")}`;

  test.each<[name: string, n: number, fuel: number]>([
    ["fill", 1_000_000, 1 + 31_250],
    ["copy", 1_000_000, 1 + 31_250],
    ["init", 10, 1],
    ["fill", 0, 1],
    ["table-fill", 9_000, 9_001],
    ["table-copy", 9_000, 9_001],
    ["table-init", 2, 3],
    ["table-grow", 9_000, 1],
  ])("costs fuel: %s of %i", async (name, n, fuel) => {
    const loaded = await load(bulk);
    const guest = instantiate(loaded);
    await guest.call("$root", name, [n]);
    expect(guest.fuelUsed()).toBe(fuel);
    await instantiate(loaded, {}, { fuel }).call("$root", name, [n]);
    await expect(instantiate(loaded, {}, { fuel: fuel - 1 }).call("$root", name, [n])).rejects.toThrow(/out of fuel/);
  });
});

test("the memories of a component have their cap together", async () => {
  const text = `
    (core module $first
      (memory $a (export "a") 1) (memory $b (export "b") 1)
      (func (export "grow-b") (param i32) (result i32) (memory.grow $b (local.get 0))))
    (core instance $f (instantiate $first))
    (core module $second
      (import "f" "a" (memory $a 1))
      (memory $own 1)
      (func (export "grow-a") (param i32) (result i32) (memory.grow $a (local.get 0)))
      (func (export "grow-own") (param i32) (result i32) (memory.grow $own (local.get 0)))
      (func (export "size") (result i32) (i32.add (memory.size $a) (memory.size $own))))
    (core instance $s (instantiate $second (with "f" (instance $f))))
    (func (export "grow-b") (param "n" u32) (result s32) (canon lift (core func $f "grow-b")))
    (func (export "grow-a") (param "n" u32) (result s32) (canon lift (core func $s "grow-a")))
    (func (export "grow-own") (param "n" u32) (result s32) (canon lift (core func $s "grow-own")))
    (func (export "size") (result u32) (canon lift (core func $s "size")))`;
  const loaded = await load(text);
  const guest = instantiate(loaded, {}, { memoryBytesMax: 8 * 65_536 });
  expect(await guest.call("$root", "grow-a", [2])).toBe(1);
  expect(await guest.call("$root", "grow-b", [2])).toBe(1);
  expect(await guest.call("$root", "grow-own", [2])).toBe(-1);
  expect(await guest.call("$root", "grow-own", [1])).toBe(1);
  expect(await guest.call("$root", "grow-a", [0xffff_ffff])).toBe(-1);
  expect(await guest.call("$root", "grow-a", [0])).toBe(3);
  expect(await guest.call("$root", "size", [])).toBe(5);
  expect(() => instantiate(loaded, {}, { memoryBytesMax: 2 * 65_536 })).toThrow(/begins with 196608 bytes/);
});

describe("the tables of a component", () => {
  const tables = (entries: number) => `
    (core module $code
      (table $a ${entries} funcref) (table $b 10 20 externref)
      (func (export "grow-a") (param i32) (result i32) (table.grow $a (ref.null func) (local.get 0)))
      (func (export "grow-b") (param i32) (result i32) (table.grow $b (ref.null extern) (local.get 0))))
    (core instance $x (instantiate $code))
    (core instance $y (instantiate $code))
    ${["grow-a", "grow-b"]
      .map((name) => `(func (export "${name}") (param "n" u32) (result s32) (canon lift (core func $x "${name}")))`)
      .join("\n")}`;

  test("have their entries together, whichever of them grows", async () => {
    const guest = instantiate(await load(tables(100)), {}, { tableEntriesMax: 300 });
    expect(await guest.call("$root", "grow-a", [60])).toBe(100);
    expect(await guest.call("$root", "grow-b", [30])).toBe(-1);
    expect(await guest.call("$root", "grow-b", [10])).toBe(10);
    expect(await guest.call("$root", "grow-a", [11])).toBe(-1);
    expect(await guest.call("$root", "grow-a", [0xffff_ffff])).toBe(-1);
    expect(await guest.call("$root", "grow-a", [0])).toBe(160);
  });

  test("are refused before they are made when they begin with more", async () => {
    const loaded = await load(tables(1_000_000));
    expect(() => instantiate(loaded)).toThrow(/tables of more than the 1000000 entries/);
    expect(() => instantiate(loaded, {}, { tableEntriesMax: 2_000_020 })).not.toThrow();
  });
});

test("what the host reads of a guest costs the guest fuel", async () => {
  const text = `(import "a:b/c" (instance $i (export "take" (func (param "all" (list (list u8)))))))
    ${allocator}
    (core func $take (canon lower (func $i "take") (memory $mem) (realloc $realloc)))
    (core module $code
      (import "host" "take" (func $take (param i32 i32)))
      (func (export "give") (param i32) (call $take (i32.const 0) (local.get 0))))
    (core instance $c (instantiate $code (with "host" (instance (export "take" (func $take))))))
    (func (export "give") (param "n" u32) (canon lift (core func $c "give")))
    (func (export "turn") (canon lift (core func $memory "turn")))`.replace(
    "(core module $allocator",
    '(core module $allocator (func (export "turn") (loop (nop)))',
  );
  const guest = instantiate(await load(text), { "a:b/c": { take: () => undefined } });
  await guest.call("$root", "give", [10]);
  expect(guest.fuelUsed()).toBeLessThan(100);
  await guest.call("$root", "give", [10_000]);
  expect(guest.fuelUsed()).toBeGreaterThan(80_000);
});

test.each<[what: string, code: string, fuel: number]>([
  ["calls that each do much", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (call $again)", 100_000],
  ["calls of one other function", "(call $again)", 1_000],
])("fuel ends %s", async (_what, code, fuel) => {
  const text = `
    (core module $code (memory 1) (func $again (export "run") ${code}))
    (core instance $c (instantiate $code))
    (func (export "run") (canon lift (core func $c "run")))`;
  const guest = instantiate(await load(text), {}, { fuel });
  await expect(guest.call("$root", "run", [])).rejects.toThrow(/out of fuel/);
});
