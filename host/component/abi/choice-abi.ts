import type { WitType } from "../../core/wit/type.ts";
import { GuestTrap } from "../../ports/components.ts";
import type { CanonMemory } from "./canon-memory.ts";
import { choiceLayout, payloadsOf } from "./layout.ts";
import { Misfit, within } from "./misfit.ts";
import { readI32, writeI32, zero } from "./slots.ts";
import type { ValueAbi } from "./value-abi.ts";

type ChoiceType = Extract<WitType, { kind: "variant" | "enum" | "option" | "result" }>;

/** What the cases of a type look like in JavaScript. */
interface Shape {
  wrap(index: number, payload: unknown): unknown;
  /** The number of the case that a value is of; undefined when it is of none. */
  indexOf(value: unknown): number | undefined;
  payload(value: unknown): unknown;
  /** The payload's place in a path. */
  step(index: number): string;
}

export function choiceAbi(type: ChoiceType, abiOf: (type: WitType) => ValueAbi): ValueAbi {
  const payloads = payloadsOf(type);
  const { flat: own, tagSize, payloadOffset } = choiceLayout(payloads);
  const abis = payloads.map((payload) => (payload === undefined ? undefined : abiOf(payload)));
  const shape = shapeOf(type);
  const wanted = wantedText(type);
  const count = payloads.length;

  const known = (index: number): number => {
    if (index < count) return index;
    throw new GuestTrap(`the guest passes case ${index} of ${wanted}, which has ${count}`);
  };
  const indexIn = (value: unknown): number => {
    const index = shape.indexOf(value);
    if (index === undefined) throw new Misfit(value, wanted);
    return index;
  };
  return {
    load: (memory, at) => {
      const index = known(loadTag(memory, at, tagSize));
      return shape.wrap(index, abis[index]?.load(memory, at + payloadOffset));
    },
    store: (memory, value, at) => {
      const index = indexIn(value);
      storeTag(memory, index, at, tagSize);
      try {
        abis[index]?.store(memory, shape.payload(value), at + payloadOffset);
      } catch (error) {
        throw within(error, shape.step(index));
      }
    },
    liftFlat: (slots, at) => {
      const tag = readI32(slots, at);
      const lifts = abis.map((abi) => abi?.liftFlat(slots, at + 1));
      return (memory, flat) => {
        const index = known(tag(flat) >>> 0);
        return shape.wrap(index, lifts[index]?.(memory, flat));
      };
    },
    lowerFlat: (slots, at) => {
      const tag = writeI32(slots, at);
      const lowers = abis.map((abi) => abi?.lowerFlat(slots, at + 1));
      const unused = own.slice(1).map((_, i) => ({ place: at + 1 + i, value: zero(slots[at + 1 + i] ?? "i32") }));
      return (memory, value, flat) => {
        const index = indexIn(value);
        tag(flat, index);
        for (const { place, value: none } of unused) flat[place] = none;
        try {
          lowers[index]?.(memory, shape.payload(value), flat);
        } catch (error) {
          throw within(error, shape.step(index));
        }
      };
    },
  };
}

function loadTag({ view }: CanonMemory, at: number, size: 1 | 2 | 4): number {
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

function storeTag({ view }: CanonMemory, index: number, at: number, size: 1 | 2 | 4): void {
  if (size === 1) view.setUint8(at, index);
  else if (size === 2) view.setUint16(at, index, true);
  else view.setUint32(at, index, true);
}

function shapeOf(type: ChoiceType): Shape {
  switch (type.kind) {
    case "enum":
      return enumShape(type.cases);
    case "variant":
      return taggedShape(type.cases.map((of) => ({ tag: of.name, payload: of.type !== undefined })));
    case "result":
      return taggedShape([
        { tag: "ok", payload: true },
        { tag: "err", payload: true },
      ]);
    case "option":
      if (type.some.kind !== "option") return optionShape;
      return taggedShape([
        { tag: "none", payload: false },
        { tag: "some", payload: true },
      ]);
  }
}

function enumShape(names: readonly string[]): Shape {
  const indices = new Map<unknown, number>(names.map((name, i) => [name, i]));
  return {
    wrap: (index) => names[index],
    indexOf: (value) => indices.get(value),
    payload: () => undefined,
    step: () => "",
  };
}

function taggedShape(cases: readonly { readonly tag: string; readonly payload: boolean }[]): Shape {
  const indices = new Map<unknown, number>(cases.map(({ tag }, i) => [tag, i]));
  return {
    wrap: (index, val) => {
      const { tag, payload } = cases[index] as { tag: string; payload: boolean };
      return payload ? { tag, val } : { tag };
    },
    indexOf: (value) =>
      typeof value === "object" && value !== null ? indices.get((value as { tag?: unknown }).tag) : undefined,
    payload: (value) => (value as { val?: unknown }).val,
    step: (index) => `.${cases[index]?.tag ?? ""}`,
  };
}

const optionShape: Shape = {
  wrap: (_, payload) => payload,
  indexOf: (value) => (value === undefined || value === null ? 0 : 1),
  payload: (value) => value,
  step: () => "",
};

function wantedText(type: ChoiceType): string {
  switch (type.kind) {
    case "enum":
      return `the enum ${type.name ?? ""}(${type.cases.join(", ")})`;
    case "variant":
      return `the variant ${type.name ?? ""}(${type.cases.map((of) => of.name).join(", ")})`;
    case "result":
      return "a result { tag: 'ok' | 'err' }";
    case "option":
      return "an option { tag: 'some' | 'none' }";
  }
}
