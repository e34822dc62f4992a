import type { WitType } from "../core/wit/type.ts";
import { GuestTrap } from "../ports/components.ts";
import { type Abi, BadHostValue, type CoreValue, type Flat } from "./abi.ts";
import { type CoreType, casesOf, choice, layoutOf } from "./layout.ts";
import type { GuestMemory } from "./memory.ts";

type ChoiceType = Extract<WitType, { kind: "variant" | "enum" | "option" | "result" }>;

/** How the cases of a type look in JavaScript. */
interface Shape {
  /** The value of the case at `index`. */
  wrap(index: number, payload: unknown): unknown;
  /** The case that a value is of; below 0 when of none. */
  indexOf(value: unknown): number;
  payload(value: unknown): unknown;
}

export function choiceAbi(type: ChoiceType, abiOf: (type: WitType) => Abi): Abi {
  const cases = casesOf(type);
  const { layout, tagSize, payload: payloadAt } = choice(cases);
  const abis = cases.map((of) => (of === undefined ? undefined : abiOf(of)));
  const flats = cases.map((of) => (of === undefined ? [] : layoutOf(of).flat));
  const joined = layout.flat.slice(1);
  const shape = shapeOf(type);

  const indexIn = (value: unknown): number => {
    const index = shape.indexOf(value);
    if (index < 0) throw new BadHostValue(`${show(value)} is of no case of the ${type.kind}`);
    return index;
  };
  const checked = (index: number): number => {
    if (index >= cases.length) throw new GuestTrap(`${index} is no case of a ${type.kind} with ${cases.length}`);
    return index;
  };
  return {
    load: (memory, pointer) => {
      const index = checked(readTag(memory, pointer, tagSize));
      return shape.wrap(index, abis[index]?.load(memory, pointer + payloadAt));
    },
    store: (memory, pointer, value) => {
      const index = indexIn(value);
      writeTag(memory, pointer, tagSize, index);
      abis[index]?.store(memory, pointer + payloadAt, shape.payload(value));
    },
    lift: (memory, flat: Flat) => {
      const index = checked(Number(flat.values[flat.at++]) >>> 0);
      const from = flat.at;
      flat.at += joined.length;
      const abi = abis[index];
      if (abi === undefined) return shape.wrap(index, undefined);
      const values = (flats[index] ?? []).map((core, i) => narrow(flat.values[from + i] as CoreValue, joined[i], core));
      return shape.wrap(index, abi.lift(memory, { values, at: 0 }));
    },
    lower: (memory, value, flat) => {
      const index = indexIn(value);
      flat.push(index);
      const own: CoreValue[] = [];
      abis[index]?.lower(memory, shape.payload(value), own);
      joined.forEach((core, i) =>
        flat.push(i < own.length ? widen(own[i] as CoreValue, flats[index]?.[i], core) : zero(core)),
      );
    },
  };
}

function readTag({ view }: GuestMemory, pointer: number, size: 1 | 2 | 4): number {
  if (size === 1) return view.getUint8(pointer);
  return size === 2 ? view.getUint16(pointer, true) : view.getUint32(pointer, true);
}

function writeTag({ view }: GuestMemory, pointer: number, size: 1 | 2 | 4, index: number): void {
  if (size === 1) view.setUint8(pointer, index);
  else if (size === 2) view.setUint16(pointer, index, true);
  else view.setUint32(pointer, index, true);
}

const scratch = new DataView(new ArrayBuffer(8));

/** From the core type that all cases share to the one of this case. */
function narrow(value: CoreValue, from: CoreType | undefined, to: CoreType): CoreValue {
  if (from === to) return value;
  if (from === "i64") {
    scratch.setBigInt64(0, value as bigint);
    if (to === "f64") return scratch.getFloat64(0);
    return to === "f32" ? scratch.getFloat32(4) : scratch.getInt32(4);
  }
  scratch.setInt32(0, value as number); // i32 that holds an f32
  return scratch.getFloat32(0);
}

/** The other way round. */
function widen(value: CoreValue, from: CoreType | undefined, to: CoreType): CoreValue {
  if (from === to) return value;
  scratch.setBigInt64(0, 0n);
  if (from === "f64") scratch.setFloat64(0, value as number);
  else if (from === "f32") scratch.setFloat32(4, value as number);
  else scratch.setInt32(4, value as number);
  return to === "i64" ? scratch.getBigInt64(0) : scratch.getInt32(4);
}

function zero(core: CoreType): CoreValue {
  return core === "i64" ? 0n : 0;
}

function shapeOf(type: ChoiceType): Shape {
  switch (type.kind) {
    case "enum":
      return plainShape(type.cases);
    case "variant":
      return taggedShape(
        type.cases.map((of) => of.name),
        type.cases.map((of) => of.type !== undefined),
      );
    case "result":
      return taggedShape(["ok", "err"], [true, true]);
    case "option":
      return type.some.kind === "option" ? taggedShape(["none", "some"], [false, true]) : bareOption;
  }
}

function plainShape(names: readonly string[]): Shape {
  const indices = new Map(names.map((name, i) => [name, i]));
  return {
    wrap: (index) => names[index],
    indexOf: (value) => indices.get(value as string) ?? -1,
    payload: () => undefined,
  };
}

function taggedShape(tags: readonly string[], withPayload: readonly boolean[]): Shape {
  const indices = new Map(tags.map((tag, i) => [tag, i]));
  return {
    wrap: (index, payload) => (withPayload[index] === true ? { tag: tags[index], val: payload } : { tag: tags[index] }),
    indexOf: (value) => indices.get((value as { tag?: string } | undefined | null)?.tag as string) ?? -1,
    payload: (value) => (value as { val?: unknown }).val,
  };
}

const bareOption: Shape = {
  wrap: (index, payload) => (index === 0 ? undefined : payload),
  indexOf: (value) => (value === undefined || value === null ? 0 : 1),
  payload: (value) => value,
};

function show(value: unknown): string {
  return typeof value === "object"
    ? JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner))
    : String(value);
}
