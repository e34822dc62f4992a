import type { WitType } from "../core/wit/type.ts";
import { type Abi, BadHostValue, type CoreValue, type Flat } from "./abi.ts";
import { layoutOf } from "./layout.ts";
import type { GuestMemory } from "./memory.ts";

type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;
interface TypedArrayConstructor {
  new (buffer: ArrayBufferLike): TypedArray;
}

/** Lists of these travel as typed arrays, copied in one piece. */
const typedArrays: Partial<Record<WitType["kind"], TypedArrayConstructor>> = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

export function listAbi(type: Extract<WitType, { kind: "list" }>, element: Abi): Abi {
  const { size, align } = layoutOf(type.element);
  const Typed = typedArrays[type.element.kind];
  if (type.length !== undefined) return fixedAbi(element, size, type.length, Typed);

  const read = (memory: GuestMemory, at: number, length: number): unknown => {
    memory.check(at, length * size, align);
    if (Typed !== undefined) return new Typed(memory.bytes.slice(at, at + length * size).buffer);
    const values: unknown[] = [];
    for (let i = 0; i < length; i++) values.push(element.load(memory, at + i * size));
    return values;
  };
  const write = (memory: GuestMemory, value: unknown): [pointer: number, length: number] => {
    const items = itemsOf(value);
    const at = memory.allocate(items.length * size, align);
    if (Typed !== undefined && value instanceof Typed) {
      memory.bytes.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), at);
    } else for (let i = 0; i < items.length; i++) element.store(memory, at + i * size, items[i]);
    return [at, items.length];
  };
  return {
    load: (memory, pointer) =>
      read(memory, memory.view.getUint32(pointer, true), memory.view.getUint32(pointer + 4, true)),
    store: (memory, pointer, value) => {
      const [at, length] = write(memory, value);
      memory.view.setUint32(pointer, at, true);
      memory.view.setUint32(pointer + 4, length, true);
    },
    lift: (memory, flat: Flat) => {
      const at = Number(flat.values[flat.at++]) >>> 0;
      return read(memory, at, Number(flat.values[flat.at++]) >>> 0);
    },
    lower: (memory, value, flat: CoreValue[]) => void flat.push(...write(memory, value)),
  };
}

/** `list<T, n>`: its items lie where it lies. */
function fixedAbi(element: Abi, size: number, length: number, Typed: TypedArrayConstructor | undefined): Abi {
  const gather = (item: (i: number) => unknown): unknown => {
    const values = Array.from({ length }, (_, i) => item(i));
    return Typed === undefined ? values : (Typed as unknown as { from(values: unknown[]): TypedArray }).from(values);
  };
  const checked = (value: unknown): ArrayLike<unknown> => {
    const items = itemsOf(value);
    if (items.length !== length) throw new BadHostValue(`a list of ${items.length} where ${length} are wanted`);
    return items;
  };
  return {
    load: (memory, pointer) => gather((i) => element.load(memory, pointer + i * size)),
    store: (memory, pointer, value) => {
      const items = checked(value);
      for (let i = 0; i < length; i++) element.store(memory, pointer + i * size, items[i]);
    },
    lift: (memory, flat) => gather(() => element.lift(memory, flat)),
    lower: (memory, value, flat) => {
      const items = checked(value);
      for (let i = 0; i < length; i++) element.lower(memory, items[i], flat);
    },
  };
}

function itemsOf(value: unknown): ArrayLike<unknown> {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return value as unknown as ArrayLike<unknown>;
  throw new BadHostValue(`${String(value)} is no list`);
}
