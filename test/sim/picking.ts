import type { Known } from "./oracle.ts";
import type { SimulatedHost } from "./simulated-host.ts";
import type { World } from "./world.ts";

export function pickKnown(world: World): Known | undefined {
  return world.chance.pick([...world.oracle.known.values()].filter(({ work }) => work !== undefined));
}

/** Of what a client has submitted, one. */
export function withKnown(world: World, act: (world: World, host: SimulatedHost, known: Known) => void): void {
  const host = world.anyHost();
  const known = pickKnown(world);
  if (host !== undefined && known !== undefined) act(world, host, known);
}

/** Of what is unfinished on the disk, one. */
export function withSeen(
  world: World,
  of: string,
  act: (world: World, host: SimulatedHost, known: Known) => void,
): void {
  const host = world.anyHost();
  const row = world.chance.pick(world.unfinished(of));
  if (host !== undefined && row !== undefined) act(world, host, world.oracle.sees(row.id));
}
