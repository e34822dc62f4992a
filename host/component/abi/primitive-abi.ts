import type { PrimitiveKind } from "../../core/wit/type.ts";
import { GuestTrap } from "../../ports/components.ts";
import { Misfit } from "./misfit.ts";
import { readF32, readF64, readI32, readI64, writeF32, writeF64, writeI32, writeI64 } from "./slots.ts";
import type { ValueAbi } from "./value-abi.ts";

type Scalar = Exclude<PrimitiveKind, "string">;

export function primitiveAbi(kind: Scalar): ValueAbi {
  return abis[kind];
}

/** A type that is one i32: `up` from the bits as memory or core code has them, `down` to them. */
function word(bytes: 1 | 2 | 4, up: (bits: number) => unknown, down: (value: unknown) => number): ValueAbi {
  const flat: Pick<ValueAbi, "liftFlat" | "lowerFlat"> = {
    liftFlat: (slots, at) => {
      const read = readI32(slots, at);
      return (_, values) => up(read(values));
    },
    lowerFlat: (slots, at) => {
      const write = writeI32(slots, at);
      return (_, value, values) => write(values, down(value));
    },
  };
  switch (bytes) {
    case 1:
      return {
        load: ({ view }, at) => up(view.getUint8(at)),
        store: ({ view }, value, at) => view.setUint8(at, down(value)),
        ...flat,
      };
    case 2:
      return {
        load: ({ view }, at) => up(view.getUint16(at, true)),
        store: ({ view }, value, at) => view.setUint16(at, down(value), true),
        ...flat,
      };
    case 4:
      return {
        load: ({ view }, at) => up(view.getUint32(at, true)),
        store: ({ view }, value, at) => view.setUint32(at, down(value), true),
        ...flat,
      };
  }
}

function integer(kind: Scalar, bytes: 1 | 2 | 4, min: number, max: number, up: (bits: number) => number): ValueAbi {
  return word(bytes, up, (value) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new Misfit(value, kind);
  });
}

function long(kind: Scalar, min: bigint, max: bigint, up: (bits: bigint) => bigint): ValueAbi {
  const down = (value: unknown): bigint => {
    if (typeof value === "bigint" && value >= min && value <= max) return value;
    throw new Misfit(value, `${kind}, a bigint,`);
  };
  return {
    load: ({ view }, at) => up(view.getBigInt64(at, true)),
    store: ({ view }, value, at) => view.setBigInt64(at, down(value), true),
    liftFlat: (_, at) => {
      const read = readI64(at);
      return (_memory, values) => up(read(values));
    },
    lowerFlat: (_, at) => {
      const write = writeI64(at);
      return (_memory, value, values) => write(values, down(value));
    },
  };
}

/** Every NaN becomes the canonical one: its bits differ between machines. */
function float(kind: "f32" | "f64"): ValueAbi {
  const down = (value: unknown): number => {
    if (typeof value === "number") return Number.isNaN(value) ? Number.NaN : value;
    throw new Misfit(value, kind);
  };
  const [read, write] = kind === "f32" ? [readF32, writeF32] : [readF64, writeF64];
  return {
    load: ({ view }, at) => (kind === "f32" ? view.getFloat32(at, true) : view.getFloat64(at, true)),
    store: ({ view }, value, at) =>
      kind === "f32" ? view.setFloat32(at, down(value), true) : view.setFloat64(at, down(value), true),
    liftFlat: (slots, at) => {
      const from = read(slots, at);
      return (_, values) => from(values);
    },
    lowerFlat: (slots, at) => {
      const to = write(slots, at);
      return (_, value, values) => to(values, down(value));
    },
  };
}

function charFrom(bits: number): string {
  const code = bits >>> 0;
  if (code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new GuestTrap(`the guest passes ${code} as a char, which is no Unicode scalar value`);
  return String.fromCodePoint(code);
}

function charTo(value: unknown): number {
  const code = typeof value === "string" ? value.codePointAt(0) : undefined;
  const surrogate = code !== undefined && code >= 0xd800 && code <= 0xdfff;
  if (code === undefined || surrogate || value !== String.fromCodePoint(code))
    throw new Misfit(value, "char, one Unicode scalar value,");
  return code;
}

function boolTo(value: unknown): number {
  if (typeof value === "boolean") return value ? 1 : 0;
  throw new Misfit(value, "bool");
}

const abis: Readonly<Record<Scalar, ValueAbi>> = {
  bool: word(1, (bits) => bits !== 0, boolTo),
  u8: integer("u8", 1, 0, 0xff, (bits) => bits & 0xff),
  s8: integer("s8", 1, -0x80, 0x7f, (bits) => (bits << 24) >> 24),
  u16: integer("u16", 2, 0, 0xffff, (bits) => bits & 0xffff),
  s16: integer("s16", 2, -0x8000, 0x7fff, (bits) => (bits << 16) >> 16),
  u32: integer("u32", 4, 0, 0xffff_ffff, (bits) => bits >>> 0),
  s32: integer("s32", 4, -0x8000_0000, 0x7fff_ffff, (bits) => bits | 0),
  u64: long("u64", 0n, 2n ** 64n - 1n, (bits) => BigInt.asUintN(64, bits)),
  s64: long("s64", -(2n ** 63n), 2n ** 63n - 1n, (bits) => BigInt.asIntN(64, bits)),
  f32: float("f32"),
  f64: float("f64"),
  char: word(4, charFrom, charTo),
};
