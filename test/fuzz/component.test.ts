/** The reader of components, and what it lets through: either refused, or limited. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect } from "vitest";
import { buildGuest, type GuestName, guestFile } from "../../components/guests.ts";
import { loadComponent, prepareComponent, readComponentType } from "../../host/component/component.ts";
import { AssertionError } from "../../host/core/assert.ts";
import { HostError } from "../../host/core/host-error.ts";
import { kebabToCamel, kebabToPascal } from "../../host/core/names.ts";
import type { ComponentType, InterfaceType } from "../../host/core/wit/type.ts";
import { type Guest, GuestTrap, type HostInterface } from "../../host/ports/components.ts";
import { allocator, component, instantiate } from "../support/wat.ts";
import { fuzz } from "./fuzzer.ts";
import { mutated } from "./mutator.ts";
import { plainValue } from "./plain-value.ts";

const limits = { fuel: 20_000, memoryBytesMax: 2 * 1024 * 1024 };
const guests: readonly GuestName[] = ["tiny-activity", "tiny-workflow", "approval", "work"];

/** Small components, each with another part of the format in it. */
const texts = [
  `${allocator}
   (core module $code (import "" "memory" (memory 2))
     (func (export "same") (param i32 i32) (result i32)
       (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))
   (core instance $c (instantiate $code (with "" (instance $memory))))
   (func (export "same") (param "text" string) (result string)
     (canon lift (core func $c "same") (memory $mem) (realloc $realloc) string-encoding=utf16))`,
  `(type $r (resource (rep i32)))
   (core func $new (canon resource.new $r))
   (core func $drop (canon resource.drop $r))
   (core module $code (import "" "new" (func $new (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
     (func (export "make") (result i32) (loop $again (br_if $again (i32.const 0))) (call $new (i32.const 7))))
   (core instance $c (instantiate $code (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
   (export $own "thing" (type $r))
   (func (export "make") (result (own $own)) (canon lift (core func $c "make")))`,
  `(component $inner
     (core module $code (func (export "go") (param i32) (result i32) (block $out (loop $next
       (br_if $out (i32.eqz (local.get 0)))
       (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br $next))) (local.get 0))
       (func $twice (export "twice") (result i32) (i32.add (call 0 (i32.const 3)) (call 0 (i32.const 4)))))
     (core instance $c (instantiate $code))
     (func (export "go") (param "n" u32) (result u32) (canon lift (core func $c "go"))))
   (instance $i (instantiate $inner))
   (instance $j (instantiate $inner))
   (export "a:b/c@1.0.0" (instance $i))
   (export "go" (func $j "go"))`,
  `(type $v (variant (case "a" u64) (case "b" f32) (case "c")))
   (type $f (flags "x" "y"))
   (type $t (tuple (record (field "n" $v)) (option (list u8)) (result char (error $f)) (enum "p" "q")))
   (core module $code (table 3 funcref) (memory 1 4) (global (mut i64) (i64.const 1)) (func $a) (start $a)
     (elem (i32.const 0) func $a) (data (i32.const 5) "hello")
     (func (export "f") (param i32) (br_table 0 0 (local.get 0))))
   (core instance $c (instantiate $code))
   (func (export "f") (param "n" u8) (canon lift (core func $c "f")))`,
];

const corpus: Uint8Array[] = [];
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeAll(async () => {
  for (const name of guests) {
    await buildGuest(name);
    corpus.push(readFileSync(guestFile(name)));
  }
  // Half of all are made of the smallest.
  for (const text of texts) corpus.push(await component(text), await component(text));
  process.on("unhandledRejection", note);
});
afterAll(() => process.off("unhandledRejection", note));

fuzz(
  {
    name: "component",
    make: (chance) => mutated(corpus, chance),
    check: async (input) => {
      expectRefusal(() => readComponentType(input));
      const prepared = await prepareComponent(input).catch(refused);
      if (prepared === undefined) return;
      const guest = made(() => instantiate(loadComponent(prepared), offersFor(prepared.plan.type), limits));
      for (const [name, { functions }] of prepared.plan.type.exports) {
        for (const [functionName, { params }] of functions) {
          const args = params.map(({ type }) => plainValue(type));
          await guest?.call(name, functionName, args).catch(ended);
        }
      }
      expect(unhandled).toEqual([]);
      if (guest !== undefined) expectLimited(guest, prepared.modules.length);
    },
  },
  5_000,
);

function expectLimited(guest: Guest, modules: number): void {
  expect(guest.fuelUsed()).toBeLessThanOrEqual((limits.fuel + 1) * Math.max(modules, 500));
}

function refused(error: unknown): undefined {
  if (error instanceof HostError && /^component-(invalid|refused)$/.test(error.code)) {
    expect(error.message).toMatch(/^[^\p{Cc}]{1,2000}$/u);
    return;
  }
  throw error;
}

function expectRefusal(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    refused(error);
  }
}

/** A guest's own end, or that this host of nothing does not give it what it wants. */
function ended(error: unknown): undefined {
  if (error instanceof GuestTrap) return;
  if (error instanceof HostError && error.code === "memory-exhausted") return;
  if (
    error instanceof AssertionError &&
    /the host failed|does not offer|other values than it takes/.test(error.message)
  )
    return;
  throw error;
}

function made(make: () => Guest): Guest | undefined {
  try {
    return make();
  } catch (error) {
    return ended(error);
  }
}

/** Answers nothing to every call. */
function offersFor({ imports }: ComponentType): Readonly<Record<string, HostInterface>> {
  return Object.fromEntries([...imports].map(([name, of]) => [name, offerOf(of)]));
}

function offerOf({ functions, types }: InterfaceType): HostInterface {
  const nothing = () => undefined;
  const members = [...functions.keys()].map((name) => [kebabToCamel(name), nothing] as const);
  // `Object` makes objects, as the class of any resource would.
  const classes = [...types.keys()].map((name) => [kebabToPascal(name), Object] as const);
  return Object.fromEntries<() => unknown>([...members, ...classes]);
}
