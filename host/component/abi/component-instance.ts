import type { ResourceType } from "../../core/wit/type.ts";
import { GuestTrap } from "../../ports/components.ts";

/** A handle that a guest holds: of an object of the host's, or of the number by which a guest knows a resource of its own. */
export interface HandleEntry {
  readonly resource: ResourceType;
  readonly rep: unknown;
  readonly own: boolean;
  /** Borrows of it that go on. */
  lends: number;
}

/** What a resource is on the host's side, and what ends it. */
export interface Resources {
  /** A handle's own part as a value of the host's. */
  toHost(resource: ResourceType, rep: unknown, own: boolean): unknown;
  /** And back. Throws Misfit when the value is none of this resource. */
  fromHost(resource: ResourceType, value: unknown, own: boolean): unknown;
  /** The instance that defines it; undefined when the host does. */
  definer(resource: ResourceType): ComponentInstance | undefined;
  drop(resource: ResourceType, rep: unknown): void;
}

/** More handles at once are a leak; these take some 25 MB of the host's memory. */
const handlesMax = 1 << 16;

/** What belongs to one component instance: its handles, and whether its code may call out. */
export class ComponentInstance {
  /** False while the guest's allocator or one of its post-return functions runs. */
  mayLeave = true;
  /** Whether one of its functions is being called: it may not be entered a second time, by way of another component. */
  entered = false;
  /** Handles that were lent to the running call and have to be dropped before it returns. */
  borrowed = 0;
  /** Filled with what is lent to the host function that is being called, where its type has borrows. */
  lent: HandleEntry[] = [];
  readonly resources: Resources;
  readonly #entries: (HandleEntry | undefined)[] = [undefined];
  readonly #free: number[] = [];

  constructor(resources: Resources) {
    this.resources = resources;
  }

  assertMayLeave(): void {
    if (!this.mayLeave) throw new GuestTrap("the guest calls the host from its allocator or a post-return function");
  }

  /** A handle is a number from 1; numbers that have become free are used first. */
  add(resource: ResourceType, rep: unknown, own: boolean): number {
    this.assertMayLeave();
    if (!own) this.borrowed++;
    const entry = { resource, rep, own, lends: 0 };
    const free = this.#free.pop();
    if (free !== undefined) {
      this.#entries[free] = entry;
      return free;
    }
    if (this.#entries.length > handlesMax) throw new GuestTrap(`the guest holds more than ${handlesMax} handles`);
    return this.#entries.push(entry) - 1;
  }

  get(handle: number, resource: ResourceType): HandleEntry {
    const entry = this.#entries[handle >>> 0];
    if (entry === undefined) throw new GuestTrap(`the guest uses the handle ${handle >>> 0}, which it does not hold`);
    if (entry.resource !== resource) {
      throw new GuestTrap(
        `the guest uses the handle ${handle >>> 0} of ${entry.resource.name} as one of ${resource.name}`,
      );
    }
    return entry;
  }

  /** Gives up an owned handle, whose object goes elsewhere. */
  take(handle: number, resource: ResourceType): HandleEntry {
    if (!this.get(handle, resource).own)
      throw new GuestTrap(`the guest gives the handle ${handle >>> 0} away, which is only lent to it`);
    return this.remove(handle, resource);
  }

  remove(handle: number, resource: ResourceType): HandleEntry {
    this.assertMayLeave();
    const entry = this.get(handle, resource);
    if (entry.lends > 0) throw new GuestTrap(`the guest gives the handle ${handle >>> 0} away while it is lent`);
    this.#entries[handle >>> 0] = undefined;
    this.#free.push(handle >>> 0);
    if (!entry.own) this.borrowed--;
    return entry;
  }
}

/** A resource of a guest's as the host sees it: it can be passed back, and disposed of. */
export class GuestResource {
  readonly #resource: ResourceType;
  readonly #owned: boolean;
  readonly #drop: (rep: number) => void;
  #rep: number | undefined;

  constructor(resource: ResourceType, rep: number, owned: boolean, drop: (rep: number) => void) {
    this.#resource = resource;
    this.#rep = rep;
    this.#owned = owned;
    this.#drop = drop;
  }

  /** The guest's number for it, when it is of this resource and still there. */
  repOf(resource: ResourceType): number | undefined {
    return this.#resource === resource ? this.#rep : undefined;
  }

  /** Gives it away; undefined when it is only borrowed. */
  take(resource: ResourceType): number | undefined {
    if (!this.#owned) return undefined;
    const rep = this.repOf(resource);
    if (rep !== undefined) this.#rep = undefined;
    return rep;
  }

  [Symbol.dispose](): void {
    const rep = this.take(this.#resource);
    if (rep !== undefined) this.#drop(rep);
  }
}
