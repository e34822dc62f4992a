import type { Millis } from "../../host/core/ids.ts";
import * as clients from "./by-clients.ts";
import * as workers from "./by-workers.ts";
import * as mishaps from "./mishaps.ts";
import { withKnown, withSeen } from "./picking.ts";
import type { World } from "./world.ts";

/** What clients and workers do. Each takes what there is to take, and does nothing where there is nothing. */
const work: Readonly<Record<string, (world: World) => void>> = {
  submit: (world) => clients.submitNew(world),
  "submit for later": (world) => clients.submitNew(world, (Date.now() + world.chance.below(100_000)) as Millis),
  "submit again": (world) => clients.submitAgain(world, true),
  "submit other work under the same id": (world) => clients.submitAgain(world, false),
  result: (world) => withKnown(world, clients.result),
  state: (world) => withKnown(world, clients.state),
  signal: (world) => withKnown(world, clients.signal),
  cancel: (world) => withKnown(world, clients.cancel),
  "cancel a child": (world) => withSeen(world, "", clients.cancel),
  "cancel a delay": clients.cancelDelay,
  pause: (world) => withSeen(world, "", clients.pause),
  unpause: (world) => withSeen(world, "", clients.unpause),
  "write a result": (world) => withSeen(world, "/approval@", workers.write),
  claim: workers.claim,
  heartbeat: workers.heartbeat,
  complete: workers.complete,
  "give a claim back": workers.giveBack,
  upgrade: (world) => withSeen(world, "/script@", clients.upgrade),
  deploy: clients.deploy,
};

/** What goes wrong, and how it is put right. */
const trouble: Readonly<Record<string, (world: World) => void>> = {
  "crash and start": mishaps.crash,
  "crash within a step": mishaps.crashWithin,
  "close and start": mishaps.close,
  "a second host is kept out": mishaps.keptOut,
  "a second host takes over": mishaps.takeOver,
  "a write fails": (world) => mishaps.fail(world, { of: "writes", name: "a write fails", left: 1 }),
  "writes fail for a while": (world) =>
    mishaps.fail(world, { of: "writes", name: "writes fail for a while", left: 2 + world.chance.below(2) }),
  "writes fail for ever": (world) =>
    mishaps.fail(world, { of: "writes", name: "writes fail for ever", left: Number.POSITIVE_INFINITY }),
  "an append fails": (world) => mishaps.fail(world, { of: "appends", name: "an append fails", left: 1 }),
  "a read fails": (world) =>
    mishaps.fail(world, { of: "reads", name: "a read fails", left: 1, spares: world.chance.below(10) }),
  "the disk is well again": mishaps.recover,
  "the clock is set forward": (world) =>
    mishaps.setClock(world, world.chance.below(world.chance.pick([1_000, 7_200_000]) ?? 1)),
  "the clock is set back": (world) => mishaps.setClock(world, -1 - world.chance.below(60_000)),
};

/** How often each is chosen, where that is not once. */
const weights: Readonly<Record<string, number>> = {
  submit: 10,
  "submit for later": 2,
  result: 3,
  signal: 10,
  "write a result": 5,
  claim: 5,
  heartbeat: 2,
  complete: 4,
  "give a claim back": 2,
  unpause: 3,
  "the disk is well again": 6,
};

const lotsOf = (names: readonly string[]) =>
  names.flatMap((name) => Array.from({ length: weights[name] ?? 1 }, () => name));
const workLots = lotsOf(Object.keys(work));
const troubleLots = lotsOf(Object.keys(trouble));

/** All that is to have succeeded once before a simulation has seen enough. */
export const kinds: readonly string[] = [
  ...Object.keys(work),
  ...Object.keys(trouble),
  "a superseded host is fenced",
  "a superseded host gives up",
  "a call whose fate is not known",
  "an eviction",
  "an activity comes to an err",
  "an activity traps",
  "an activity's end is lost",
  "an activity's end comes late",
  "an activity's end is told twice",
];

/** Does one thing more. */
export function operate(world: World): void {
  const isTrouble = world.chance.below(100) < world.troublePercent;
  const name = world.chance.pick(isTrouble ? troubleLots : workLots) ?? "submit";
  if (world.host === undefined || world.host.gaveUp) mishaps.restart(world);
  world.tell(name);
  (work[name] ?? trouble[name])?.(world);
}
