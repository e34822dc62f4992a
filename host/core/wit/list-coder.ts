import { decodeBase64 } from "../base64.ts";
import type { Json } from "../json.ts";
import type { Coder } from "./coder.ts";
import { Mismatch, unlike } from "./mismatch.ts";
import type { WitType } from "./type.ts";

type ListType = Extract<WitType, { kind: "list" }>;

/** Lists of numbers are typed arrays to a guest's host functions; all others are arrays. */
const typedArrays: Partial<Record<WitType["kind"], new (length: number) => { [index: number]: unknown }>> = {
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

export function listCoder(type: ListType, element: Coder): Coder {
  const Elements = typedArrays[type.element.kind] ?? Array;
  const write = (value: unknown): Json => {
    const elements = value as ArrayLike<unknown>;
    const json: Json[] = [];
    // Filled several times as fast as an array that grows.
    json.length = elements.length;
    for (let i = 0; i < elements.length; i++) json[i] = element.write(elements[i]);
    return json;
  };
  const read = (json: unknown): unknown => {
    if (!Array.isArray(json) || !fits(json.length)) return unlike(json, type);
    const elements = new Elements(json.length);
    for (let i = 0; i < json.length; i++) {
      const value = element.read(json[i]);
      if (value instanceof Mismatch) return value.within(`[${i}]`);
      elements[i] = value;
    }
    return elements;
  };
  const fits = (length: number) => type.length === undefined || length === type.length;
  if (type.element.kind !== "u8") return { write, read };
  return {
    write,
    read: (json) => {
      const bytes = typeof json === "string" ? decodeBase64(json) : json;
      if (!(bytes instanceof Uint8Array)) {
        return typeof json === "string" ? new Mismatch("the string is not base64, wanted list<u8>") : read(json);
      }
      return fits(bytes.length) ? bytes : new Mismatch(`found ${bytes.length} bytes, wanted list<u8, ${type.length}>`);
    },
  };
}

export function tupleCoder(type: Extract<WitType, { kind: "tuple" }>, items: readonly Coder[]): Coder {
  return {
    write: (value) => {
      const values = value as readonly unknown[];
      return items.map((item, i) => item.write(values[i]));
    },
    read: (json) => {
      if (!Array.isArray(json) || json.length !== items.length) return unlike(json, type);
      const values: unknown[] = [];
      for (const [i, item] of items.entries()) {
        const value = item.read(json[i]);
        if (value instanceof Mismatch) return value.within(`[${i}]`);
        values.push(value);
      }
      return values;
    },
  };
}
