import type { ResourceType } from "../core/wit/type.ts";
import { GuestTrap } from "../ports/components.ts";

/** A resource type as it lives: made by the host, or defined by one instance of a component. */
export interface LiveResource {
  readonly name: string;
  /** What ends a value: the guest's destructor, or the host object's own. */
  readonly drop: (rep: unknown) => void;
  /** The table of the instance that defines it; its own borrows are bare representations. */
  readonly home: HandleTable | undefined;
}

/** A guest's resource on its way between two instances. */
export class GuestResource {
  readonly resource: LiveResource;
  readonly rep: number;

  constructor(resource: LiveResource, rep: number) {
    this.resource = resource;
    this.rep = rep;
  }
}

interface Entry {
  readonly resource: LiveResource;
  readonly rep: unknown;
  readonly own: boolean;
}

/** Handles are small numbers from 1; more than this at once is a leak. */
const handlesMax = 1 << 20;

/** The handles of one component instance. */
export class HandleTable {
  readonly #entries: (Entry | undefined)[] = [undefined];
  readonly #free: number[] = [];
  readonly #resources = new Map<ResourceType, LiveResource>();

  define(type: ResourceType, resource: LiveResource): void {
    this.#resources.set(type, resource);
  }

  resource(type: ResourceType): LiveResource {
    const resource = this.#resources.get(type);
    if (resource === undefined) throw new Error(`the resource ${type.name} is not bound`);
    return resource;
  }

  find(type: ResourceType): LiveResource | undefined {
    return this.#resources.get(type);
  }

  add(resource: LiveResource, rep: unknown, own: boolean): number {
    const entry = { resource, rep, own };
    const free = this.#free.pop();
    if (free !== undefined) {
      this.#entries[free] = entry;
      return free;
    }
    if (this.#entries.length > handlesMax) throw new GuestTrap(`more than ${handlesMax} handles are open`);
    return this.#entries.push(entry) - 1;
  }

  get(handle: number, type: ResourceType): Entry {
    const entry = this.#entries[handle];
    if (entry === undefined) throw new GuestTrap(`${handle} is no handle`);
    if (entry.resource !== this.#resources.get(type)) {
      throw new GuestTrap(`handle ${handle} is of ${entry.resource.name}, not of ${type.name}`);
    }
    return entry;
  }

  remove(handle: number, type: ResourceType): Entry {
    const entry = this.get(handle, type);
    this.#entries[handle] = undefined;
    this.#free.push(handle);
    return entry;
  }
}
