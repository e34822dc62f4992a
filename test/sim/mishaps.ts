import type { Plan } from "./faults.ts";
import type { World } from "./world.ts";

/** Clears away a host that is no more, and starts another. */
export function restart(world: World): void {
  world.host?.crash();
  world.host = world.takeBack();
  if (world.host === undefined) world.start();
}

export function crash(world: World): void {
  const { host } = world;
  if (host === undefined) return;
  restart(world);
  if (world.host !== undefined) world.succeeded("crash and start");
}

export function crashWithin(world: World): void {
  const { host } = world;
  host?.crashAfter(world.chance.below(12), () => {
    world.tell("the host is killed within a step");
    world.succeeded("crash within a step");
    world.forget(host);
  });
}

export function close(world: World): void {
  world.stop();
  world.start();
  if (world.host !== undefined) world.succeeded("close and start");
}

export function keptOut(world: World): void {
  const { host } = world;
  if (host === undefined || world.disk.owner === undefined) return;
  world.host = undefined;
  world.start();
  if (world.host === undefined) world.succeeded("a second host is kept out");
  else world.problems.push("a second host is let in beside the first");
  world.host = host;
}

/** The lock that keeps it out is lost, as on a file system that keeps none. */
export function takeOver(world: World): void {
  const { host } = world;
  if (host === undefined || world.older.length > 0) return;
  world.disk.owner = undefined;
  world.host = undefined;
  world.start();
  if (world.host === undefined) return host.crash();
  world.older.push(host);
  world.succeeded("a second host takes over");
}

/** From now on the disk fails as planned. */
export function fail(world: World, plan: Plan): void {
  world.faults.plan(plan);
}

export function recover(world: World): void {
  if (world.faults.heal()) world.succeeded("the disk is well again");
}

export function setClock(world: World, byMs: number): void {
  world.loop.clockAheadMs += byMs;
  world.succeeded(byMs >= 0 ? "the clock is set forward" : "the clock is set back");
}
