import type { PrimitiveKind } from "../core/wit/type.ts";
import { GuestTrap } from "../ports/components.ts";
import { type Abi, BadHostValue, type CoreValue, type Flat } from "./abi.ts";
import type { GuestMemory } from "./memory.ts";

type Kind = Exclude<PrimitiveKind, "string">;

export function primitiveAbi(kind: Kind): Abi {
  return abis[kind];
}

/** A scalar: how it reads and writes memory, and how one core value turns into it and back. */
function scalar<Core extends CoreValue, Value>(
  read: (view: DataView, pointer: number) => Core,
  write: (view: DataView, pointer: number, core: Core) => void,
  up: (core: Core) => Value,
  down: (value: unknown) => Core,
): Abi {
  return {
    load: (memory: GuestMemory, pointer) => up(read(memory.view, pointer)),
    store: (memory: GuestMemory, pointer, value) => write(memory.view, pointer, down(value)),
    lift: (_: GuestMemory, flat: Flat) => up(flat.values[flat.at++] as Core),
    lower: (_: GuestMemory, value, flat) => void flat.push(down(value)),
  };
}

const byte = (view: DataView, pointer: number) => view.getUint8(pointer);
const setByte = (view: DataView, pointer: number, core: number) => view.setUint8(pointer, core);
const half = (view: DataView, pointer: number) => view.getUint16(pointer, true);
const setHalf = (view: DataView, pointer: number, core: number) => view.setUint16(pointer, core, true);
const word = (view: DataView, pointer: number) => view.getInt32(pointer, true);
const setWord = (view: DataView, pointer: number, core: number) => view.setInt32(pointer, core, true);
const long = (view: DataView, pointer: number) => view.getBigInt64(pointer, true);
const setLong = (view: DataView, pointer: number, core: bigint) => view.setBigInt64(pointer, core, true);

function integer(kind: string, min: number, max: number): (value: unknown) => number {
  return (value) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new BadHostValue(`${String(value)} is no ${kind}`);
  };
}

function wide(kind: string, min: bigint, max: bigint): (value: unknown) => bigint {
  return (value) => {
    if (typeof value === "bigint" && value >= min && value <= max) return value;
    throw new BadHostValue(`${String(value)} is no ${kind}`);
  };
}

function float(value: unknown): number {
  if (typeof value === "number") return value;
  throw new BadHostValue(`${String(value)} is no float`);
}

function bool(value: unknown): number {
  if (typeof value === "boolean") return value ? 1 : 0;
  throw new BadHostValue(`${String(value)} is no bool`);
}

function charFrom(core: number): string {
  const code = core >>> 0;
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new GuestTrap(`${code} is no Unicode scalar value`);
  return String.fromCodePoint(code);
}

function charTo(value: unknown): number {
  const code = typeof value === "string" ? value.codePointAt(0) : undefined;
  if (code !== undefined && String.fromCodePoint(code) === value && value.isWellFormed()) return code;
  throw new BadHostValue(`${String(value)} is no char`);
}

const abis: Readonly<Record<Kind, Abi>> = {
  bool: scalar(byte, setByte, (core) => core !== 0, bool),
  u8: scalar(byte, setByte, (core) => core & 0xff, integer("u8", 0, 0xff)),
  u16: scalar(half, setHalf, (core) => core & 0xffff, integer("u16", 0, 0xffff)),
  u32: scalar(word, setWord, (core) => core >>> 0, integer("u32", 0, 0xffff_ffff)),
  s8: scalar(byte, setByte, (core) => (core << 24) >> 24, integer("s8", -0x80, 0x7f)),
  s16: scalar(half, setHalf, (core) => (core << 16) >> 16, integer("s16", -0x8000, 0x7fff)),
  s32: scalar(word, setWord, (core) => core | 0, integer("s32", -0x8000_0000, 0x7fff_ffff)),
  u64: scalar(long, setLong, (core) => BigInt.asUintN(64, core), wide("u64", 0n, 0xffff_ffff_ffff_ffffn)),
  s64: scalar(long, setLong, (core) => BigInt.asIntN(64, core), wide("s64", -(1n << 63n), (1n << 63n) - 1n)),
  f32: scalar(
    (view, pointer) => view.getFloat32(pointer, true),
    (view, pointer, core: number) => view.setFloat32(pointer, core, true),
    (core) => core,
    float,
  ),
  f64: scalar(
    (view, pointer) => view.getFloat64(pointer, true),
    (view, pointer, core: number) => view.setFloat64(pointer, core, true),
    (core) => core,
    float,
  ),
  char: scalar(word, setWord, charFrom, charTo),
};
