import type { CoreType } from "./layout.ts";
import type { CoreValue, Flat } from "./value-abi.ts";

type Read<T> = (flat: readonly CoreValue[]) => T;
type Write<T> = (flat: Flat, value: T) => void;

const scratch = new DataView(new ArrayBuffer(8));

/** Reads an i32 from its place, which may be an i64's. */
export function readI32(slots: readonly CoreType[], at: number): Read<number> {
  if (slots[at] === "i64") return (flat) => Number(BigInt.asIntN(32, flat[at] as bigint));
  return (flat) => flat[at] as number;
}

export function writeI32(slots: readonly CoreType[], at: number): Write<number> {
  if (slots[at] === "i64") return (flat, value) => void (flat[at] = BigInt(value >>> 0));
  return (flat, value) => void (flat[at] = value);
}

export function readI64(at: number): Read<bigint> {
  return (flat) => flat[at] as bigint;
}

export function writeI64(at: number): Write<bigint> {
  return (flat, value) => void (flat[at] = value);
}

/** Reads an f32 from its place, in which its bits may stand as an i32 or i64. */
export function readF32(slots: readonly CoreType[], at: number): Read<number> {
  if (slots[at] === "f32") return (flat) => flat[at] as number;
  const bits = readI32(slots, at);
  return (flat) => {
    scratch.setInt32(0, bits(flat));
    return scratch.getFloat32(0);
  };
}

export function writeF32(slots: readonly CoreType[], at: number): Write<number> {
  if (slots[at] === "f32") return (flat, value) => void (flat[at] = value);
  const bits = writeI32(slots, at);
  return (flat, value) => {
    scratch.setFloat32(0, value);
    bits(flat, scratch.getInt32(0));
  };
}

export function readF64(slots: readonly CoreType[], at: number): Read<number> {
  if (slots[at] === "f64") return (flat) => flat[at] as number;
  return (flat) => {
    scratch.setBigInt64(0, flat[at] as bigint);
    return scratch.getFloat64(0);
  };
}

export function writeF64(slots: readonly CoreType[], at: number): Write<number> {
  if (slots[at] === "f64") return (flat, value) => void (flat[at] = value);
  return (flat, value) => {
    scratch.setFloat64(0, value);
    flat[at] = scratch.getBigInt64(0);
  };
}

/** What stands in a place that a case does not use. */
export function zero(core: CoreType): CoreValue {
  return core === "i64" ? 0n : 0;
}
