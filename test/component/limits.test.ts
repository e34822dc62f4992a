import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { ExecutionId, Millis } from "../../host/core/ids.ts";
import { kebabToCamel } from "../../host/core/names.ts";
import type { ComponentType } from "../../host/core/wit/type.ts";
import { instantiate, load } from "../support/wat.ts";

const pageBytes = 65_536;

class JoinSet {
  id(): string {
    return "g:1";
  }
  lastId(): undefined {
    return undefined;
  }
}

const everyFunction = ({ imports }: ComponentType): string[] =>
  [...imports.values()].flatMap(({ functions }) => [...functions.keys()].map(kebabToCamel));

describe("memory", () => {
  const growing = (memory: string) => `
    (core module $code
      (memory (export "memory") ${memory})
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "touch") (param i32) (result i32) (i32.load8_u (local.get 0))))
    (core instance $c (instantiate $code))
    (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $c "grow")))
    (func (export "touch") (param "at" u32) (result u32) (canon lift (core func $c "touch")))`;

  test.each<[memory: string, pages: number, grown: number]>([
    ["1", 3, 1],
    ["1", 4, -1],
    ["1 2", 1, 1],
    ["1 2", 2, -1],
    ["4", 0, 4],
    ["4", 1, -1],
  ])("of (%s) grown by %i pages under a cap of 4 gives %i", async (memory, pages, grown) => {
    const guest = instantiate(await load(growing(memory)), {}, { memoryBytesMax: 4 * pageBytes });
    expect(await guest.call("$root", "grow", [pages])).toBe(grown);
  });

  test("has its cap for each instance, whatever another has", async () => {
    const loaded = await load(growing("1"));
    const [small, large] = [2, 8].map((pages) => instantiate(loaded, {}, { memoryBytesMax: pages * pageBytes }));
    expect(await small!.call("$root", "grow", [7])).toBe(-1);
    expect(await large!.call("$root", "grow", [7])).toBe(1);
    expect(await large!.call("$root", "touch", [8 * pageBytes - 1])).toBe(0);
    await expect(small!.call("$root", "touch", [pageBytes])).rejects.toThrow(/out of bounds/);
  });

  test("that is too small to begin with says both sizes", async () => {
    const loaded = await load(growing("4"));
    expect(() => instantiate(loaded, {}, { memoryBytesMax: 3 * pageBytes })).toThrow(
      /begins with 262144 bytes of memory, and 196608 are allowed/,
    );
  });

  test.each<[what: string, memory: string, message: RegExp]>([
    ["shared", "1 1 shared", /shared or has 64-bit addresses/],
    ["of 64 bits", "i64 1", /shared or has 64-bit addresses/],
  ])("that is %s is refused", async (_what, memory, message) => {
    await expect(load(`(core module (memory ${memory}))`)).rejects.toMatchObject({
      code: "component-refused",
      message: expect.stringMatching(message) as unknown,
    });
  });
});

describe("fuel", () => {
  const counting = `
    (core module $code
      (func (export "loop") (param i32) (loop $next
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $next (local.get 0))))
      (func $twice (export "calls") (param i32)
        (if (local.get 0) (then
          (call $twice (i32.sub (local.get 0) (i32.const 1)))
          (call $twice (i32.sub (local.get 0) (i32.const 1))))))
      (func $tail (export "tail") (param i32)
        (if (local.get 0) (then (return_call $tail (i32.sub (local.get 0) (i32.const 1)))))))
    (core instance $c (instantiate $code))
    (func (export "loop") (param "n" u32) (canon lift (core func $c "loop")))
    (func (export "calls") (param "n" u32) (canon lift (core func $c "calls")))
    (func (export "tail") (param "n" u32) (canon lift (core func $c "tail")))`;

  test.each<[name: string, n: number, used: number]>([
    ["loop", 100, 101],
    ["calls", 10, 2 ** 11 - 1],
    ["tail", 100, 101],
  ])("of %s(%i) is %i", async (name, n, used) => {
    const loaded = await load(counting);
    for (const _ of [1, 2, 3]) {
      const guest = instantiate(loaded);
      await guest.call("$root", name, [n]);
      expect(guest.fuelUsed()).toBe(used);
    }
    const exact = instantiate(loaded, {}, { fuel: used });
    await exact.call("$root", name, [n]);
    const short = instantiate(loaded, {}, { fuel: used - 1 });
    await expect(short.call("$root", name, [n])).rejects.toThrow(/out of fuel/);
  });

  test("of a guest in TypeScript is the same in every run, whether it is suspended or not", async () => {
    await buildGuest("workflow");
    const loaded = loadComponent(await prepareComponent(readFileSync(guestFile("workflow"))));
    const used = async (answer: (text: unknown) => unknown) => {
      const id = "E_01K42AJA8QHD7D3GTJAYMASFY" as ExecutionId;
      const wasi = workflowWasi({ id, now: 1_700_000_000_000 as Millis, log: () => undefined });
      const offered = { ...Object.fromEntries(everyFunction(loaded.type).map((name) => [name, answer])), JoinSet };
      const guest = loaded.instantiate((name) => wasi(name) ?? offered, { memoryBytesMax: 2 ** 26, fuel: 1e9 });
      expect(await guest.call("test:guests/flows@0.1.0", "echo-times", [7, "héllo"])).toEqual({ tag: "ok", val: 7 });
      return guest.fuelUsed();
    };
    const once = await used((text) => text);
    expect(once).toBeGreaterThan(1000);
    expect(await used((text) => text)).toBe(once);
    expect(await used((text) => Promise.resolve(text))).toBe(once);
  });

  test("is used up over several calls", async () => {
    const guest = instantiate(await load(counting), {}, { fuel: 250 });
    await guest.call("$root", "loop", [100]);
    await guest.call("$root", "loop", [100]);
    await expect(guest.call("$root", "loop", [100])).rejects.toThrow(/out of fuel/);
  });

  test("of several modules is counted together", async () => {
    const two = `
      (core module $code (func (export "loop") (param i32) (loop $next
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $next (local.get 0)))))
      (core instance $a (instantiate $code))
      (core instance $b (instantiate $code))
      (core module $both
        (import "a" "loop" (func $a (param i32))) (import "b" "loop" (func $b (param i32)))
        (func (export "both") (param i32) (call $a (local.get 0)) (call $b (local.get 0))))
      (core instance $c (instantiate $both (with "a" (instance $a)) (with "b" (instance $b))))
      (func (export "both") (param "n" u32) (canon lift (core func $c "both")))`;
    const loaded = await load(two);
    const guest = instantiate(loaded);
    await guest.call("$root", "both", [100]);
    expect(guest.fuelUsed()).toBe(203);
    await expect(instantiate(loaded, {}, { fuel: 202 }).call("$root", "both", [100])).rejects.toThrow(/out of fuel/);
  });

  test("can't be named by a guest", async () => {
    const meddling = `
      (core module $code
        (global (export "stele:fuel") (mut i64) (i64.const 7))
        (func (export "spin") (loop (br 0))))
      (core instance $c (instantiate $code))
      (core module $thief (import "c" "stele:fuel" (global (mut i64)))
        (func (export "refill") (global.set 0 (i64.const 1000000000))))
      (core instance $t (instantiate $thief (with "c" (instance $c))))
      (func (export "refill") (canon lift (core func $t "refill")))
      (func (export "spin") (canon lift (core func $c "spin")))`;
    const guest = instantiate(await load(meddling), {}, { fuel: 1000 });
    await guest.call("$root", "refill", []);
    await expect(guest.call("$root", "spin", [])).rejects.toThrow(/out of fuel/);
  });

  test.each<[what: string, code: string, message: RegExp]>([
    ["threads", "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))", /uses threads/],
    [
      "relaxed vectors",
      "(func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))",
      /relaxed vector/,
    ],
    ["garbage-collected objects", "(type (struct)) (func (drop (struct.new 0)))", /garbage-collected/],
    ["a table beyond measure", "(table 2000000 funcref)", /table of 2000000 entries; 1048576 are allowed/],
  ])("%s escape it and are refused", async (_what, code, message) => {
    await expect(load(`(core module ${code})`)).rejects.toMatchObject({
      code: "component-refused",
      message: expect.stringMatching(message) as unknown,
    });
  });
});
