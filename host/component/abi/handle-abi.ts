import type { WitType } from "../../core/wit/type.ts";
import type { CanonMemory } from "./canon-memory.ts";
import { readI32, writeI32 } from "./slots.ts";
import type { ValueAbi } from "./value-abi.ts";

/** Handles: objects of the host's are themselves on its side; a guest's resource is a GuestResource there. */
export function handleAbi(type: Extract<WitType, { kind: "own" | "borrow" }>): ValueAbi {
  const { kind, resource } = type;
  const up = ({ instance }: CanonMemory, handle: number): unknown => {
    if (kind === "own") return instance.resources.toHost(resource, instance.take(handle, resource).rep, true);
    const entry = instance.get(handle, resource);
    entry.lends++;
    instance.lent.push(entry);
    return instance.resources.toHost(resource, entry.rep, false);
  };
  const down = ({ instance }: CanonMemory, value: unknown): number => {
    const rep = instance.resources.fromHost(resource, value, kind === "own");
    // The instance that defines a resource is lent the number by which it knows it.
    if (kind === "borrow" && instance.resources.definer(resource) === instance) return rep as number;
    return instance.add(resource, rep, kind === "own");
  };
  return {
    load: (memory, at) => up(memory, memory.view.getUint32(at, true)),
    store: (memory, value, at) => memory.view.setUint32(at, down(memory, value), true),
    liftFlat: (slots, at) => {
      const read = readI32(slots, at);
      return (memory, flat) => up(memory, read(flat));
    },
    lowerFlat: (slots, at) => {
      const write = writeI32(slots, at);
      return (memory, value, flat) => write(flat, down(memory, value));
    },
  };
}
