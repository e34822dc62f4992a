import { createHash } from "node:crypto";
import type { ExecutionRow } from "../../host/core/execution.ts";
import { write } from "./by-workers.ts";
import { commandFor } from "./command.ts";
import { restart } from "./mishaps.ts";
import { operate } from "./operations.ts";
import type { Parts } from "./parts.ts";
import { World } from "./world.ts";

/** What a run has come to. */
export interface Ran {
  readonly executions: number;
  /** Of all histories. */
  readonly digest: string;
}

/** Turns in which a run that is left alone has long come to its end. */
const endingTurnsMax = 100_000;
const storyLines = 60;

/** Lets hosts live through whatever the seed has for them, then lets everything end. Throws what is wrong, and how it came.
 *  `intensity` times as much happens as usual; `done` counts what has succeeded. */
export async function simulate(seed: number, intensity: number, parts: Parts, done: Map<string, number>): Promise<Ran> {
  const world = new World(seed, parts, done);
  try {
    world.start();
    const turns = (300 + world.chance.below(1_500)) * intensity;
    for (let turn = 0; turn < turns && world.problems.length === 0; turn++) {
      if (world.chance.below(6) === 0) operate(world);
      await world.step();
    }
    if (world.problems.length === 0) await end(world);
    if (world.problems.length === 0) world.problems.push(...world.judge());
    if (world.problems.length > 0) throw new Error(reportOf(world, seed, intensity));
    const digest = createHash("sha256").update(world.histories()).digest("hex");
    return { executions: world.disk.kept.executions.size, digest };
  } finally {
    world.close();
  }
}

/** Nothing fails any more, and everyone who waits for a client gets what they wait for. */
async function end(world: World): Promise<void> {
  world.heal();
  for (let turn = 0; turn < endingTurnsMax && world.problems.length === 0; turn++) {
    if (world.host === undefined || world.host.gaveUp) restart(world);
    const left = world.unfinished();
    if (left.length === 0 && world.older.length === 0) return;
    if (turn % 100 === 0) for (const row of left) help(world, row);
    await world.step();
  }
  for (const row of world.unfinished()) world.problems.push(`it does not end: ${JSON.stringify(row)}`);
}

function help(world: World, { id, status, function: name }: ExecutionRow): void {
  const { host } = world;
  if (host === undefined) return;
  const known = world.oracle.sees(id);
  const answered = () => undefined;
  if (status === "paused")
    world.ask(
      host.call((shard) => shard.unpause(id)),
      host,
      answered,
    );
  if (name.includes("/approval@")) write(world, host, known);
  if (!name.includes("/channels@")) return;
  known.mayEnd = true;
  known.signals.push({ value: 0, askedAt: Number.MAX_SAFE_INTEGER, ackedAt: undefined });
  world.ask(
    host.callOnce((shard) => shard.signal(id, "numbers", 0)),
    host,
    answered,
  );
}

function reportOf({ problems, story }: World, seed: number, intensity: number): string {
  return [
    commandFor(seed, intensity),
    ...problems.slice(0, 10),
    ...story.slice(-storyLines).map((line) => `  ${line}`),
  ].join("\n");
}
