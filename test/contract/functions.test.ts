/** What the contract says of functions: which are refused, and how values stand in JSON. Stubs have signatures and no code,
 *  so that a value meets nothing but the host: as a client's parameter, and as a written result. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildStub } from "../../host/component/build/build-component.ts";
import { digestOf, readComponentType } from "../../host/component/component.ts";
import type { ExecutionId, FunctionName } from "../../host/core/ids.ts";
import { readDeployment } from "../../host/deployment/read.ts";
import { hostOffers } from "../../host/offers.ts";
import { Workshop } from "../build/workshop.ts";
import { type OpenRig, Rig } from "../support/rig.ts";

type Given = readonly [given: unknown, canonical?: unknown];

interface Form {
  readonly type: string;
  readonly accepted: readonly Given[];
  /** What stands behind the path, which is `params[0]` or `result.ok`, or below it. */
  readonly refused: readonly (readonly [given: unknown, problem: string])[];
}

const bits = (low: number, high: number): Form["refused"] => [
  [low - 1, `: ${low - 1} does not fit`],
  [high + 1, `: ${high + 1} does not fit`],
  [0.5, ": 0.5 does not fit"],
  ["1", ': found "1", wanted'],
];

const forms: Readonly<Record<string, Form>> = {
  u8: { type: "u8", accepted: [[0], [255]], refused: bits(0, 255) },
  s8: { type: "s8", accepted: [[-128], [127]], refused: bits(-128, 127) },
  u16: { type: "u16", accepted: [[65_535]], refused: bits(0, 65_535) },
  s16: { type: "s16", accepted: [[-32_768], [32_767]], refused: bits(-32_768, 32_767) },
  u32: { type: "u32", accepted: [[4_294_967_295]], refused: bits(0, 4_294_967_295) },
  s32: { type: "s32", accepted: [[-2_147_483_648]], refused: bits(-2_147_483_648, 2_147_483_647) },
  "u64 as number when safe and accepted as string too": {
    type: "u64",
    accepted: [[7], ["7", 7], ["18446744073709551615"], [9_007_199_254_740_991], ["9007199254740992"]],
    refused: [
      ["18446744073709551616", ': "18446744073709551616" does not fit u64'],
      [-1, ": -1 does not fit u64"],
      [0.5, ": 0.5 does not fit u64"],
      ["", ': found "", wanted u64'],
      ["1.0", ': found "1.0", wanted u64'],
    ],
  },
  "s64 as number when safe and accepted as string too": {
    type: "s64",
    accepted: [[-7], ["-7", -7], ["-9223372036854775808"], ["9223372036854775807"]],
    refused: [["9223372036854775808", ': "9223372036854775808" does not fit s64']],
  },
  'floats JSON numbers, or "NaN", "inf", "-inf"': {
    type: "f64",
    accepted: [[1.5], [-3], [1e300], ["NaN"], ["inf"], ["-inf"]],
    refused: [
      ["Infinity", ': found "Infinity", wanted f64'],
      ["1", ': found "1", wanted f64'],
      [null, ": found null, wanted f64"],
    ],
  },
  "an f32 is the nearest one that can be told": {
    type: "f32",
    accepted: [[0.5], ["NaN"], ["-inf"]],
    refused: [[1e39, ": 1e+39 does not fit f32"]],
  },
  bool: { type: "bool", accepted: [[true], [false]], refused: [[1, ": found 1, wanted bool"]] },
  string: { type: "string", accepted: [[""], ["žluť 🐎"]], refused: [[1, ": found 1, wanted string"]] },
  "char one Unicode scalar": {
    type: "char",
    accepted: [["a"], ["🐎"]],
    refused: [
      ["", ': found "", wanted'],
      ["ab", ': found "ab", wanted'],
      ["\uD800", ": "],
      [97, ": found 97, wanted"],
    ],
  },
  "record an object with snake_case keys (kebab accepted)": {
    type: "line-item",
    accepted: [
      [{ sku_code: "a", quantity: 1 }],
      [
        { quantity: 1, "sku-code": "a" },
        { sku_code: "a", quantity: 1 },
      ],
    ],
    refused: [
      [{ sku_code: "a", quantity: 4_294_967_297 }, ".quantity: 4294967297 does not fit u32"],
      [{ quantity: 1 }, ': the field "sku_code" of line-item is missing'],
      [{ sku_code: "a", quantity: 1, more: 2 }, ': line-item has no field "more"'],
      [[], ": found an array of 0, wanted line-item"],
    ],
  },
  'variant: "case" or {"case": payload} with snake_case': {
    type: "colour",
    accepted: [
      ["plain"],
      [{ mixed_with: 7 }],
      [{ "mixed-with": 7 }, { mixed_with: 7 }],
      ["two_words"],
      ["two-words", "two_words"],
    ],
    refused: [
      [{ mixed_with: 256 }, ".mixed_with: 256 does not fit u8"],
      ["mixed_with", ": "],
      ["red", ": "],
    ],
  },
  "enum with snake_case": {
    type: "size",
    accepted: [["small"], ["extra_large"], ["extra-large", "extra_large"]],
    refused: [
      ["big", ": "],
      [0, ": found 0, wanted size"],
    ],
  },
  "flags a list of names": {
    type: "rights",
    accepted: [
      [[]],
      [["read", "write_all"]],
      [["write-all"], ["write_all"]],
      [
        ["write_all", "read"],
        ["read", "write_all"],
      ],
    ],
    refused: [
      [["own"], "[0]: "],
      ["read", ': found "read", wanted rights'],
    ],
  },
  "option null or the value": {
    type: "option<u8>",
    accepted: [[null], [7]],
    refused: [[256, ": 256 does not fit u8"]],
  },
  'nested options {"some": …} or "none"': {
    type: "option<option<u8>>",
    accepted: [["none"], [{ some: null }], [{ some: 7 }]],
    refused: [
      [{ some: 256 }, ".some: 256 does not fit u8"],
      [7, ": "],
    ],
  },
  'result {"ok": …} or {"err": …}': {
    type: "result<u8, string>",
    accepted: [[{ ok: 7 }], [{ err: "no" }]],
    refused: [
      [{ ok: 256 }, ".ok: 256 does not fit u8"],
      [{ err: 7 }, ".err: found 7, wanted string"],
      [{ ok: 1, err: "no" }, ": "],
      [7, ": "],
    ],
  },
  "list<u8> an array of numbers (base64 string accepted)": {
    type: "list<u8>",
    accepted: [[[]], [[0, 255]], ["AP8=", [0, 255]], ["", []]],
    refused: [
      [[256], "[0]: 256 does not fit u8"],
      ["A", ": "],
    ],
  },
  "an error names the path, what was found and what the type wants": {
    type: "list<order>",
    accepted: [[[{ items: [{ sku_code: "a", quantity: 1 }], gift: null }]]],
    refused: [
      [
        [{ items: [{ sku_code: "a", quantity: 4_294_967_297 }], gift: null }],
        "[0].items[0].quantity: 4294967297 does not fit u32",
      ],
      [[{ items: [], gift: [1, 2] }], "[0].gift[1]: found 2, wanted string"],
    ],
  },
};

const wit = `package contract:forms@1.0.0;
interface forms {
  record line-item { sku-code: string, quantity: u32 }
  record order { items: list<line-item>, gift: option<tuple<u32, string>> }
  variant colour { plain, mixed-with(u8), two-words }
  enum size { small, extra-large }
  flags rights { read, write-all }
${Object.values(forms)
  .map(({ type }, i) => `  f${i}: func(x: ${type}) -> result<${type}, string>;`)
  .join("\n")}
}
world forms-stub { export forms; }
`;

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterAll(() => workshop.remove());

describe("in JSON", () => {
  let rig: Rig;
  let data: string;
  let open: OpenRig;
  let submitted = 0;

  beforeAll(async () => {
    workshop.put({ "forms/forms.wit": wit });
    await buildStub({ wit: workshop.path("forms"), out: workshop.path("forms.wasm") });
    rig = await Rig.of({ name: "forms", kind: "activity_stub", bytes: workshop.read("forms.wasm") });
    data = rig.folder();
    open = rig.open(data);
  }, 60_000);
  afterAll(async () => {
    open.close();
    await rig.close();
  });

  async function submit(index: number, param: unknown) {
    const id = `E_${String(++submitted).padStart(26, "0")}` as ExecutionId;
    const name = `contract:forms/forms@1.0.0.f${index}` as FunctionName;
    return { id, end: await open.shard.submit({ id, fresh: true, function: name, params: [param] }) };
  }

  const cases = Object.entries(forms).map(([what, form], index) => [what, form, index] as const);

  test.each(cases)("%s", async (_what, { accepted, refused }, index) => {
    for (const [given, canonical = given] of accepted) {
      const { id, end } = await submit(index, given);
      expect(end, JSON.stringify(given)).toEqual({ kind: "accepted", existed: false });
      expect(await open.shard.writeStub(id, { ok: given }), JSON.stringify(given)).toBe("ok");
      expect(await open.shard.writeStub(id, { ok: canonical }), "the same value").toBe("ok");
      const row = open.journal.findExecution(id);
      const history = row === undefined ? [] : open.journal.history(row.key);
      expect(history[0]).toMatchObject({ params: [canonical] });
      expect(history.at(-1)).toMatchObject({ outcome: { ok: canonical } });
    }
    for (const [given, problem] of refused) {
      const { end } = await submit(index, given);
      expect(end).toMatchObject({ kind: "refused", code: "params-invalid" });
      expect(end).toHaveProperty("message", expect.stringContaining(`params[0]${problem}`));
    }
  });

  test.each(cases.filter(([, { refused }]) => refused.length > 0))(
    "a result is checked as a parameter is: %s",
    async (_what, { accepted, refused }, index) => {
      const { id } = await submit(index, accepted[0]?.[0]);
      for (const [given, problem] of refused) {
        const answer = await open.shard.writeStub(id, { ok: given });
        expect(answer).toEqual({ typeCheckError: expect.stringContaining(`result.ok${problem}`) as string });
      }
      expect(await open.shard.writeStub(id, { err: "no" })).toBe("ok");
    },
  );

  test("parameters are an array, in order", async () => {
    const name = "contract:forms/forms@1.0.0.f0" as FunctionName;
    for (const params of [[], [1, 2]]) {
      const id = `E_${String(++submitted).padStart(26, "0")}` as ExecutionId;
      const end = await open.shard.submit({ id, fresh: true, function: name, params });
      expect(end).toMatchObject({ message: `params: found ${params.length}, wanted 1: (x: u8)` });
    }
  });
});

describe("a component is refused when it is loaded", () => {
  const types = `
    variant failing { execution-failed, other(u32) }
    variant sound { no }
    variant loaded { execution-failed(string) }
    enum names { execution-failed }
    resource file { }`;

  async function load(functions: string): Promise<unknown> {
    const file = `package contract:signatures@1.0.0; interface ifc { ${types} ${functions} } world w { export ifc; }`;
    workshop.put({
      "signatures/signatures.wit": file,
      "deployment.toml": '[[activity_stub]]\nname = "it"\nlocation = "signatures.wasm"\n',
    });
    await buildStub({ wit: workshop.path("signatures"), out: workshop.path("signatures.wasm") });
    const know = { digestOf, readComponentType, offers: hostOffers };
    try {
      return readDeployment(workshop.path("deployment.toml"), know).deployment.components.length;
    } catch (error) {
      return error;
    }
  }

  test("unless each function returns result, result<T>, result<T, string>, or result<T, E> with execution-failed", async () => {
    const sound = [
      "result",
      "result<u32>",
      "result<u32, string>",
      "result<_, string>",
      "result<u32, failing>",
      "result<_, failing>",
    ];
    expect(await load(sound.map((type, i) => `f${i}: func() -> ${type};`).join(" "))).toBe(1);
  });

  test("with the function's name and its return type, all of them at once", async () => {
    const unsound = [
      "u32",
      "option<result>",
      "result<u32, u32>",
      "result<_, sound>",
      "result<_, loaded>",
      "result<_, names>",
    ];
    const error = await load(
      `${unsound.map((type, i) => `f${i}: func() -> ${type};`).join(" ")} nothing: func(); fine: func() -> result;`,
    );
    expect(error).toMatchObject({ code: "component-refused" });
    const { message } = error as Error;
    unsound.forEach((type, i) => {
      expect(message).toContain(`contract:signatures/ifc@1.0.0.f${i} returns ${type}; a workflow or activity returns`);
    });
    expect(message).toContain("contract:signatures/ifc@1.0.0.nothing returns nothing; ");
    expect(message).not.toContain("fine");
  });

  test("when a resource appears in a signature", async () => {
    const error = await load(
      "takes: func(f: borrow<file>) -> result; deep: func(f: list<option<file>>) -> result; gives: func() -> result<file>;",
    );
    expect(error).toMatchObject({ code: "component-refused" });
    for (const name of ["takes", "deep", "gives"]) {
      expect((error as Error).message).toMatch(
        new RegExp(`ifc@1.0.0.${name} (takes|returns) .*file.*can't be journaled`),
      );
    }
  });
});
