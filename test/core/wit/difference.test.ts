import { deepStrictEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { functionDifference, sameType } from "../../../host/core/wit/difference.ts";
import type { FunctionType, WitType } from "../../../host/core/wit/type.ts";
import { t, types } from "../../support/wit-types.ts";

const file: WitType = { kind: "own", resource: { name: "file" } };

describe("types are the same", () => {
  test.each<[WitType, WitType]>([
    [t.record("a", { x: t.u32 }), t.record("b", { x: t.u32 })],
    [file, { kind: "own", resource: { name: "file" } }],
    [t.list(t.u8, 3), t.list(t.u8, 3)],
    [{ kind: "stream" }, { kind: "stream" }],
  ])("whatever they are called: %o and %o", (left, right) => {
    expect(sameType(left, right)).toBe(true);
  });

  test.each<[WitType, WitType]>([
    [t.u32, t.u64],
    [t.list(t.u8), t.list(t.u8, 3)],
    [t.list(t.u8), t.option(t.u8)],
    [t.option(t.u8), t.option(t.u32)],
    [t.result(t.u8), t.result(t.u8, t.u8)],
    [t.result(t.u8), t.result(undefined, t.u8)],
    [t.tuple(t.u8), t.tuple(t.u8, t.u8)],
    [t.record("a", { x: t.u8, y: t.u8 }), t.record("a", { y: t.u8, x: t.u8 })],
    [t.record("a", { x: t.u8 }), t.variant("a", { x: t.u8 })],
    [t.variant("a", { x: undefined }), t.variant("a", { x: t.u8 })],
    [t.variant("a", { x: undefined }), t.enum("a", "x")],
    [t.enum("a", "x", "y"), t.enum("a", "y", "x")],
    [t.enum("a", "x"), t.flags("a", "x")],
    [t.flags("a", "x"), t.flags("a", "x", "y")],
    [file, { kind: "own", resource: { name: "socket" } }],
    [file, { kind: "borrow", resource: { name: "file" } }],
    [
      { kind: "stream", element: t.u8 },
      { kind: "future", element: t.u8 },
    ],
  ])("only when their structure is: not %o and %o", (left, right) => {
    expect(sameType(left, right)).toBe(false);
    expect(sameType(right, left)).toBe(false);
  });

  test("exactly when nothing but their names tells them apart", () => {
    const nameless = (type: WitType): unknown =>
      JSON.parse(
        JSON.stringify(type, (key, value: unknown) => (key === "name" && isTypeName(value) ? undefined : value)),
      );
    const isTypeName = (value: unknown) => ["an-enum", "some-flags", "a-record", "a-variant"].includes(String(value));
    fc.assert(
      fc.property(types(2), types(2), (left, right) => {
        expect(sameType(left, structuredClone(left))).toBe(true);
        expect(sameType(left, right)).toBe(isDeepEqual(nameless(left), nameless(right)));
      }),
      { numRuns: 1_000 },
    );
  });
});

function isDeepEqual(a: unknown, b: unknown): boolean {
  try {
    deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

describe("functions", () => {
  const item = (quantity: WitType) => t.record("item", { sku: t.string, quantity });
  const f = t.func({ items: t.list(item(t.u32)), n: t.u32 }, t.result(t.u32, t.string));

  test.each<[string, FunctionType, string]>([
    [
      "a parameter's type",
      t.func({ items: t.list(item(t.u64)), n: t.u32 }, t.result(t.u32, t.string)),
      "f: func(items: list<item>, n: u32) -> result<u32, string> against " +
        "f: func(items: list<item>, n: u32) -> result<u32, string>; items[].quantity is u32 against u64",
    ],
    [
      "a field's name",
      t.func({ items: t.list(t.record("item", { sku: t.string, count: t.u32 })), n: t.u32 }, f.result),
      "items[] is record { sku: string, quantity: u32 } against record { sku: string, count: u32 }",
    ],
    [
      "the result",
      t.func({ items: t.list(item(t.u32)), n: t.u32 }, t.result(t.u32)),
      "result.err is string against nothing",
    ],
    ["the order of parameters", t.func({ n: t.u32, items: t.list(item(t.u32)) }, f.result), "f: func(n: u32, items:"],
    ["the number of parameters", t.func({ items: t.list(item(t.u32)) }, f.result), "f: func(items: list<item>) ->"],
    ["no result", t.func({ items: t.list(item(t.u32)), n: t.u32 }), "against f: func(items: list<item>, n: u32)"],
  ])("differ by %s", (_, other, difference) => {
    expect(functionDifference("f", f, other)).toContain(difference);
    expect(functionDifference("f", other, f)).toContain(" against ");
  });

  test("are the same as a copy", () => {
    expect(functionDifference("f", f, structuredClone(f))).toBeUndefined();
    expect(functionDifference("g", t.func({}), t.func({}))).toBeUndefined();
  });
});
