/** Properties of the JSON of every WIT type, for arbitrary types and values. */
import { deepStrictEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codecFor } from "../../../host/core/wit/json.ts";
import type { WitType } from "../../../host/core/wit/type.ts";
import { specimens, types } from "../../support/wit-types.ts";

const runs = { numRuns: 1_500 };

function decoded(type: WitType, json: unknown): unknown {
  const result = codecFor(type).fromJson(json, "value");
  if (!result.ok) throw new Error(result.problem);
  return result.value;
}

/** Vitest's own comparison stumbles over fields that are called `constructor`. */
const assertSame: (actual: unknown, wanted: unknown) => void = deepStrictEqual;

describe("a value", () => {
  test("is written in its canonical JSON, and comes back out of its text as it was", () => {
    fc.assert(
      fc.property(specimens(), ({ type, sample }) => {
        const json = codecFor(type).toJson(sample.value);
        expect(json).toEqual(sample.canonical);
        assertSame(decoded(type, JSON.parse(JSON.stringify(json))), sample.value);
      }),
      runs,
    );
  });

  test("is read from every spelling that is accepted, to the same canonical text", () => {
    fc.assert(
      fc.property(specimens(), ({ type, sample }) => {
        const value = decoded(type, JSON.parse(JSON.stringify(sample.loose)));
        assertSame(value, sample.value);
        expect(JSON.stringify(codecFor(type).toJson(value))).toBe(JSON.stringify(sample.canonical));
      }),
      runs,
    );
  });
});

/** The problem with a JSON value, which has the path first, or the canonical JSON, which must be stable. */
function judge(type: WitType, json: unknown): void {
  const first = codecFor(type).fromJson(json, "value");
  if (!first.ok) {
    expect(first.problem).toMatch(/^value(?:\.[\w-]+|\[\d+\])*: \S/);
    return;
  }
  const canonical = codecFor(type).toJson(first.value);
  expect(JSON.stringify(codecFor(type).toJson(decoded(type, canonical)))).toBe(JSON.stringify(canonical));
}

describe("JSON of anyone's making", () => {
  test("never throws, and what is accepted has one canonical form", () => {
    fc.assert(
      fc.property(types(), fc.jsonValue(), (type, json) => judge(type, json)),
      runs,
    );
  });

  test("nor does any other value that a caller of the library may hand in", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(types(), anything, (type, json) => judge(type, json)),
      runs,
    );
  });

  test("that is almost right is judged the same way", () => {
    fc.assert(
      fc.property(specimens(), fc.infiniteStream(fc.nat()), fc.jsonValue(), ({ type, sample }, steps, intruder) => {
        judge(type, replacedSomewhere(JSON.parse(JSON.stringify(sample.canonical)), steps, intruder));
      }),
      runs,
    );
  });
});

/** The JSON with one part of it, wherever the steps lead, exchanged for another value or put under another key. */
function replacedSomewhere(json: unknown, steps: Iterator<number>, intruder: unknown): unknown {
  const turn = steps.next().value as number;
  if (typeof json !== "object" || json === null || turn % 4 === 0) return intruder;
  const parts: unknown[] | Record<string, unknown> = Array.isArray(json) ? [...(json as unknown[])] : { ...json };
  const keys = Object.keys(parts);
  const key = keys[turn % Math.max(keys.length, 1)];
  if (key === undefined || turn % 4 === 1)
    return Object.assign(parts, { [JSON.stringify(intruder).slice(0, 9)]: intruder });
  return Object.assign(parts, { [key]: replacedSomewhere(Reflect.get(parts, key), steps, intruder) });
}
