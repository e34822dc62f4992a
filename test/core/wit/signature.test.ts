import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../host/core/event.ts";
import type { Json } from "../../../host/core/json.ts";
import {
  checkExport,
  decodeParams,
  GuestErr,
  isPermanent,
  outcomeFromGuest,
  outcomeToGuest,
  platformFailure,
} from "../../../host/core/wit/signature.ts";
import { paramsText, signatureText, typeText } from "../../../host/core/wit/text.ts";
import type { WitType } from "../../../host/core/wit/type.ts";
import { t } from "../../support/wit-types.ts";

const item = t.record("line-item", { sku: t.string, quantity: t.u32 });
const refusal = t.variant("refusal", {
  "execution-failed": undefined,
  "card-declined": t.string,
  "permanent-refusal": undefined,
  "not-permanent": t.u32,
});
const place = t.func({ id: t.u64, items: t.list(item) }, t.result(t.u32, refusal));
const file = { name: "file" };

describe("params", () => {
  test("are read in order, and canonical whatever the spelling", () => {
    const decoded = decodeParams(place, ["7", [{ quantity: 1, sku: "a" }]]);
    expect(decoded).toMatchObject({ ok: true, values: [7n, [{ sku: "a", quantity: 1 }]] });
    expect(JSON.stringify(decoded.ok && decoded.canonical)).toBe('[7,[{"sku":"a","quantity":1}]]');
    expect(decodeParams(t.func({}, t.result()), [])).toMatchObject({ ok: true, values: [], canonical: [] });
  });

  test.each<[unknown, string]>([
    [
      [
        7,
        [
          { sku: "a", quantity: 1 },
          { sku: "b", quantity: 4_294_967_297 },
        ],
      ],
      "params[1][1].quantity: 4294967297 does not fit u32",
    ],
    [[7], "params: found 1, wanted 2: (id: u64, items: list<line-item>)"],
    [[7, [], 3], "params: found 3, wanted 2: (id: u64, items: list<line-item>)"],
    [{ id: 7 }, "params: found an object, wanted an array of 2: (id: u64, items: list<line-item>)"],
    [undefined, "params: found nothing, wanted an array of 2: (id: u64, items: list<line-item>)"],
  ])("%j are refused", (json, problem) => {
    expect(decodeParams(place, json)).toEqual({ ok: false, problem });
  });
});

describe("a workflow or activity", () => {
  test.each<[WitType]>([
    [t.result()],
    [t.result(t.u32)],
    [t.result(t.u32, t.string)],
    [t.result(undefined, t.string)],
    [t.result(undefined, refusal)],
    [t.result(item, t.variant("e", { "execution-failed": undefined }))],
    [t.result(t.result(t.u32, t.u32), t.string)],
  ])("may return %o", (result) => {
    expect(checkExport("a:b/c.f", t.func({ item }, result))).toBeUndefined();
  });

  test.each<[WitType | undefined, string]>([
    [undefined, "a:b/c.f returns nothing; a workflow or activity returns result, result<T>, result<T, string>, or"],
    [t.u32, "a:b/c.f returns u32; "],
    [item, "a:b/c.f returns line-item; "],
    [t.option(t.result()), "a:b/c.f returns option<result>; "],
    [t.result(t.u32, t.u32), "a:b/c.f returns result<u32, u32>; "],
    [t.result(undefined, t.variant("e", { failed: undefined })), "a:b/c.f returns result<_, e>; "],
    [t.result(undefined, t.variant("e", { "execution-failed": t.string })), "a:b/c.f returns result<_, e>; "],
    [t.result(undefined, t.enum("e", "execution-failed")), "a:b/c.f returns result<_, e>; "],
    [t.result({ kind: "own", resource: file }), "a:b/c.f returns file, which lives within one instance"],
    [t.result(t.list({ kind: "future", element: t.u8 })), "a:b/c.f returns future<u8>, which lives within"],
    [t.result(t.tuple({ kind: "error-context" })), "a:b/c.f returns error-context, which lives within"],
  ])("may not return %o", (result, problem) => {
    expect(checkExport("a:b/c.f", t.func({}, result))).toContain(problem);
  });

  test.each<[WitType, string]>([
    [{ kind: "borrow", resource: file }, "a:b/c.f takes borrow<file>, which"],
    [t.record("r", { f: t.option({ kind: "own", resource: file }) }), "a:b/c.f takes file, which"],
    [t.variant("v", { f: { kind: "stream" } }), "a:b/c.f takes stream, which"],
    [t.result(undefined, { kind: "own", resource: file }), "a:b/c.f takes file, which"],
  ])("may not take %o", (type, problem) => {
    const found = checkExport("a:b/c.f", t.func({ n: t.u32, it: type }, t.result()));
    expect(found).toContain(problem);
    expect(found).toContain("in its parameter it");
  });

  test("may not have a type without end", () => {
    let deep: WitType = t.u32;
    for (let i = 0; i < 101; i++) deep = t.option(deep);
    expect(checkExport("a:b/c.f", t.func({ deep }, t.result()))).toContain("nested more than 100 levels deep");
    let wide: WitType = t.u32;
    for (let i = 0; i < 40; i++) wide = t.tuple(wide, wide);
    expect(checkExport("a:b/c.f", t.func({ wide }, t.result()))).toContain("a type of more than 100000 parts");
  });

  test("has a name that is not too long", () => {
    expect(checkExport(`a:b/c.${"f".repeat(250)}`, t.func({}, t.result()))).toBeUndefined();
    const long = checkExport(`a:b/c.${"f".repeat(251)}`, t.func({}, t.result()));
    expect(long).toBe("a function's name has 257 characters, and at most 256 are allowed");
  });
});

describe("outcomes", () => {
  test.each<[WitType, unknown, Json]>([
    [t.result(t.u64, t.string), { tag: "ok", val: 7n }, { ok: 7 }],
    [t.result(t.u64, t.string), { tag: "err", val: "x" }, { err: "x" }],
    [t.result(), { tag: "ok", val: undefined }, { ok: null }],
    [t.result(), { tag: "err" }, { err: null }],
    [t.result(t.option(t.u32)), { tag: "ok", val: undefined }, { ok: null }],
    [place.result!, { tag: "err", val: { tag: "card-declined", val: "x" } }, { err: { card_declined: "x" } }],
  ])("of %o: %o is journaled as %j", (result, value, json) => {
    expect(outcomeFromGuest(t.func({}, result), value)).toEqual(json);
  });

  /** What a caller gets: ok's payload, or err's within an array. */
  function received(result: WitType, outcome: Outcome): unknown {
    try {
      return outcomeToGuest(t.func({}, result), outcome);
    } catch (error) {
      if (!(error instanceof GuestErr) || !Object.hasOwn(error, "payload")) throw error;
      return [error.payload];
    }
  }

  const failure: Outcome = { failure: "timed-out", reason: "" };

  test.each<[WitType, Outcome, unknown]>([
    [t.result(t.u64), { ok: 7 }, 7n],
    [t.result(), { ok: null }, undefined],
    [t.result(), { err: null }, [undefined]],
    [t.result(t.u64, t.string), { err: "x" }, ["x"]],
    [t.result(), failure, [undefined]],
    [t.result(t.u64, t.string), failure, ["execution_failed"]],
    [place.result!, failure, [{ tag: "execution-failed" }]],
    // The child's function has another type by now.
    [t.result(t.u64, t.string), { ok: "seven" }, ["execution_failed"]],
    [place.result!, { err: "gone_case" }, [{ tag: "execution-failed" }]],
  ])("of %o: the caller of %j gets %o", (result, outcome, wanted) => {
    expect(received(result, outcome)).toEqual(wanted);
  });

  test("a platform failure is an err of the function's own type", () => {
    expect(platformFailure(t.result(t.u32))).toEqual({ json: null, value: undefined });
    expect(platformFailure(t.result(t.u32, t.string))).toEqual({ json: "execution_failed", value: "execution_failed" });
    expect(platformFailure(place.result)).toEqual({ json: "execution_failed", value: { tag: "execution-failed" } });
    expect(platformFailure(t.result(t.u32, t.u32))).toBeUndefined();
  });
});

test.each<[WitType | undefined, Json, boolean]>([
  [place.result, "permanent_refusal", true],
  [place.result, { not_permanent: 1 }, true],
  [place.result, { card_declined: "permanent" }, false],
  [place.result, "execution_failed", false],
  [t.result(undefined, t.string), "permanent", false],
  [t.result(undefined, item), { permanent: 1 }, false],
  [t.result(), null, false],
  [undefined, "permanent_refusal", false],
])("of %o, the err %j is permanent: %s", (result, err, permanent) => {
  expect(isPermanent(result, err)).toBe(permanent);
});

describe("WIT", () => {
  test.each<[WitType, string]>([
    [t.result(), "result"],
    [t.result(t.u32), "result<u32>"],
    [t.result(undefined, t.string), "result<_, string>"],
    [t.result(t.u32, t.string), "result<u32, string>"],
    [t.list(t.list(t.u8, 4)), "list<list<u8, 4>>"],
    [t.tuple(t.u32, t.option(t.char)), "tuple<u32, option<char>>"],
    [item, "line-item"],
    [{ kind: "record", fields: [{ name: "a", type: t.u8 }] }, "record { a: u8 }"],
    [{ kind: "variant", cases: [{ name: "a" }, { name: "b", type: t.u8 }] }, "variant { a, b(u8) }"],
    [{ kind: "enum", cases: ["a", "b"] }, "enum { a, b }"],
    [{ kind: "flags", flags: ["a", "b"] }, "flags { a, b }"],
    [{ kind: "own", resource: file }, "file"],
    [{ kind: "borrow", resource: file }, "borrow<file>"],
    [{ kind: "stream" }, "stream"],
    [{ kind: "future", element: t.u8 }, "future<u8>"],
    [{ kind: "error-context" }, "error-context"],
  ])("%o is written %s", (type, text) => {
    expect(typeText(type)).toBe(text);
  });

  test("functions are written with the names of their parameters", () => {
    expect(signatureText("place", place)).toBe("place: func(id: u64, items: list<line-item>) -> result<u32, refusal>");
    expect(signatureText("log", t.func({ line: t.string }))).toBe("log: func(line: string)");
    expect(paramsText(t.func({}))).toBe("()");
  });
});
