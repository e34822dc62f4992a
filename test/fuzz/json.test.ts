/** JSON from anywhere, read as any type: a value with one canonical form, or a problem in words. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../host/core/json.ts";
import { codecFor } from "../../host/core/wit/json.ts";
import { decodeParams } from "../../host/core/wit/signature.ts";
import type { WitType } from "../../host/core/wit/type.ts";
import type { Chance } from "../sim/chance.ts";
import { specimens } from "../support/wit-types.ts";
import { fuzz } from "./fuzzer.ts";
import { pick } from "./mutator.ts";

interface Input {
  readonly type: WitType;
  readonly json: Json;
}

/** Names that objects have before anybody gives them any; no component may have the first, and the codec does not know. */
const inherited = ["__proto__", "constructor", "prototype", "to-string", "toString", "has-own-property", "value-of"];

const oddities: readonly Json[] = [
  null,
  true,
  -0,
  0.1,
  -1,
  256,
  2 ** 53,
  1e308,
  "",
  "NaN",
  "inf",
  "-0",
  "00",
  " 1",
  "1e3",
  "18446744073709551616",
  "9".repeat(10_000),
  "\ud800",
  "\u{1f600}",
  "AA=A",
  "__proto__",
  [],
  {},
  [null],
  { tag: "ok", val: 1 },
  ...inherited.flatMap((name) => [own(name, null), own(name, own("polluted", true)), name]),
];

/** An object with a key of its own, whatever it is called. */
function own(name: string, value: Json): Json {
  return JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as Json;
}

/** The JSON with one of its parts, at some depth, made into something else. */
function changed(json: Json, chance: Chance): Json {
  const isList = Array.isArray(json);
  if (typeof json !== "object" || json === null || chance.below(4) === 0) return pick(oddities, chance);
  const entries = Object.entries(json as Record<string, Json>);
  if (entries.length === 0) return pick(oddities, chance);
  const at = chance.below(entries.length);
  const [key, value] = entries[at]!;
  switch (chance.below(5)) {
    case 0:
      entries.splice(at, 1);
      break;
    case 1:
      entries.push([isList ? String(entries.length) : pick(inherited, chance), value]);
      break;
    case 2:
      if (!isList) entries[at] = [pick(inherited, chance), value];
      break;
    default:
      entries[at] = [key, changed(value, chance)];
  }
  return isList ? entries.map(([, item]) => item) : (Object.fromEntries(entries) as Json);
}

interface Part {
  readonly kind?: string;
  readonly fields?: readonly { readonly name: string }[];
  readonly cases?: readonly (string | { readonly name: string })[];
  readonly flags?: readonly string[];
}

/** The type with some names that nobody expects; never one twice in the same place. */
function renamed(type: WitType, chance: Chance): WitType {
  const rename = (all: readonly (string | { readonly name: string })[]): readonly unknown[] => {
    const name = pick(inherited, chance);
    const names = all.map((one) => (typeof one === "string" ? one : one.name));
    const [first, ...rest] = all;
    return names.includes(name) ? all : [typeof first === "string" ? name : { ...first, name }, ...rest];
  };
  const text = JSON.stringify(type, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    const { kind, fields, cases, flags } = part as Part;
    if (kind === undefined || chance.below(2) === 0) return part;
    return {
      ...part,
      ...(fields && { fields: rename(fields) }),
      ...(cases && { cases: rename(cases) }),
      ...(flags && { flags: rename(flags) }),
    };
  });
  return JSON.parse(text) as WitType;
}

const untouched = Object.getOwnPropertyNames(Object.prototype).toSorted();

fuzz(
  {
    name: "json",
    make: (chance) => {
      const [specimen] = fc.sample(specimens(2), { seed: chance.below(2 ** 31), numRuns: 1 });
      const { type, sample } = specimen!;
      let json = (chance.below(2) === 0 ? sample.canonical : sample.loose) as Json;
      for (let left = chance.below(4); left > 0; left--) json = changed(json, chance);
      const input: Input = { type: chance.below(3) === 0 ? renamed(type, chance) : type, json };
      return Buffer.from(JSON.stringify(input));
    },
    check: (bytes) => {
      const { type, json } = JSON.parse(Buffer.from(bytes).toString()) as Input;
      const codec = codecFor(type);
      const read = codec.fromJson(json, "given");
      if (read.ok) expectCanonical(type, read.value);
      else expect(read.problem).toMatch(/^given[^]*: /);
      const params = decodeParams({ params: [{ name: "of", type }] }, [json]);
      if (params.ok) expect(JSON.stringify(params.canonical)).toBeTypeOf("string");
      expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(untouched);
      expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
    },
  },
  15_000,
);

test("JSON that is deeper than any type is refused as any other that does not fit", () => {
  const arrays = JSON.parse("[".repeat(100_000) + "]".repeat(100_000)) as Json;
  const objects = JSON.parse(`${'{"some":'.repeat(100_000)}1${"}".repeat(100_000)}`) as Json;
  for (const { type } of fc.sample(specimens(3), { seed: 1, numRuns: 200 })) {
    for (const json of [arrays, objects]) expect(codecFor(type).fromJson(json, "deep").ok).toBe(false);
  }
});

/** What was read has one form, and is read from that as it was. */
function expectCanonical(type: WitType, value: unknown): void {
  const codec = codecFor(type);
  const canonical = codec.toJson(value);
  const text = JSON.stringify(canonical);
  const again = codec.fromJson(JSON.parse(text), "canonical");
  if (!again.ok) throw new Error(`${text} is written, and not read: ${again.problem}`);
  expect(JSON.stringify(codec.toJson(again.value))).toBe(text);
}
