import { kebabToCamel } from "../core/names.ts";
import type { WitType } from "../core/wit/type.ts";
import { type Abi, BadHostValue, type Flat } from "./abi.ts";
import { layoutOf, sequence } from "./layout.ts";

type AbiOf = (type: WitType) => Abi;

export function recordAbi(type: Extract<WitType, { kind: "record" }>, abiOf: AbiOf): Abi {
  const { offsets } = sequence(type.fields.map((field) => field.type));
  const fields = type.fields.map((field, i) => ({
    property: kebabToCamel(field.name),
    offset: offsets[i] as number,
    abi: abiOf(field.type),
  }));
  return {
    load: (memory, pointer) => {
      const value: Record<string, unknown> = {};
      for (const { property, offset, abi } of fields) put(value, property, abi.load(memory, pointer + offset));
      return value;
    },
    store: (memory, pointer, value) => {
      const record = recordOf(value);
      for (const { property, offset, abi } of fields) abi.store(memory, pointer + offset, record[property]);
    },
    lift: (memory, flat: Flat) => {
      const value: Record<string, unknown> = {};
      for (const { property, abi } of fields) put(value, property, abi.lift(memory, flat));
      return value;
    },
    lower: (memory, value, flat) => {
      const record = recordOf(value);
      for (const { property, abi } of fields) abi.lower(memory, record[property], flat);
    },
  };
}

export function tupleAbi(type: Extract<WitType, { kind: "tuple" }>, abiOf: AbiOf): Abi {
  const { offsets } = sequence(type.items);
  const items = type.items.map((item, i) => ({ offset: offsets[i] as number, abi: abiOf(item) }));
  return {
    load: (memory, pointer) => items.map(({ offset, abi }) => abi.load(memory, pointer + offset)),
    store: (memory, pointer, value) => {
      const tuple = tupleOf(value, items.length);
      items.forEach(({ offset, abi }, i) => abi.store(memory, pointer + offset, tuple[i]));
    },
    lift: (memory, flat) => items.map(({ abi }) => abi.lift(memory, flat)),
    lower: (memory, value, flat) => {
      const tuple = tupleOf(value, items.length);
      items.forEach(({ abi }, i) => abi.lower(memory, tuple[i], flat));
    },
  };
}

/** One bit for each flag, from the lowest on. */
export function flagsAbi(type: Extract<WitType, { kind: "flags" }>): Abi {
  const properties = type.flags.map(kebabToCamel);
  const { size, flat: words } = layoutOf(type);
  const fromWords = (word: (i: number) => number) => {
    const value: Record<string, unknown> = {};
    properties.forEach((property, i) => put(value, property, ((word(i >> 5) >>> (i & 31)) & 1) === 1));
    return value;
  };
  const toWords = (value: unknown) => {
    const record = recordOf(value);
    const all = words.map(() => 0);
    properties.forEach((property, i) => {
      if (record[property] === true) all[i >> 5] = ((all[i >> 5] ?? 0) | (1 << (i & 31))) >>> 0;
    });
    return all;
  };
  return {
    load: ({ view }, pointer) =>
      fromWords((i) =>
        size === 1
          ? view.getUint8(pointer)
          : size === 2
            ? view.getUint16(pointer, true)
            : view.getUint32(pointer + 4 * i, true),
      ),
    store: ({ view }, pointer, value) => {
      const all = toWords(value);
      if (size === 1) view.setUint8(pointer, all[0] ?? 0);
      else if (size === 2) view.setUint16(pointer, all[0] ?? 0, true);
      else all.forEach((word, i) => view.setUint32(pointer + 4 * i, word, true));
    },
    lift: (_, flat) => {
      const from = flat.at;
      flat.at += words.length;
      return fromWords((i) => Number(flat.values[from + i]));
    },
    lower: (_, value, flat) => void flat.push(...toWords(value).map((word) => word | 0)),
  };
}

/** Sets an own property whatever its name; assigning `__proto__` would do something else. */
function put(value: Record<string, unknown>, property: string, of: unknown): void {
  if (property === "__proto__") {
    Object.defineProperty(value, property, { value: of, enumerable: true, configurable: true, writable: true });
  } else value[property] = of;
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new BadHostValue(`${String(value)} is no record`);
}

function tupleOf(value: unknown, length: number): readonly unknown[] {
  if (Array.isArray(value) && value.length === length) return value;
  throw new BadHostValue(`${String(value)} is no tuple of ${length}`);
}
