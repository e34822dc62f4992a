/** Guests that call where they may not: back into themselves, and out of their allocator or post-return function. */
import { describe, expect, test } from "vitest";
import { GuestTrap } from "../../host/ports/components.ts";
import { allocator, instantiate, load } from "../support/wat.ts";

describe("a component that enters itself by way of another", () => {
  /** `run` calls the child, and the child calls `run`, through a table since neither is there before the other. */
  const endless = `
    (type $f (func))
    (core module $table (table (export "t") 1 funcref))
    (core instance $table (instantiate $table))
    (core module $own (import "t" "t" (table 1 funcref)) (type $void (func))
      (func (export "run") (call_indirect (type $void) (i32.const 0))))
    (core instance $own (instantiate $own (with "t" (instance $table))))
    (func $run (canon lift (core func $own "run")))
    (component $child (import "back" (func $back))
      (core func $lowered (canon lower (func $back)))
      (core module $c (import "" "back" (func $back)) (func (export "go") (call $back)))
      (core instance $c (instantiate $c (with "" (instance (export "back" (func $lowered))))))
      (func (export "go") (canon lift (core func $c "go"))))
    (instance $child (instantiate $child (with "back" (func $run))))
    (core func $go (canon lower (func $child "go")))
    (core module $fill (import "t" "t" (table 1 funcref)) (import "" "go" (func $go)) (elem (i32.const 0) func $go))
    (core instance (instantiate $fill (with "t" (instance $table)) (with "" (instance (export "go" (func $go))))))
    (export "run" (func $run))`;

  test("is stopped at the first turn, whatever fuel it has", async () => {
    const guest = instantiate(await load(endless), {}, { fuel: 1_000_000_000_000 });
    await expect(guest.call("$root", "run", [])).rejects.toThrow(/called again from within a call of its own/);
    expect(guest.fuelUsed()).toBeLessThan(10);
  });

  test("may call the other again and again", async () => {
    const calls = `
      (component $child
        (core module $c (func (export "go")))
        (core instance $c (instantiate $c))
        (func (export "go") (canon lift (core func $c "go"))))
      (instance $child (instantiate $child))
      (core func $go (canon lower (func $child "go")))
      (core module $own (import "" "go" (func $go)) (func (export "run") (call $go) (call $go)))
      (core instance $own (instantiate $own (with "" (instance (export "go" (func $go))))))
      (func (export "run") (canon lift (core func $own "run")))`;
    const guest = instantiate(await load(calls));
    for (const _ of [1, 2]) expect(await guest.call("$root", "run", [])).toBe(undefined);
  });
});

describe("components that call each other in a row", () => {
  const row = (length: number) => `
    (component $last
      (core module $c (func (export "go") (param i32) (if (local.get 0) (then (unreachable)))))
      (core instance $c (instantiate $c))
      (func (export "go") (param "trap" bool) (canon lift (core func $c "go"))))
    (component $one (import "next" (func $next (param "trap" bool)))
      (core func $next (canon lower (func $next)))
      (core module $c (import "" "next" (func $next (param i32)))
        (func (export "go") (param i32) (call $next (local.get 0))))
      (core instance $c (instantiate $c (with "" (instance (export "next" (func $next))))))
      (func (export "go") (param "trap" bool) (canon lift (core func $c "go"))))
    (instance $i0 (instantiate $last))
    ${Array.from({ length }, (_, i) => `(instance $i${i + 1} (instantiate $one (with "next" (func $i${i} "go"))))`).join("\n")}
    (export "go" (func $i${length} "go"))`;

  test.each([10, 450])("end as one when the last of %i does", async (length) => {
    const loaded = await load(row(length));
    const guest = instantiate(loaded);
    expect(await guest.call("$root", "go", [false])).toBe(undefined);
    await expect(instantiate(loaded).call("$root", "go", [true])).rejects.toThrow(GuestTrap);
  });
});

/** `run` takes a string, for which the guest's allocator is called; it does `inAllocator`, post-return `inReturn`. */
const leaving = (inAllocator: string, inReturn: string) => `
  (import "out" (func $out))
  (type $r (resource (rep i32)))
  (core func $out (canon lower (func $out)))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (core module $code
    (import "" "out" (func $out)) (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (memory (export "memory") 1)
    (func $start (drop (call $new (i32.const 7))))
    (start $start)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${inAllocator} (i32.const 1024))
    (func (export "run") (param i32 i32) (result i32) (i32.const 0))
    (func (export "after") (param i32) ${inReturn}))
  (core instance $c (instantiate $code (with "" (instance
    (export "out" (func $out)) (export "new" (func $new)) (export "drop" (func $drop))))))
  (func (export "run") (param "text" string) (result u32) (canon lift (core func $c "run")
    (memory (core memory $c "memory")) (realloc (core func $c "realloc")) (post-return (core func $c "after"))))`;

describe("an allocator and a post-return function", () => {
  const acts = {
    "call the host": "(call $out)",
    "make a resource": "(drop (call $new (i32.const 1)))",
    "drop a resource": "(call $drop (i32.const 1))",
  };
  const everywhere = Object.entries(acts).flatMap(([what, act]) => [
    [`${what} from the allocator`, leaving(act, "")] as const,
    [`${what} from post-return`, leaving("", act)] as const,
  ]);

  test.each(everywhere)("may not %s", async (_what, text) => {
    let reached = 0;
    const guest = instantiate(await load(text), { $root: { out: () => void reached++ } });
    await expect(guest.call("$root", "run", ["x"])).rejects.toThrow(/from its allocator or a post-return function/);
    expect(reached).toBe(0);
    await expect(guest.call("$root", "run", ["x"])).rejects.toThrow(GuestTrap);
  });

  test("may otherwise do what they like", async () => {
    const busy = "(i32.store (i32.const 0) (i32.const -1))";
    const guest = instantiate(await load(leaving(busy, busy)), { $root: { out: () => undefined } });
    expect(await guest.call("$root", "run", ["x"])).toBe(0);
    expect(await guest.call("$root", "run", ["x"])).toBe(0);
  });

  test.each<[what: string, at: string]>([
    ["beyond the memory", "(i32.const 0x7fffffff)"],
    ["at the end of all addresses", "(i32.const -1)"],
  ])("that gives room %s is trapped", async (_what, at) => {
    const lying = `${allocator}
      (core module $code
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${at})
        (func (export "run") (param i32 i32)))
      (core instance $c (instantiate $code))
      (func (export "run") (param "text" string) (canon lift (core func $c "run")
        (memory $mem) (realloc (core func $c "realloc"))))`;
    const guest = instantiate(await load(lying));
    await expect(guest.call("$root", "run", ["x"])).rejects.toThrow(/beyond its memory/);
  });
});
