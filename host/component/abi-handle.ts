import type { WitType } from "../core/wit/type.ts";
import { type Abi, BadHostValue, type Flat } from "./abi.ts";
import { GuestResource } from "./handles.ts";
import type { GuestMemory } from "./memory.ts";

/** Handles: a host resource is the host's own object, a guest's one is a GuestResource that only passes through. */
export function handleAbi(type: Extract<WitType, { kind: "own" | "borrow" }>): Abi {
  const own = type.kind === "own";
  const up = ({ handles }: GuestMemory, handle: number): unknown => {
    const entry = own ? handles.remove(handle, type.resource) : handles.get(handle, type.resource);
    return entry.resource.home === undefined ? entry.rep : new GuestResource(entry.resource, entry.rep as number);
  };
  const down = ({ handles }: GuestMemory, value: unknown): number => {
    const resource = handles.resource(type.resource);
    if (value instanceof GuestResource) {
      if (value.resource !== resource) throw new BadHostValue(`a ${value.resource.name} is no ${resource.name}`);
      // The instance that defines a resource takes a borrow of it as what it is.
      if (!own && resource.home === handles) return value.rep;
      return handles.add(resource, value.rep, own);
    }
    if (typeof value !== "object" || value === null)
      throw new BadHostValue(`${String(value)} is no ${type.resource.name}`);
    return handles.add(resource, value, own);
  };
  return {
    load: (memory, pointer) => up(memory, memory.view.getUint32(pointer, true)),
    store: (memory, pointer, value) => memory.view.setUint32(pointer, down(memory, value), true),
    lift: (memory, flat: Flat) => up(memory, Number(flat.values[flat.at++]) >>> 0),
    lower: (memory, value, flat) => void flat.push(down(memory, value)),
  };
}
