import { describe, expect, test } from "vitest";
import { codecFor } from "../../../host/core/wit/json.ts";
import type { PrimitiveKind, WitType } from "../../../host/core/wit/type.ts";
import { t } from "../../support/wit-types.ts";

const item = t.record("line-item", { sku: t.string, quantity: t.u32, "gift-note": t.option(t.string) });
const order = t.record("order", { items: t.list(item), total: t.u64 });
const payment = t.variant("payment", { cash: undefined, "card-number": t.string, instalments: t.list(t.u32) });
const color = t.enum("color", "red", "light-green");
const access = t.flags("access", "read", "write-all");

function read(type: WitType, json: unknown): unknown {
  const result = codecFor(type).fromJson(json, "params[0]");
  return result.ok ? result.value : result.problem;
}

describe("numbers", () => {
  test.each<[PrimitiveKind, unknown, unknown]>([
    ["u8", 255, 255],
    ["u8", 256, "params[0]: 256 does not fit u8"],
    ["u8", -1, "params[0]: -1 does not fit u8"],
    ["s8", -128, -128],
    ["s8", -129, "params[0]: -129 does not fit s8"],
    ["u16", 65_536, "params[0]: 65536 does not fit u16"],
    ["s16", 32_768, "params[0]: 32768 does not fit s16"],
    ["u32", 4_294_967_295, 4_294_967_295],
    ["u32", 4_294_967_297, "params[0]: 4294967297 does not fit u32"],
    ["s32", -2_147_483_649, "params[0]: -2147483649 does not fit s32"],
    ["u32", 1.5, "params[0]: 1.5 does not fit u32"],
    ["u32", Number.NaN, "params[0]: NaN does not fit u32"],
    ["u32", "5", 'params[0]: found "5", wanted u32'],
    ["u32", null, "params[0]: found null, wanted u32"],
    ["u32", 5n, "params[0]: found 5, wanted u32"],
    ["u64", 7, 7n],
    ["u64", 7n, 7n],
    ["u64", "18446744073709551615", 18_446_744_073_709_551_615n],
    ["u64", "18446744073709551616", 'params[0]: "18446744073709551616" does not fit u64'],
    ["u64", -1, "params[0]: -1 does not fit u64"],
    ["u64", 2n ** 64n, "params[0]: 18446744073709551616 does not fit u64"],
    ["u64", 1.5, "params[0]: 1.5 does not fit u64"],
    [
      "u64",
      2 ** 53,
      "params[0]: 9007199254740992 may have lost digits as a JSON number, wanted u64; write it as a string",
    ],
    ["u64", "0x10", 'params[0]: found "0x10", wanted u64'],
    ["u64", "007", 'params[0]: found "007", wanted u64'],
    ["u64", "", 'params[0]: found "", wanted u64'],
    ["u64", " 1", 'params[0]: found " 1", wanted u64'],
    ["s64", "-9223372036854775808", -9_223_372_036_854_775_808n],
    ["s64", "-9223372036854775809", 'params[0]: "-9223372036854775809" does not fit s64'],
    ["s64", -(2 ** 53 - 1), -(2n ** 53n) + 1n],
    ["f64", 0.1, 0.1],
    ["f64", "NaN", Number.NaN],
    ["f64", "inf", Number.POSITIVE_INFINITY],
    ["f64", "-inf", Number.NEGATIVE_INFINITY],
    ["f64", "Infinity", 'params[0]: found "Infinity", wanted f64'],
    ["f64", JSON.parse("1e400"), "params[0]: Infinity does not fit f64"],
    ["f64", true, "params[0]: found true, wanted f64"],
    ["f32", 0.1, Math.fround(0.1)],
    ["f32", 16_777_217, 16_777_216],
    ["f32", 1e39, "params[0]: 1e+39 does not fit f32"],
  ])("%s from %o is %s", (kind, json, wanted) => {
    expect(read({ kind }, json)).toEqual(wanted);
  });

  test.each<[PrimitiveKind, unknown, unknown]>([
    ["u64", 2n ** 53n - 1n, 9_007_199_254_740_991],
    ["u64", 2n ** 53n, "9007199254740992"],
    ["s64", -(2n ** 53n) + 1n, -9_007_199_254_740_991],
    ["s64", -(2n ** 53n), "-9007199254740992"],
    ["f32", Math.fround(0.1), 0.1],
    ["f32", Math.fround(3.3e-7), 3.3e-7],
    ["f32", Math.fround(1 / 3), 0.33333334],
    ["f64", 1 / 3, 1 / 3],
  ])("%s %o is written %o", (kind, value, json) => {
    expect(codecFor({ kind }).toJson(value)).toBe(json);
  });

  test.each<PrimitiveKind>(["u32", "s32", "f32", "f64"])("%s has one zero, as the text of JSON has", (kind) => {
    expect(read({ kind }, -0)).toBe(0);
    expect(codecFor({ kind }).toJson(kind.startsWith("f") ? -0 : 0)).toBe(0);
  });

  test("an f32 that rounds to nothing has the one zero too", () => {
    expect(read(t.f32, -1e-60)).toBe(0);
  });
});

describe("texts", () => {
  test.each<[WitType, unknown, unknown]>([
    [t.string, "grüße 🪨", "grüße 🪨"],
    [t.string, 5, "params[0]: found 5, wanted string"],
    [t.string, "\ud83e", "params[0]: found half of a surrogate pair, wanted string, which is Unicode"],
    [t.char, "x", "x"],
    [t.char, "🪨", "🪨"],
    [t.char, "", 'params[0]: found "", wanted char'],
    [t.char, "xy", 'params[0]: found "xy", wanted char'],
    [t.char, "🪨🪨", 'params[0]: found "🪨🪨", wanted char'],
    [t.char, "\ud83e", 'params[0]: found "\\ud83e", wanted char'],
    [t.bool, "true", 'params[0]: found "true", wanted bool'],
    [t.bool, "x".repeat(100_000), `params[0]: found a string of 100000 characters, "${"x".repeat(60)}"…, wanted bool`],
  ])("%o from %o", (type, json, wanted) => {
    expect(read(type, json)).toBe(wanted);
  });
});

describe("lists and tuples", () => {
  test.each<[WitType, unknown, unknown]>([
    [t.list(t.u8), [1, 2, 255], new Uint8Array([1, 2, 255])],
    [t.list(t.u8), "AQL/", new Uint8Array([1, 2, 255])],
    [t.list(t.u8), "", new Uint8Array()],
    [t.list(t.u8), new Uint8Array([7]), new Uint8Array([7])],
    [t.list(t.u8), "no base64!", "params[0]: the string is not base64, wanted list<u8>"],
    [t.list(t.u8), [1, 256], "params[0][1]: 256 does not fit u8"],
    [t.list(t.u8, 2), "AQL/", "params[0]: found 3 bytes, wanted list<u8, 2>"],
    [t.list(t.u8, 3), "AQL/", new Uint8Array([1, 2, 255])],
    [t.list(t.u64), [1, "2"], new BigUint64Array([1n, 2n])],
    [t.list(t.f32), [0.5], new Float32Array([0.5])],
    [t.list(t.string), ["a"], ["a"]],
    [t.list(t.string), "a", 'params[0]: found "a", wanted list<string>'],
    [t.list(t.string, 2), ["a"], "params[0]: found an array of 1, wanted list<string, 2>"],
    [t.list(t.list(t.string)), [["a"], ["b", 3]], "params[0][1][1]: found 3, wanted string"],
    [t.list(t.option(t.u32)), [1, null], [1, undefined]],
    [t.tuple(t.u32, t.string), [1, "a"], [1, "a"]],
    [t.tuple(t.u32, t.string), [1], "params[0]: found an array of 1, wanted tuple<u32, string>"],
    [t.tuple(t.u32, t.string), [1, 2], "params[0][1]: found 2, wanted string"],
    [t.tuple(t.u32), { 0: 1 }, "params[0]: found an object, wanted tuple<u32>"],
  ])("%o from %o", (type, json, wanted) => {
    expect(read(type, json)).toEqual(wanted);
  });
});

describe("records and flags", () => {
  const record = { sku: "a", quantity: 1, giftNote: undefined };

  test.each<[WitType, unknown, unknown]>([
    [item, { sku: "a", quantity: 1, gift_note: null }, record],
    [item, { "gift-note": null, quantity: 1, sku: "a" }, record],
    [item, { sku: "a", quantity: 1 }, 'params[0]: the field "gift_note" of line-item is missing; null stands for none'],
    [item, { sku: "a", gift_note: null }, 'params[0]: the field "quantity" of line-item is missing'],
    [
      item,
      { sku: "a", quantity: 1, gift_note: "x", "gift-note": "x" },
      'params[0]: "gift_note" and "gift-note" are the same field of line-item; give it once',
    ],
    [
      item,
      { sku: "a", quantty: 1, gift_note: null },
      'params[0]: line-item has no field "quantty"; did you mean "quantity"?',
    ],
    [
      item,
      { sku: "a", quantity: 1, gift_note: null, price: 3 },
      'params[0]: line-item has no field "price"; its fields are sku, quantity, gift_note',
    ],
    [item, { sku: "a", quantity: 1, giftNote: null }, /line-item has no field "giftNote"; did you mean "gift_note"/],
    [item, ["a", 1, null], "params[0]: found an array of 3, wanted line-item"],
    [
      order,
      { total: 1, items: [{ sku: "a", quantity: 4_294_967_297, gift_note: null }] },
      "params[0].items[0].quantity: 4294967297 does not fit u32",
    ],
    [access, ["write_all"], { read: false, writeAll: true }],
    [access, ["write-all", "read"], { read: true, writeAll: true }],
    [access, ["write"], 'params[0][0]: access has no flag "write"; its flags are read, write_all'],
    [access, ["read", "read"], 'params[0][1]: the flag "read" is given twice'],
    [access, [1], "params[0][0]: found 1, wanted a flag of access"],
    [access, "read", 'params[0]: found "read", wanted access'],
  ])("%o from %j", (type, json, wanted) => {
    if (wanted instanceof RegExp) expect(read(type, json)).toMatch(wanted);
    else expect(read(type, json)).toEqual(wanted);
  });

  test("names that every object knows are names like any other", () => {
    const type = t.record("odd", { constructor: t.u32, "to-string": t.option(t.u32) });
    expect(read(type, { constructor: 1 })).toBe(
      'params[0]: the field "to_string" of odd is missing; null stands for none',
    );
    expect(read(type, {})).toBe('params[0]: the field "constructor" of odd is missing');
    const value = read(type, { constructor: 1, to_string: null }) as object;
    expect(Object.entries(value)).toEqual([
      ["constructor", 1],
      ["toString", undefined],
    ]);
    const proto = JSON.parse('{"constructor":1,"to_string":null,"__proto__":{"x":1}}') as unknown;
    expect(read(type, proto)).toMatch('odd has no field "__proto__"');
    expect(read(t.enum("e", "a"), "constructor")).toMatch("e has no case");
    expect(read(t.variant("v", { a: undefined }), "toString")).toMatch("v has no case");
    expect(read(t.flags("f", "a"), ["__proto__"])).toMatch("f has no flag");
  });

  test("a name that no WIT allows changes no prototype", () => {
    const evil: WitType = { kind: "record", fields: [{ name: "__proto__", type: t.u32 }] };
    const value = read(evil, JSON.parse('{"__proto__":5}')) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.stringify(codecFor(evil).toJson(value))).toBe('{"__proto__":5}');
  });
});

describe("variants, enums, options, results", () => {
  test.each<[WitType, unknown, unknown]>([
    [payment, "cash", { tag: "cash" }],
    [payment, { cash: null }, { tag: "cash" }],
    [payment, { cash: 1 }, 'params[0].cash: found 1; the case "cash" of payment has no payload'],
    [payment, { card_number: "4" }, { tag: "card-number", val: "4" }],
    [payment, { "card-number": "4" }, { tag: "card-number", val: "4" }],
    [payment, { card_number: 4 }, "params[0].card_number: found 4, wanted string"],
    [payment, "card_number", 'params[0]: the case "card_number" of payment has a payload; wanted {"card_number": …}'],
    [payment, { card_numer: "4" }, 'params[0]: payment has no case "card_numer"; did you mean "card_number"?'],
    [payment, "barter", 'params[0]: payment has no case "barter"; its cases are cash, card_number, instalments'],
    [payment, { cash: null, card_number: "4" }, /found an object with 2 keys, wanted payment: "case" or/],
    [payment, {}, /found an object with 0 keys, wanted payment/],
    [payment, 3, /found 3, wanted payment/],
    [color, "light_green", "light-green"],
    [color, "light-green", "light-green"],
    [color, "lite_green", 'params[0]: color has no case "lite_green"; did you mean "light_green"?'],
    [color, { red: null }, "params[0]: found an object, wanted color"],
    [t.option(t.u32), null, undefined],
    [t.option(t.u32), 5, 5],
    [t.option(t.u32), "x", 'params[0]: found "x", wanted u32'],
    [t.option(t.option(t.u32)), "none", { tag: "none" }],
    [t.option(t.option(t.u32)), { some: null }, { tag: "some", val: undefined }],
    [t.option(t.option(t.u32)), { some: 5 }, { tag: "some", val: 5 }],
    [t.option(t.option(t.u32)), { some: "x" }, 'params[0].some: found "x", wanted u32'],
    [t.option(t.option(t.u32)), 5, 'params[0]: found 5, wanted option<option<u32>>: "none" or {"some": value}'],
    [t.result(t.u32, t.string), { ok: 5 }, { tag: "ok", val: 5 }],
    [t.result(t.u32, t.string), { err: "x" }, { tag: "err", val: "x" }],
    [t.result(t.u32, t.string), { ok: "x" }, 'params[0].ok: found "x", wanted u32'],
    [t.result(t.u32, t.string), { ok: 5, err: "x" }, /found an object, wanted result<u32, string>: {"ok": value}/],
    [t.result(), { err: null }, { tag: "err", val: undefined }],
    [t.result(), { err: 5 }, "params[0].err: found 5, wanted null: there is no payload"],
    [t.result(), "ok", /found "ok", wanted result: {"ok": value}/],
  ])("%o from %j", (type, json, wanted) => {
    if (wanted instanceof RegExp) expect(read(type, json)).toMatch(wanted);
    else expect(read(type, json)).toEqual(wanted);
  });

  test("a case that is called like another type's JSON is told by its type", () => {
    const type = t.variant("odd", { ok: t.u32, none: undefined, some: t.option(t.result()) });
    const values = [{ tag: "ok", val: 1 }, { tag: "none" }, { tag: "some", val: { tag: "ok", val: undefined } }];
    const json = values.map((value) => codecFor(type).toJson(value));
    expect(json).toEqual([{ ok: 1 }, "none", { some: { ok: null } }]);
    expect(json.map((one) => read(type, one))).toEqual(values);
    expect(read(t.option(type), "none")).toEqual({ tag: "none" });
  });
});

describe("a codec", () => {
  test("is made once for a type", () => {
    expect(codecFor(order)).toBe(codecFor(order));
  });

  test("is not made for what lives within one instance, or for what is nested without end", () => {
    expect(() => codecFor(t.list({ kind: "own", resource: { name: "file" } }))).toThrow("file has no JSON");
    let deep: WitType = t.u32;
    for (let i = 0; i < 101; i++) deep = t.list(deep);
    expect(() => codecFor(deep)).toThrow("nested more than 100 levels deep");
  });
});
