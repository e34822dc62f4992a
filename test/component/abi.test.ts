import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CanonMemory } from "../../host/component/abi/canon-memory.ts";
import { ComponentInstance } from "../../host/component/abi/component-instance.ts";
import { coreSignature, layoutOf } from "../../host/component/abi/layout.ts";
import type { StringEncoding } from "../../host/component/binary/syntax.ts";
import { functionAbi } from "../../host/component/run/function-abi.ts";
import type { WitType } from "../../host/core/wit/type.ts";
import { specimens, t } from "../support/wit-types.ts";

/** A memory with an allocator of the host's, as a guest would have one. */
function memoryOf(encoding: StringEncoding): CanonMemory {
  const memory = new WebAssembly.Memory({ initial: 1 });
  let top = 8;
  const realloc = (_old: number, _oldSize: number, align: number, size: number) => {
    const at = Math.ceil(top / align) * align;
    top = at + size;
    const missing = Math.ceil((top - memory.buffer.byteLength) / 65_536);
    if (missing > 0) (memory as unknown as { grow(pages: number): void }).grow(missing);
    return at;
  };
  const none = () => {
    throw new Error("there are no resources here");
  };
  const instance = new ComponentInstance({ toHost: none, fromHost: none, definer: none, drop: none });
  return new CanonMemory(encoding, instance, memory, realloc);
}

describe("every value of every type", () => {
  test.each<StringEncoding>(["utf8", "utf16", "latin1+utf16"])(
    "goes into a guest and comes out again, in %s",
    (encoding) => {
      fc.assert(
        fc.property(specimens(3), ({ type, sample: { value } }) => {
          const abi = functionAbi({ params: [{ name: "value", type }], result: type });
          const memory = memoryOf(encoding);
          memory.begin();
          expect(abi.liftParams(memory, abi.lowerParams(memory, [value]))).toEqual([value]);
          const pointer = memory.allocate(layoutOf(type).size, layoutOf(type).align);
          const { params } = coreSignature({ params: [{ name: "value", type }] }, "lower");
          const called = [...params.map((core) => (core === "i64" ? 0n : 0)), pointer];
          const returned = abi.lowerResult(memory, value, called);
          expect(abi.liftResult(memory, returned ?? pointer)).toEqual(value);
        }),
        { numRuns: 2000 },
      );
    },
  );
});

describe("layouts", () => {
  const wide = t.record("wide", Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, t.u8])));
  test.each<[type: WitType, size: number, align: number, flat: string]>([
    [t.bool, 1, 1, "i32"],
    [t.char, 4, 4, "i32"],
    [t.u64, 8, 8, "i64"],
    [t.string, 8, 4, "i32 i32"],
    [t.list(t.u64), 8, 4, "i32 i32"],
    [t.list(t.u8, 3), 3, 1, "i32 i32 i32"],
    [t.record("r", { a: t.u8, b: t.u64, c: t.u8 }), 24, 8, "i32 i64 i32"],
    [t.tuple(t.u8, t.u32, t.u8), 12, 4, "i32 i32 i32"],
    [t.option(t.u8), 2, 1, "i32 i32"],
    [t.option(t.u64), 16, 8, "i32 i64"],
    [t.result(), 1, 1, "i32"],
    [t.result(t.u32, t.string), 12, 4, "i32 i32 i32"],
    [t.variant("v", { a: t.f32, b: t.u32 }), 8, 4, "i32 i32"],
    [t.variant("v", { a: t.f32, b: t.f64 }), 16, 8, "i32 i64"],
    [t.variant("v", { a: t.f64, b: t.string }), 16, 8, "i32 i64 i32"],
    [t.variant("v", Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`c${i}`, t.u8]))), 4, 2, "i32 i32"],
    [t.enum("e", "a", "b"), 1, 1, "i32"],
    [t.flags("f", ...Array.from({ length: 9 }, (_, i) => `f${i}`)), 2, 2, "i32"],
    [t.flags("f", ...Array.from({ length: 33 }, (_, i) => `f${i}`)), 8, 4, "i32 i32"],
    [wide, 17, 1, Array.from({ length: 17 }, () => "i32").join(" ")],
  ])("%j", (type, size, align, flat) => {
    const layout = layoutOf(type);
    expect([layout.size, layout.align, layout.flat.join(" ")]).toEqual([size, align, flat]);
  });

  test("a function with many parameters takes them in memory, one with a large result gives it there", () => {
    const type = t.func({ all: wide }, wide);
    expect(coreSignature(type, "lift")).toEqual({ params: ["i32"], results: ["i32"] });
    expect(coreSignature(type, "lower")).toEqual({ params: ["i32", "i32"], results: [] });
  });
});

describe("a value that is none of its type says where it is wrong", () => {
  const order = t.record("order", {
    "line-items": t.list(t.tuple(t.u8, t.option(t.variant("size", { small: undefined, other: t.string })))),
  });
  test.each<[value: unknown, message: string]>([
    [
      {
        lineItems: [
          [1, undefined],
          [256, undefined],
        ],
      },
      "(order).lineItems[1][0]: found 256, where u8 is wanted",
    ],
    [{ lineItems: [[1, { tag: "other", val: 5 }]] }, "(order).lineItems[0][1].other: found 5, where string is wanted"],
    [
      { lineItems: [[1, { tag: "huge" }]] },
      "(order).lineItems[0][1]: found an object of Object, where the variant size(small, other) is wanted",
    ],
    [{ lineItems: [[1]] }, "(order).lineItems[0]: found an array of 1, where a tuple of 2 is wanted"],
    [{ items: [] }, "(order).lineItems: found undefined, where a list<tuple> is wanted"],
    [null, "(order): found null, where the record order is wanted"],
  ])("%j", (value, message) => {
    const memory = memoryOf("utf8");
    memory.begin();
    const lower = () => functionAbi({ params: [{ name: "order", type: order }] }).lowerParams(memory, [value]);
    expect(lower).toThrow(message);
  });

  test.each<[type: WitType, value: unknown]>([
    [t.u64, 1],
    [t.u64, 2n ** 64n],
    [t.s64, -(2n ** 63n) - 1n],
    [t.u32, 1.5],
    [t.u32, Number.NaN],
    [t.bool, 1],
    [t.char, "ab"],
    [t.char, ""],
    [t.char, "\ud800"],
    [t.f64, 1n],
    [t.string, 1],
    [t.enum("e", "a"), "b"],
    [t.flags("f", "a"), { a: 1 }],
    [t.list(t.u8, 2), [1]],
  ])("%j is not %o", (type, value) => {
    const memory = memoryOf("utf8");
    memory.begin();
    expect(() => functionAbi({ params: [{ name: "it", type }] }).lowerParams(memory, [value])).toThrow(
      /^\(it\).*: found /,
    );
  });
});
