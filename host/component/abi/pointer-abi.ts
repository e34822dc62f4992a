import type { CanonMemory } from "./canon-memory.ts";
import { readI32, writeI32 } from "./slots.ts";
import type { ValueAbi } from "./value-abi.ts";

/** A type that is passed as an address and a length, with what they stand for elsewhere in memory. */
export function pointerAbi(
  read: (memory: CanonMemory, at: number, length: number) => unknown,
  write: (memory: CanonMemory, value: unknown) => readonly [at: number, length: number],
): ValueAbi {
  return {
    load: (memory, at) => read(memory, memory.view.getUint32(at, true), memory.view.getUint32(at + 4, true)),
    store: (memory, value, at) => {
      const [pointer, length] = write(memory, value);
      memory.view.setUint32(at, pointer, true);
      memory.view.setUint32(at + 4, length, true);
    },
    liftFlat: (slots, at) => {
      const [pointer, length] = [readI32(slots, at), readI32(slots, at + 1)];
      return (memory, flat) => read(memory, pointer(flat) >>> 0, length(flat) >>> 0);
    },
    lowerFlat: (slots, at) => {
      const [toPointer, toLength] = [writeI32(slots, at), writeI32(slots, at + 1)];
      return (memory, value, flat) => {
        const [pointer, length] = write(memory, value);
        toPointer(flat, pointer);
        toLength(flat, length);
      };
    },
  };
}
