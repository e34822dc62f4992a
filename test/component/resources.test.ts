import { beforeAll, describe, expect, test } from "vitest";
import { type Guest, GuestTrap, type LoadedComponent } from "../../host/ports/components.ts";
import { instantiate, load } from "../support/wat.ts";

describe("resources of the host", () => {
  const guestOf = `
    (import "test:host/things" (instance $things
      (export "thing" (type $t (sub resource)))
      (export "[constructor]thing" (func (param "size" u32) (result (own $t))))
      (export "[method]thing.size" (func (param "self" (borrow $t)) (result u32)))
      (export "[method]thing.wait" (func (param "self" (borrow $t)) (result u32)))
      (export "[method]thing.absorb" (func (param "self" (borrow $t)) (param "other" (own $t))))
      (export "[static]thing.merge" (func (param "a" (own $t)) (param "b" (borrow $t)) (result (own $t))))))
    (alias export $things "thing" (type $t))
    (core func $new (canon lower (func $things "[constructor]thing")))
    (core func $size (canon lower (func $things "[method]thing.size")))
    (core func $wait (canon lower (func $things "[method]thing.wait")))
    (core func $merge (canon lower (func $things "[static]thing.merge")))
    (core func $absorb (canon lower (func $things "[method]thing.absorb")))
    (core func $drop (canon resource.drop $t))
    (core module $code
      (import "t" "new" (func $new (param i32) (result i32)))
      (import "t" "absorb" (func $absorb (param i32 i32)))
      (import "t" "size" (func $size (param i32) (result i32)))
      (import "t" "wait" (func $wait (param i32) (result i32)))
      (import "t" "merge" (func $merge (param i32 i32) (result i32)))
      (import "t" "drop" (func $drop (param i32)))
      (func (export "sum") (param i32 i32) (result i32) (local $a i32) (local $b i32)
        (local.set $a (call $new (local.get 0)))
        (local.set $b (call $new (local.get 1)))
        (local.set $a (call $merge (local.get $a) (local.get $b)))
        (call $drop (local.get $b))
        (call $size (local.get $a))
        (call $drop (local.get $a)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "measure") (param i32) (result i32) (call $size (local.get 0)) (call $drop (local.get 0)))
      (func (export "await") (param i32) (result i32) (call $wait (local.get 0)) (call $drop (local.get 0)))
      (func (export "keep") (param i32) (result i32) (call $size (local.get 0)))
      (func (export "twice") (param i32) (local $a i32)
        (local.set $a (call $new (local.get 0)))
        (call $drop (local.get $a))
        (call $drop (local.get $a)))
      (func (export "give-lent") (param i32) (drop (call $merge (local.get 0) (local.get 0))))
      (func (export "absorb-itself") (local $a i32)
        (local.set $a (call $new (i32.const 1)))
        (call $absorb (local.get $a) (local.get $a)))
      (func (export "merge-with-itself") (local $a i32)
        (local.set $a (call $new (i32.const 1)))
        (drop (call $merge (local.get $a) (local.get $a)))))
    (core instance $c (instantiate $code (with "t" (instance
      (export "new" (func $new)) (export "size" (func $size)) (export "wait" (func $wait)) (export "absorb" (func $absorb))
      (export "merge" (func $merge)) (export "drop" (func $drop))))))
    (func (export "sum") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $c "sum")))
    (func (export "make") (param "size" u32) (result (own $t)) (canon lift (core func $c "make")))
    (func (export "measure") (param "it" (borrow $t)) (result u32) (canon lift (core func $c "measure")))
    (func (export "await") (param "it" (borrow $t)) (result u32) (canon lift (core func $c "await")))
    (func (export "keep") (param "it" (borrow $t)) (result u32) (canon lift (core func $c "keep")))
    (func (export "twice") (param "size" u32) (canon lift (core func $c "twice")))
    (func (export "give-lent") (param "it" (borrow $t)) (canon lift (core func $c "give-lent")))
    (func (export "absorb-itself") (canon lift (core func $c "absorb-itself")))
    (func (export "merge-with-itself") (canon lift (core func $c "merge-with-itself")))`;

  let loaded: LoadedComponent;
  beforeAll(async () => {
    loaded = await load(guestOf);
  });

  function world() {
    const dropped: number[] = [];
    class Thing {
      readonly #size: number;
      constructor(size: number) {
        this.#size = size;
      }
      size(): number {
        return this.#size;
      }
      wait(): Promise<number> {
        return Promise.resolve(this.#size);
      }
      absorb(other: Thing): void {
        dropped.push(-other.size());
      }
      static merge(a: Thing, b: Thing): Thing {
        return new this(a.size() + b.size());
      }
      [Symbol.dispose](): void {
        dropped.push(this.#size);
      }
    }
    return { Thing, dropped, guest: instantiate(loaded, { "test:host/things": { Thing } }) };
  }

  test("are objects of the host's class, made, used, given away and disposed of by the guest", async () => {
    const { guest, dropped } = world();
    expect(await guest.call("$root", "sum", [3, 4])).toBe(7);
    // The first was given to the host, which has merged it.
    expect(dropped).toEqual([4, 7]);
  });

  test("come out of the guest as the same objects, and can be lent to it", async () => {
    const { guest, Thing, dropped } = world();
    const thing = await guest.call("$root", "make", [5]);
    expect(thing).toBeInstanceOf(Thing);
    expect(await guest.call("$root", "measure", [thing])).toBe(5);
    expect(await guest.call("$root", "await", [thing])).toBe(5);
    expect(dropped).toEqual([]);
  });

  test.each<[what: string, name: string, lends: boolean, message: RegExp]>([
    ["dropping a handle twice", "twice", false, /the handle 1, which it does not hold/],
    ["giving away what is lent to it", "give-lent", true, /gives the handle 1 away, which is only lent to it/],
    ["giving away what is lent to the same call", "absorb-itself", false, /gives the handle 1 away while it is lent/],
    ["giving away and lending at once", "merge-with-itself", false, /the handle 1, which it does not hold/],
    ["keeping what was lent to it", "keep", true, /holds 1 handles that were lent to it/],
  ])("%s is a trap", async (_what, name, lends, message) => {
    const { guest, Thing } = world();
    const args = lends ? [new Thing(1)] : name === "twice" ? [1] : [];
    const call = guest.call("$root", name, args);
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(GuestTrap);
  });

  test("an object of another class is the host's mistake", async () => {
    const { guest } = world();
    await expect(guest.call("$root", "measure", [{ size: () => 1 }])).rejects.toThrow(
      /\(it\): found an object of Object, where a thing of test:host\/things is wanted/,
    );
  });

  test.each<[what: string, offered: object]>([
    ["a class that is missing", {}],
    [
      "a method that is missing",
      {
        Thing: class Thing {
          readonly size = 1;
        },
      },
    ],
  ])("%s is named when an instance is made", (_what, offered) => {
    expect(() => instantiate(loaded, { "test:host/things": { ...offered } })).toThrow(
      /the host does not offer test:host\/things\.\[(constructor|method)\]thing/,
    );
  });
});

describe("resources of the guest", () => {
  const guestOf = `
    (core module $rules
      (global $dropped (mut i32) (i32.const 0))
      (func (export "drop") (param i32) (global.set $dropped (i32.add (global.get $dropped) (local.get 0))))
      (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $rules (instantiate $rules))
    (alias core export $rules "drop" (core func $destroy))
    (type $thing' (resource (rep i32) (dtor (core func $destroy))))
    (core func $new (canon resource.new $thing'))
    (core func $rep (canon resource.rep $thing'))
    (core func $drop (canon resource.drop $thing'))
    (core module $code
      (import "t" "new" (func $new (param i32) (result i32)))
      (import "t" "rep" (func $rep (param i32) (result i32)))
      (import "t" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "size") (param i32) (result i32) (local.get 0))
      (func (export "consume") (param i32) (result i32) (call $rep (local.get 0)) (call $drop (local.get 0))))
    (core instance $c (instantiate $code (with "t" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (export $thing "thing" (type $thing'))
    (func (export "[constructor]thing") (param "size" u32) (result (own $thing)) (canon lift (core func $c "make")))
    (func (export "[method]thing.size") (param "self" (borrow $thing)) (result u32) (canon lift (core func $c "size")))
    (func (export "consume") (param "it" (own $thing)) (result u32) (canon lift (core func $c "consume")))
    (func (export "dropped") (result u32) (canon lift (core func $rules "dropped")))`;

  async function made(size: number): Promise<{ guest: Guest; thing: Disposable }> {
    const guest = instantiate(await load(guestOf));
    return { guest, thing: (await guest.call("$root", "[constructor]thing", [size])) as Disposable };
  }

  test("are lent to their guest as often as one likes", async () => {
    const { guest, thing } = await made(7);
    expect(await guest.call("$root", "[method]thing.size", [thing])).toBe(7);
    expect(await guest.call("$root", "[method]thing.size", [thing])).toBe(7);
    expect(await guest.call("$root", "dropped", [])).toBe(0);
  });

  test("are given back once, and destroyed by the guest", async () => {
    const { guest, thing } = await made(7);
    expect(await guest.call("$root", "consume", [thing])).toBe(7);
    expect(await guest.call("$root", "dropped", [])).toBe(7);
    await expect(guest.call("$root", "consume", [thing])).rejects.toThrow(/found an object of GuestResource/);
  });

  test("are destroyed once when the host disposes of them", async () => {
    const { guest, thing } = await made(7);
    thing[Symbol.dispose]();
    thing[Symbol.dispose]();
    expect(await guest.call("$root", "dropped", [])).toBe(7);
    await expect(guest.call("$root", "[method]thing.size", [thing])).rejects.toThrow(/not yet given away/);
  });
});
