/** Programs that mean to run for ever, of every instruction that the meter has to pass over: fuel ends each. */
import { expect, test } from "vitest";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import { GuestTrap } from "../../host/ports/components.ts";
import type { Chance } from "../sim/chance.ts";
import { component, instantiate } from "../support/wat.ts";
import { fuzz } from "./fuzzer.ts";
import { pick } from "./mutator.ts";

const fuel = 3_000;
const functions = 4;

/** Each leaves the stack as it was; what is in brackets stands for a number. */
const plain = [
  "(drop (i32.const [n]))",
  "(drop (i64.const -[n]))",
  "(drop (f32.const [n].5))",
  "(drop (f64.const -[n].25))",
  "(local.set 0 (i32.add (local.get 0) (i32.const 1)))",
  "(drop (select (result i32) (i32.const 3) (i32.const 11) (local.get 0)))",
  "(drop (select (i64.const 3) (i64.const 11) (local.get 0)))",
  "(i32.store offset=[n] (i32.const 0) (i32.const 12))",
  "(i64.store8 1 offset=[n] (i32.const 0) (i64.const 12))",
  "(drop (i32.load16_u align=1 (i32.const 11)))",
  "(drop (v128.const i32x4 [n] 12 0x0b0b0b0b 3))",
  "(drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 0 3) (v128.const i64x2 3 0)))",
  "(drop (i32x4.extract_lane 3 (v128.load (i32.const 16))))",
  "(drop (v128.load8_lane 3 (i32.const 3) (v128.const i64x2 0 3)))",
  "(drop (v128.load32_zero 1 offset=[n] (i32.const 3)))",
  "(memory.fill (i32.const 0) (i32.const 11) (i32.const [n]))",
  "(memory.copy 1 0 (i32.const 0) (i32.const 11) (i32.const [n]))",
  "(memory.init 1 $bytes (i32.const 0) (i32.const 0) (i32.const 3))",
  "(drop (memory.size 1))",
  "(drop (memory.grow (i32.const 0)))",
  "(table.set 1 (i32.const 0) (ref.func 3))",
  "(drop (table.get (i32.const 0)))",
  "(drop (table.grow 1 (ref.null func) (i32.const 0)))",
  "(table.fill 1 (i32.const 0) (ref.null func) (i32.const 3))",
  "(table.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 3))",
  "(table.init 1 $refs (i32.const 0) (i32.const 0) (i32.const 1))",
  "(elem.drop $none)",
  "(data.drop $nothing)",
  "(drop (ref.is_null (ref.func 1)))",
  "(drop (i32.trunc_sat_f64_s (f64.const 1e300)))",
  "(global.set 1 (i32.const [n]))",
  "(br_if [l] (i32.and (local.get 0) (i32.const 1)))",
  "(br_table [l] [l] [l] (local.get 0))",
  "(br [l])",
  "(call [f] (local.get 0))",
  "(call_indirect [t] (type $each) (local.get 0) (i32.const [f]))",
  "(call_ref $each (local.get 0) (ref.func [f]))",
  "(return_call [f] (local.get 0))",
  "(return_call_indirect [t] (type $each) (local.get 0) (i32.const [f]))",
  "(return_call_ref $each (local.get 0) (ref.func [f]))",
  "(block (br_on_null 0 (ref.null $each)) (drop))",
  "(throw $tag (i32.const [n]))",
];

const around = [
  "(loop [in])",
  "(loop $again [in] (br $again))",
  "(loop (param) (result) [in])",
  "(drop (loop (result i32) [in] (i32.const 3)))",
  "(i32.const 3) (loop (param i32) (drop) [in])",
  "(block [in])",
  "(drop (block (result (ref null $each)) [in] (ref.null $each)))",
  "(drop (block (result funcref) [in] (ref.func 3)))",
  "(if (local.get 0) (then [in]) (else [in]))",
  "(block (try_table (catch_all 0) [in]))",
  "(drop (block (result i32) (try_table (catch $tag 0) [in]) (i32.const 11)))",
  "(drop (block (result exnref) (try_table (catch_all_ref 0) [in]) (unreachable)))",
];

function body(chance: Chance, labels: number, depth: number): string {
  return Array.from({ length: 1 + chance.below(4) }, () => {
    const template = depth > 0 && chance.below(2) === 0 ? pick(around, chance) : pick(plain, chance);
    return template.replaceAll(/\[(\w+)\]/g, (_, hole: string) => {
      if (hole === "in") return body(chance, labels + 1, depth - 1);
      if (hole === "n") return String(chance.below(70_000));
      if (hole === "l") return String(chance.below(labels));
      return String(chance.below(hole === "t" ? 2 : functions));
    });
  }).join("\n");
}

function program(chance: Chance): string {
  const funcs = Array.from({ length: functions }, () => `(func (type $each) (local i64 v128) ${body(chance, 1, 3)})`);
  return `(core module $code
    (type $each (func (param i32)))
    (memory 2) (memory 1)
    (table 8 funcref) (table 4 funcref)
    (tag $tag (param i32))
    (global i64 (i64.const 11)) (global (mut i32) (i32.const 3))
    (export "run" (func 0))
    (elem (i32.const 0) func 0 1 2 3) (elem (table 1) (i32.const 0) func 3 2 1 0)
    (elem $refs func 2) (elem $none func) (data $bytes "loop\\03\\40") (data $nothing "")
    ${funcs.join("\n")})
  (core instance $c (instantiate $code))
  (func (export "run") (param "n" u32) (canon lift (core func $c "run")))`;
}

let ended = { byFuel: 0, otherwise: 0 };

fuzz(
  {
    name: "fuel",
    make: (chance) => Buffer.from(program(chance)),
    check: async (input) => {
      // A label may carry a value where the text jumps without one: such a program is none.
      const bytes = await component(Buffer.from(input).toString());
      const prepared = await prepareComponent(bytes).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "component-invalid" });
      });
      if (prepared === undefined) return;
      const guest = instantiate(loadComponent(prepared), {}, { fuel });
      for (const n of [0, 1]) {
        const end = await guest.call("$root", "run", [n]).catch((error: unknown) => error);
        expect(end === undefined || end instanceof GuestTrap).toBe(true);
      }
      expect(guest.fuelUsed()).toBeLessThanOrEqual(fuel + 1);
      ended =
        guest.fuelUsed() > fuel ? { ...ended, byFuel: ended.byFuel + 1 } : { ...ended, otherwise: ended.otherwise + 1 };
    },
  },
  1_000,
);

test("programs end by their fuel, and some otherwise", () => {
  expect(Math.min(ended.byFuel, ended.otherwise)).toBeGreaterThan(100);
});
