import type { FunctionType, WitType } from "../../core/wit/type.ts";

export type CoreType = "i32" | "i64" | "f32" | "f64";

/** How a type lies in memory, and what it is as core values (CanonicalABI.md, "Alignment", "Element Size", "Flattening"). */
export interface Layout {
  /** In bytes. */
  readonly size: number;
  readonly align: number;
  /** No more than `flatMax`: whatever has so many is passed in memory. */
  readonly flat: readonly CoreType[];
}

/** The layout of values one after the other, with the offset of each. */
export interface SequenceLayout extends Layout {
  readonly offsets: readonly number[];
}

/** The layout of one of several cases: the case's number, then room for the largest payload. */
export interface ChoiceLayout extends Layout {
  readonly tagSize: 1 | 2 | 4;
  readonly payloadOffset: number;
}

/** More core values than this are passed in memory. */
const flatParamsMax = 16;
const flatResultsMax = 1;
const flatMax = flatParamsMax + 1;

const layouts = new WeakMap<WitType, Layout>();

export function layoutOf(type: WitType): Layout {
  let layout = layouts.get(type);
  if (layout === undefined) {
    layout = computeLayout(type);
    layouts.set(type, layout);
  }
  return layout;
}

const counts = new WeakMap<WitType, number>();

/** Objects with more properties than this are hash tables to the engine, in which each takes as much as five others. */
const slimMax = 128;
const inTable = (properties: number) => (properties > slimMax ? 4 * properties : 0);

/** The values that one of a type is made of at most, itself counted; what lists without a length hold is not. */
export function valuesIn(type: WitType): number {
  let count = counts.get(type);
  if (count === undefined) {
    count = 1 + countParts(type);
    counts.set(type, count);
  }
  return count;
}

function countParts(type: WitType): number {
  const sum = (types: readonly WitType[]) => types.reduce((total, part) => total + valuesIn(part), 0);
  switch (type.kind) {
    case "list":
      return type.length === undefined ? 0 : type.length * valuesIn(type.element);
    case "record":
      return sum(type.fields.map((field) => field.type)) + inTable(type.fields.length);
    case "tuple":
      return sum(type.items);
    case "flags":
      return type.flags.length + inTable(type.flags.length);
    case "variant":
    case "option":
    case "result":
      return payloadsOf(type).reduce(
        (most, payload) => Math.max(most, payload === undefined ? 0 : valuesIn(payload)),
        0,
      );
    default:
      return 0;
  }
}

/** How a function's values are passed between core code and its surroundings. */
export interface CallLayout {
  readonly params: SequenceLayout;
  /** Parameters lie in memory, and one pointer to them is passed. */
  readonly paramsInMemory: boolean;
  readonly result: Layout | undefined;
  readonly resultInMemory: boolean;
}

export function callLayout({ params, result }: FunctionType): CallLayout {
  const sequence = sequenceLayout(params.map((param) => param.type));
  const of = result === undefined ? undefined : layoutOf(result);
  return {
    params: sequence,
    paramsInMemory: sequence.flat.length > flatParamsMax,
    result: of,
    resultInMemory: of !== undefined && of.flat.length > flatResultsMax,
  };
}

/** The core signature of a function that a component imports (`lower`) or exports (`lift`). */
export function coreSignature(
  type: FunctionType,
  direction: "lower" | "lift",
): { params: readonly CoreType[]; results: readonly CoreType[] } {
  const { params, paramsInMemory, result, resultInMemory } = callLayout(type);
  const flat: CoreType[] = paramsInMemory ? ["i32"] : [...params.flat];
  if (!resultInMemory) return { params: flat, results: result?.flat ?? [] };
  return direction === "lower" ? { params: [...flat, "i32"], results: [] } : { params: flat, results: ["i32"] };
}

export function sequenceLayout(types: readonly WitType[]): SequenceLayout {
  let size = 0;
  let align = 1;
  const flat: CoreType[] = [];
  const offsets = types.map((type) => {
    const item = layoutOf(type);
    const offset = alignTo(size, item.align);
    size = offset + item.size;
    align = Math.max(align, item.align);
    for (const core of item.flat) if (flat.length < flatMax) flat.push(core);
    return offset;
  });
  return { size: alignTo(size, align), align, flat, offsets };
}

export function choiceLayout(payloads: readonly (WitType | undefined)[]): ChoiceLayout {
  const tagSize = payloads.length <= 0x100 ? 1 : payloads.length <= 0x1_0000 ? 2 : 4;
  let size = 0;
  let align = 1;
  const flat: CoreType[] = [];
  for (const payload of payloads) {
    if (payload === undefined) continue;
    const layout = layoutOf(payload);
    size = Math.max(size, layout.size);
    align = Math.max(align, layout.align);
    for (const [i, core] of layout.flat.entries()) flat[i] = joined(flat[i] ?? core, core);
  }
  const payloadOffset = alignTo(tagSize, align);
  const whole = Math.max(tagSize, align);
  return {
    size: alignTo(payloadOffset + size, whole),
    align: whole,
    flat: ["i32" as const, ...flat].slice(0, flatMax),
    tagSize,
    payloadOffset,
  };
}

/** The payload of each case, in the order of the cases' numbers. */
export function payloadsOf(
  type: Extract<WitType, { kind: "variant" | "enum" | "option" | "result" }>,
): readonly (WitType | undefined)[] {
  switch (type.kind) {
    case "variant":
      return type.cases.map((of) => of.type);
    case "enum":
      return type.cases.map(() => undefined);
    case "option":
      return [undefined, type.some];
    case "result":
      return [type.ok, type.err];
  }
}

function computeLayout(type: WitType): Layout {
  switch (type.kind) {
    case "bool":
    case "u8":
    case "s8":
      return { size: 1, align: 1, flat: ["i32"] };
    case "u16":
    case "s16":
      return { size: 2, align: 2, flat: ["i32"] };
    case "u32":
    case "s32":
    case "char":
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      return { size: 4, align: 4, flat: ["i32"] };
    case "u64":
    case "s64":
      return { size: 8, align: 8, flat: ["i64"] };
    case "f32":
      return { size: 4, align: 4, flat: ["f32"] };
    case "f64":
      return { size: 8, align: 8, flat: ["f64"] };
    case "string":
      return { size: 8, align: 4, flat: ["i32", "i32"] };
    case "list":
      if (type.length === undefined) return { size: 8, align: 4, flat: ["i32", "i32"] };
      return sequenceLayout(Array.from({ length: type.length }, () => type.element));
    case "record":
      return sequenceLayout(type.fields.map((field) => field.type));
    case "tuple":
      return sequenceLayout(type.items);
    case "flags":
      return flagsLayout(type.flags.length);
    case "variant":
    case "enum":
    case "option":
    case "result":
      return choiceLayout(payloadsOf(type));
  }
}

function flagsLayout(count: number): Layout {
  if (count <= 8) return { size: 1, align: 1, flat: ["i32"] };
  if (count <= 16) return { size: 2, align: 2, flat: ["i32"] };
  const words = Math.ceil(count / 32);
  return { size: 4 * words, align: 4, flat: Array.from({ length: Math.min(words, flatMax) }, () => "i32" as const) };
}

/** The core type that holds values of both. */
function joined(a: CoreType, b: CoreType): CoreType {
  if (a === b) return a;
  return (a === "i32" && b === "f32") || (a === "f32" && b === "i32") ? "i32" : "i64";
}

function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
