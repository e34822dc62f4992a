import { partsOf } from "./parts.ts";
import type { ComponentType, InterfaceType, ResourceType, WitType } from "./type.ts";

/** The interface that defines a type, and its name there. */
export interface TypeHome {
  readonly interfaceName: string;
  readonly name: string;
}

/** Where types come from. A component's interfaces share the objects of the types that they use of each other. */
export class TypeHomes {
  readonly #homes = new Map<WitType | ResourceType, TypeHome>();

  addComponent({ imports, exports }: ComponentType): void {
    // What an interface uses stands before it, and imports before exports.
    for (const of of [...imports.values(), ...exports.values()]) this.add(of);
  }

  add({ name: interfaceName, types }: InterfaceType): void {
    for (const [name, type] of types) {
      const key = type.kind === "own" ? type.resource : type;
      if (canBeHome(type) && !this.#homes.has(key)) this.#homes.set(key, { interfaceName, name });
    }
  }

  /** Undefined for a type that is written out where it is used. A handle's home is its resource's. */
  of(type: WitType | ResourceType): TypeHome | undefined {
    return this.#homes.get("kind" in type && type.kind === "own" ? type.resource : type);
  }

  /** The homes of all types within these, of each once. */
  within(types: Iterable<WitType>): readonly TypeHome[] {
    const homes = new Map<string, TypeHome>();
    const seen = new Set<WitType>();
    const left = [...types];
    for (let type = left.pop(); type !== undefined; type = left.pop()) {
      if (seen.has(type)) continue;
      seen.add(type);
      const home = this.of(type);
      if (home !== undefined) homes.set(`${home.interfaceName} ${home.name}`, home);
      left.push(...partsOf(type).flatMap((part) => part.type ?? []));
    }
    return [...homes.values()];
  }
}

/** All u32 are one object, so that an alias of it has no identity. */
function canBeHome(type: WitType): boolean {
  return partsOf(type).length > 0 || type.kind === "enum" || type.kind === "flags" || type.kind === "own";
}
