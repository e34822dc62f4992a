import { unreachable } from "../core/assert.ts";
import type { WitType } from "../core/wit/type.ts";

export type CoreType = "i32" | "i64" | "f32" | "f64";

/** How a type lies in memory, and as core values (CanonicalABI.md, "Alignment", "Element Size", "Flattening"). */
export interface Layout {
  readonly size: number;
  readonly align: number;
  readonly flat: readonly CoreType[];
}

const layouts = new WeakMap<WitType, Layout>();

export function layoutOf(type: WitType): Layout {
  let layout = layouts.get(type);
  if (layout === undefined) {
    layout = compute(type);
    layouts.set(type, layout);
  }
  return layout;
}

function compute(type: WitType): Layout {
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
      return type.length === undefined
        ? { size: 8, align: 4, flat: ["i32", "i32"] }
        : sequence(Array.from({ length: type.length }, () => type.element)).layout;
    case "record":
      return sequence(type.fields.map((field) => field.type)).layout;
    case "tuple":
      return sequence(type.items).layout;
    case "flags":
      return flagsLayout(type.flags.length);
    case "variant":
    case "enum":
    case "option":
    case "result":
      return choice(casesOf(type)).layout;
    default:
      return unreachable(type);
  }
}

/** The fields of a record one after the other, with the place of each. */
export function sequence(types: readonly WitType[]): { layout: Layout; offsets: readonly number[] } {
  let size = 0;
  let align = 1;
  const flat: CoreType[] = [];
  const offsets = types.map((type) => {
    const field = layoutOf(type);
    const offset = alignTo(size, field.align);
    size = offset + field.size;
    align = Math.max(align, field.align);
    flat.push(...field.flat);
    return offset;
  });
  return { layout: { size: alignTo(size, align), align, flat }, offsets };
}

/** One of several cases: a discriminant, then room for the largest payload. */
export function choice(cases: readonly (WitType | undefined)[]): {
  layout: Layout;
  tagSize: 1 | 2 | 4;
  payload: number;
} {
  const tagSize = cases.length <= 0x100 ? 1 : cases.length <= 0x10000 ? 2 : 4;
  let size = 0;
  let align: number = 1;
  const flat: CoreType[] = [];
  for (const of of cases) {
    if (of === undefined) continue;
    const payload = layoutOf(of);
    size = Math.max(size, payload.size);
    align = Math.max(align, payload.align);
    payload.flat.forEach((core, i) => {
      const known = flat[i];
      flat[i] = known === undefined ? core : join(known, core);
    });
  }
  const payload = alignTo(tagSize, align);
  const whole = Math.max(tagSize, align);
  return { layout: { size: alignTo(payload + size, whole), align: whole, flat: ["i32", ...flat] }, tagSize, payload };
}

/** The payload of each case, in the order of the discriminant. */
export function casesOf(
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

/** The core type that holds both. */
export function join(a: CoreType, b: CoreType): CoreType {
  if (a === b) return a;
  return (a === "i32" && b === "f32") || (a === "f32" && b === "i32") ? "i32" : "i64";
}

export function alignTo(offset: number, align: number): number {
  return (offset + align - 1) & -align;
}

function flagsLayout(count: number): Layout {
  if (count <= 8) return { size: 1, align: 1, flat: ["i32"] };
  if (count <= 16) return { size: 2, align: 2, flat: ["i32"] };
  const words = Math.ceil(count / 32);
  return { size: 4 * words, align: 4, flat: Array.from({ length: words }, () => "i32" as const) };
}
