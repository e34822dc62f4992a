/** However a guest's code is written, it is asked for fuel again and again while it runs. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantiate, load } from "../support/wat.ts";

/** One export, `run`, that takes a number and gives how many steps it took. */
const runs = (code: string) => `
  (core module $code
    (tag $thrown)
    (func (export "spin") (loop (br 0)))
    (global $steps (export "steps") (mut i32) (i32.const 0))
    (func (export "run") (param $n i32) (result i32) (local $turns i32) ${code} (global.get $steps)))
  (core instance $c (instantiate $code))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $c "run")))`;

/** Four instructions. */
const step = "(global.set $steps (i32.add (global.get $steps) (i32.const 1)))";

async function fuelOf(code: string, n = 0): Promise<number> {
  const guest = instantiate(await load(runs(code)));
  await guest.call("$root", "run", [n]);
  return guest.fuelUsed();
}

describe("code that neither calls nor turns costs a unit for 256 instructions", () => {
  test.each<[what: string, code: string, instructions: number]>([
    ["one after the other", step.repeat(16_000), 64_000],
    ["in blocks of their own", `(block ${step})`.repeat(12_800), 76_800],
    ["in branches that are taken", `(block (br_if 0 (local.get $n)) ${step})`.repeat(8_000), 64_000],
    ["in either half of an if", `(if (local.get $n) (then ${step}) (else ${step}))`.repeat(8_000), 56_000],
    ["in the first half of an if", `(if (i32.eqz (local.get $n)) (then ${step}) (else))`.repeat(8_000), 56_000],
    ["in what catches in the old way", `try ${step} catch_all end `.repeat(4_000), 20_000],
    ["in what is caught in the old way", `try (throw $thrown) catch_all ${step} end `.repeat(4_000), 20_000],
    ["behind a branch out of many blocks", `(block (block (br 1)) ${step.repeat(40)}) ${step}`.repeat(100), 700],
    ["in what is never left by its end", `(block (block ${step.repeat(15)} (br 1)) unreachable)`.repeat(400), 25_200],
    ["in what catches", `(block $o (try_table (catch_all $o) ${step}))`.repeat(4_000), 28_000],
    ["in what is caught", `(block $o (try_table (catch_all $o) (throw $thrown)))`.repeat(4_000), 20_000],
  ])("%s", async (_what, code, instructions) => {
    expect(await fuelOf(code)).toBeGreaterThanOrEqual(instructions / 256);
  });

  test("of which those count that run, not those that another way leads through", async () => {
    const cases = Array.from({ length: 100 }, (_, i) => `${step.repeat(i === 7 ? 160 : 1_600)} (br ${99 - i})`);
    const blocks = cases.reduce(
      (inside, code) => `(block ${inside}) ${code}`,
      `(br_table ${cases.map((_, i) => i).join(" ")} 100 (local.get $n))`,
    );
    const code = `(block ${blocks})`;
    expect(await fuelOf(code, 7)).toBeLessThanOrEqual(12);
    expect(await fuelOf(code, 8)).toBeGreaterThanOrEqual(25);
    expect(await fuelOf(code, 1_000)).toBeLessThanOrEqual(2);
  });
});

interface Shape {
  readonly kind: "steps" | "block" | "if" | "loop" | "try" | "leave" | "choose" | "throw";
  readonly number: number;
  readonly inside: readonly Shape[];
}

const { shapes } = fc.letrec<{ shape: Shape; shapes: Shape[] }>((tie) => ({
  shapes: fc.array(tie("shape"), { maxLength: 6, depthIdentifier: "code" }),
  shape: fc.record({
    kind: fc.constantFrom<Shape["kind"]>("steps", "block", "if", "loop", "try", "leave", "choose", "throw"),
    number: fc.nat(150),
    inside: fc.oneof({ depthIdentifier: "code", maxDepth: 5 }, fc.constant([]), tie("shapes")),
  }),
}));

/** In `depth` blocks, whose labels lead out of them or, into a loop, back: some hundred times in all. */
function codeOf(all: readonly Shape[], depth: number): string {
  const within = (inside: readonly Shape[]) => codeOf(inside, depth + 1);
  return all
    .map(({ kind, number, inside }) => {
      const label = number % depth;
      switch (kind) {
        case "steps":
          return step.repeat(number);
        case "block":
          return `(block ${within(inside)})`;
        case "if":
          return `(if (i32.and (global.get $steps) (i32.const 1)) (then ${within(inside)}) (else ${step.repeat(number)}))`;
        case "loop":
          return `(loop (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
            (if (i32.gt_u (local.get $turns) (i32.const 300)) (then (return (global.get $steps))))
            ${within(inside)} (br_if 0 (i32.rem_u (local.get $turns) (i32.const 7))))`;
        case "try":
          return `(block (try_table (catch_all 0) ${codeOf(inside, depth + 2)}))`;
        case "leave":
          return `(br_if ${label} (i32.eq (i32.and (global.get $steps) (i32.const 3)) (i32.const ${number % 4})))`;
        case "choose":
          return `(block (br_table 0 ${label + 1} 0 (i32.and (global.get $steps) (i32.const 3))))`;
        case "throw":
          return "(block (try_table (catch_all 0) (throw $thrown)))";
      }
    })
    .join(" ");
}

test("whatever the code, its instructions are at most 256 times its fuel", async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async (all) => {
      const guest = instantiate(await load(runs(`(block ${codeOf(all, 1)})`)));
      const steps = Number(await guest.call("$root", "run", [0]));
      expect(steps * 4).toBeLessThanOrEqual(guest.fuelUsed() * 256);
    }),
    { numRuns: 150 },
  );
});
