import { GuestTrap } from "../../ports/components.ts";

interface Members {
  readonly methods?: readonly string[];
  readonly statics?: readonly string[];
}

/** A resource that no guest can get hold of: it has all its methods, since a component may import them. */
export function refusedResource(name: string, members: Members = {}): unknown {
  const refuse = (): never => {
    throw new GuestTrap(`${name} is not available to this component`);
  };
  function Refused(): never {
    return refuse();
  }
  for (const method of members.methods ?? []) Object.defineProperty(Refused.prototype, method, { value: refuse });
  for (const method of members.statics ?? []) Object.defineProperty(Refused, method, { value: refuse });
  return Refused;
}
