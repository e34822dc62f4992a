import type { WitType } from "../../core/wit/type.ts";
import type { CanonMemory } from "./canon-memory.ts";
import { layoutOf, valuesIn } from "./layout.ts";
import { Misfit, within } from "./misfit.ts";
import { pointerAbi } from "./pointer-abi.ts";
import type { ValueAbi } from "./value-abi.ts";

type ListType = Extract<WitType, { kind: "list" }>;

interface TypedArray extends ArrayLike<unknown> {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
}

interface TypedArrayClass {
  new (buffer: ArrayBuffer): TypedArray;
  new (values: readonly never[]): TypedArray;
}

/** Lists of numbers are typed arrays, copied in one piece. */
const typedArrays: Partial<Record<WitType["kind"], TypedArrayClass>> = {
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

/** What a value takes in the host, roughly, and so does each that it is made of. */
const valueBytes = 16;

export function listAbi(type: ListType, element: ValueAbi): ValueAbi {
  const { size, align } = layoutOf(type.element);
  const Typed = typedArrays[type.element.kind];
  if (type.length !== undefined) return fixedAbi(element, size, type.length, layoutOf(type.element).flat.length, Typed);
  const wanted = `a list<${type.element.kind}>`;
  const itemBytes = valueBytes * valuesIn(type.element);

  const write = (memory: CanonMemory, value: unknown): readonly [at: number, length: number] => {
    const items = itemsOf(value, wanted);
    const at = memory.allocate(items.length * size, align);
    if (Typed !== undefined && items instanceof Typed) {
      memory.bytes.set(new Uint8Array(items.buffer, items.byteOffset, items.byteLength), at);
    } else storeItems(memory, items, at, element, size);
    return [at, items.length];
  };
  if (Typed !== undefined) {
    return pointerAbi((memory, at, length) => {
      memory.check(at, length * size, align);
      memory.charge(length * size);
      return new Typed(memory.bytes.slice(at, at + length * size).buffer);
    }, write);
  }
  return pointerAbi((memory, at, length) => {
    memory.check(at, length * size, align);
    memory.charge(length * itemBytes);
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(element.load(memory, at + i * size));
    return items;
  }, write);
}

/** `list<T, n>`: its items are where it is, one after the other. */
function fixedAbi(
  element: ValueAbi,
  size: number,
  length: number,
  slotsEach: number,
  Typed: TypedArrayClass | undefined,
): ValueAbi {
  const collect = (items: readonly unknown[]): unknown =>
    Typed === undefined ? items : new Typed(items as readonly never[]);
  const wanted = `a list of ${length}`;
  const checked = (value: unknown): ArrayLike<unknown> => {
    const items = itemsOf(value, wanted);
    if (items.length !== length) throw new Misfit(value, wanted);
    return items;
  };
  const indices = Array.from({ length }, (_, i) => i);
  return {
    load: (memory, at) => {
      memory.charge(length * valueBytes);
      return collect(indices.map((i) => element.load(memory, at + i * size)));
    },
    store: (memory, value, at) => storeItems(memory, checked(value), at, element, size),
    liftFlat: (slots, at) => {
      const lifts = indices.map((i) => element.liftFlat(slots, at + i * slotsEach));
      return (memory, flat) => collect(lifts.map((lift) => lift(memory, flat)));
    },
    lowerFlat: (slots, at) => {
      const lowers = indices.map((i) => element.lowerFlat(slots, at + i * slotsEach));
      return (memory, value, flat) => {
        const items = checked(value);
        for (const [i, lower] of lowers.entries()) {
          try {
            lower(memory, items[i], flat);
          } catch (error) {
            throw within(error, `[${i}]`);
          }
        }
      };
    },
  };
}

function storeItems(memory: CanonMemory, items: ArrayLike<unknown>, at: number, element: ValueAbi, size: number): void {
  let i = 0;
  try {
    for (; i < items.length; i++) element.store(memory, items[i], at + i * size);
  } catch (error) {
    throw within(error, `[${i}]`);
  }
}

function itemsOf(value: unknown, wanted: string): ArrayLike<unknown> {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as unknown as TypedArray;
  throw new Misfit(value, wanted);
}
