import * as fc from "fast-check";
import { kebabToCamel, kebabToSnake } from "../../host/core/names.ts";
import type { FunctionType, PrimitiveKind, WitType } from "../../host/core/wit/type.ts";

/** Short hands for types in tables. */
export const t = {
  bool: { kind: "bool" },
  u8: { kind: "u8" },
  u32: { kind: "u32" },
  u64: { kind: "u64" },
  s64: { kind: "s64" },
  f32: { kind: "f32" },
  f64: { kind: "f64" },
  char: { kind: "char" },
  string: { kind: "string" },
  list: (element: WitType, length?: number): WitType => ({
    kind: "list",
    element,
    ...(length !== undefined && { length }),
  }),
  option: (some: WitType): WitType => ({ kind: "option", some }),
  tuple: (...items: WitType[]): WitType => ({ kind: "tuple", items }),
  result: (ok?: WitType, err?: WitType): WitType => ({ kind: "result", ...(ok && { ok }), ...(err && { err }) }),
  record: (name: string, fields: Record<string, WitType>): WitType => ({
    kind: "record",
    name,
    fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
  }),
  variant: (name: string, cases: Record<string, WitType | undefined>): WitType => ({
    kind: "variant",
    name,
    cases: Object.entries(cases).map(([one, type]) => ({ name: one, ...(type && { type }) })),
  }),
  enum: (name: string, ...cases: string[]): WitType => ({ kind: "enum", name, cases }),
  flags: (name: string, ...flags: string[]): WitType => ({ kind: "flags", name, flags }),
  func: (params: Record<string, WitType>, result?: WitType): FunctionType => ({
    params: Object.entries(params).map(([name, type]) => ({ name, type })),
    ...(result && { result }),
  }),
} as const satisfies Record<string, unknown>;

/** A value of a type, as a guest's host function has it, and ways of writing it in JSON. */
export interface Sample {
  readonly value: unknown;
  readonly canonical: unknown;
  /** Another spelling that is accepted as well. */
  readonly loose: unknown;
}

export interface Specimen {
  readonly type: WitType;
  readonly sample: Sample;
}

const ordinaryNames = ["a", "b", "line-item", "HTTP-status", "x1", "a-1", "ok", "err", "some", "none", "tag", "val"];
const trickyNames = ["constructor", "proto", "to-string", "value-of", "has-own-property", "length", "then"];
const someNames = fc.uniqueArray(fc.constantFrom(...ordinaryNames, ...trickyNames), { minLength: 1, maxLength: 6 });

/** An arbitrary type together with an arbitrary value of it. */
export function specimens(depth = 3): fc.Arbitrary<Specimen> {
  return types(depth).chain((type) => samples(type).map((sample) => ({ type, sample })));
}

export function types(depth = 3): fc.Arbitrary<WitType> {
  const scalars = fc.constantFrom<PrimitiveKind>(...(Object.keys(scalarSamples) as PrimitiveKind[]));
  const leaves: fc.Arbitrary<WitType>[] = [
    scalars.map((kind) => ({ kind })),
    someNames.map((cases) => ({ kind: "enum", name: "an-enum", cases })),
    someNames.map((flags) => ({ kind: "flags", name: "some-flags", flags })),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const inner = fc.memo((n) => types(n))(depth - 1);
  const maybe = fc.option(inner, { nil: undefined });
  return fc.oneof(
    ...leaves,
    fc
      .tuple(inner, fc.option(fc.nat({ max: 3 }), { nil: undefined }))
      .map(([element, length]) => t.list(element, length)),
    inner.map(t.option),
    inner.map((some) => t.option(t.option(some))),
    fc.array(inner, { minLength: 1, maxLength: 4 }).map((items) => t.tuple(...items)),
    fc.tuple(maybe, maybe).map(([ok, err]) => t.result(ok, err)),
    fc
      .tuple(someNames, fc.array(inner, { minLength: 6, maxLength: 6 }))
      .map(([fields, parts]) => t.record("a-record", Object.fromEntries(fields.map((name, i) => [name, parts[i]!])))),
    fc
      .tuple(someNames, fc.array(maybe, { minLength: 6, maxLength: 6 }))
      .map(([cases, parts]) => t.variant("a-variant", Object.fromEntries(cases.map((name, i) => [name, parts[i]])))),
  );
}

const plain = (value: unknown): Sample => ({ value, canonical: value, loose: value });
const integers = (min: number, max: number) => fc.integer({ min, max }).map(plain);
const longs = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min, max }), fc.bigInt({ min: min < 0n ? -1000n : 0n, max: 1000n })).map((value) => {
    const safe = value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n;
    return { value, canonical: safe ? Number(value) : String(value), loose: String(value) };
  });
const floats = (values: fc.Arbitrary<number>, shorten: (value: number) => number) =>
  values.map((value): Sample => {
    if (Number.isNaN(value)) return { value, canonical: "NaN", loose: "NaN" };
    if (!Number.isFinite(value)) return { ...plain(value > 0 ? "inf" : "-inf"), value };
    const zero = value === 0;
    return { value: zero ? 0 : value, canonical: zero ? 0 : shorten(value), loose: value };
  });

const scalarSamples: Readonly<Record<PrimitiveKind, fc.Arbitrary<Sample>>> = {
  bool: fc.boolean().map(plain),
  u8: integers(0, 255),
  u16: integers(0, 65_535),
  u32: integers(0, 4_294_967_295),
  u64: longs(0n, 2n ** 64n - 1n),
  s8: integers(-128, 127),
  s16: integers(-32_768, 32_767),
  s32: integers(-2_147_483_648, 2_147_483_647),
  s64: longs(-(2n ** 63n), 2n ** 63n - 1n),
  f32: floats(fc.float(), shortestF32),
  f64: floats(fc.double(), (value) => value),
  char: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).map(plain),
  string: fc.string({ unit: "binary" }).map(plain),
};

/** The first decimal of 6 to 9 digits that is the same f32, or the whole number itself. */
function shortestF32(value: number): number {
  if (Number.isInteger(value)) return value;
  const decimals = [6, 7, 8, 9].map((digits) => Number.parseFloat(value.toPrecision(digits)));
  return decimals.find((decimal) => Math.fround(decimal) === value)!;
}

const typedArrays: Partial<Record<WitType["kind"], { from(values: Iterable<never>): unknown }>> = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  s8: Int8Array,
  s16: Int16Array,
  s32: Int32Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** An arbitrary value of a type. */
export function samples(type: WitType): fc.Arbitrary<Sample> {
  switch (type.kind) {
    case "list": {
      const length = type.length === undefined ? { maxLength: 5 } : { minLength: type.length, maxLength: type.length };
      return fc.array(samples(type.element), length).map((elements) => {
        const value = typedArrays[type.element.kind]?.from(valuesOf(elements) as never[]) ?? valuesOf(elements);
        const canonical = elements.map((element) => element.canonical);
        const bytes = type.element.kind === "u8";
        return {
          value,
          canonical,
          loose: bytes ? Buffer.from(canonical as number[]).toString("base64") : loosely(elements),
        };
      });
    }
    case "tuple":
      return fc.tuple(...type.items.map(samples)).map((items) => ({
        value: valuesOf(items),
        canonical: items.map((item) => item.canonical),
        loose: loosely(items),
      }));
    case "option":
      return optionSamples(type.some);
    case "result":
      return fc.oneof(
        ...(
          [
            ["ok", type.ok],
            ["err", type.err],
          ] as const
        ).map(([tag, payload]) => payloadSamples(tag, payload)),
      );
    case "variant":
      return fc.oneof(...type.cases.map((one) => caseSamples(one.name, one.type)));
    case "enum":
      return fc.constantFrom(...type.cases).map((tag) => ({ value: tag, canonical: kebabToSnake(tag), loose: tag }));
    case "flags":
      return fc.subarray([...type.flags]).map((set) => ({
        value: Object.fromEntries(type.flags.map((flag) => [kebabToCamel(flag), set.includes(flag)])),
        canonical: set.map(kebabToSnake),
        loose: set.toReversed(),
      }));
    case "record":
      return fc.tuple(...type.fields.map((field) => samples(field.type))).map((parts) => {
        const entries = (key: (name: string) => string, of: (part: Sample) => unknown) =>
          type.fields.map((field, i) => [key(field.name), of(parts[i]!)] as const);
        return {
          value: Object.fromEntries(entries(kebabToCamel, ({ value }) => value)),
          canonical: Object.fromEntries(entries(kebabToSnake, ({ canonical }) => canonical)),
          loose: Object.fromEntries(
            entries(
              (name) => name,
              ({ loose }) => loose,
            ).toReversed(),
          ),
        };
      });
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      throw new Error(`${type.kind} has no values to sample`);
    default:
      return scalarSamples[type.kind];
  }
}

const valuesOf = (parts: readonly Sample[]) => parts.map(({ value }) => value);
const loosely = (parts: readonly Sample[]) => parts.map(({ loose }) => loose);

function optionSamples(some: WitType): fc.Arbitrary<Sample> {
  if (some.kind !== "option")
    return fc.option(samples(some), { nil: { value: undefined, canonical: null, loose: null } });
  return fc.oneof(
    fc.constant({ value: { tag: "none" }, canonical: "none", loose: null }),
    samples(some).map(({ value, canonical, loose }) => ({
      value: { tag: "some", val: value },
      canonical: { some: canonical },
      loose: { some: loose },
    })),
  );
}

function payloadSamples(tag: "ok" | "err", payload: WitType | undefined): fc.Arbitrary<Sample> {
  const nothing: Sample = { value: undefined, canonical: null, loose: null };
  return (payload === undefined ? fc.constant(nothing) : samples(payload)).map(({ value, canonical, loose }) => ({
    value: { tag, val: value },
    canonical: { [tag]: canonical },
    loose: { [tag]: loose },
  }));
}

function caseSamples(name: string, payload: WitType | undefined): fc.Arbitrary<Sample> {
  const snake = kebabToSnake(name);
  if (payload === undefined) return fc.constant({ value: { tag: name }, canonical: snake, loose: { [name]: null } });
  return samples(payload).map(({ value, canonical, loose }) => ({
    value: { tag: name, val: value },
    canonical: { [snake]: canonical },
    loose: { [name]: loose },
  }));
}
