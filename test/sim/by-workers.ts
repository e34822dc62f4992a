import type { ExecutionId } from "../../host/core/ids.ts";
import type { Known } from "./oracle.ts";
import type { SimulatedHost } from "./simulated-host.ts";
import type { World } from "./world.ts";

export function write(world: World, host: SimulatedHost, known: Known): void {
  known.mayEnd = true;
  const asked = world.asks(known, host);
  const again = world.chance.below(3) === 0 ? world.chance.pick([...known.written.keys()]) : undefined;
  const made = world.chance.below(3) === 0 ? { err: "no" } : { ok: `yes ${world.chance.below(3)}` };
  const given = again === undefined ? made : (JSON.parse(again) as typeof made);
  const text = JSON.stringify(given);
  if (!known.written.has(text)) known.written.set(text, false);
  const id = known.id as ExecutionId;
  world.ask(
    host.call((shard) => shard.writeStub(id, given)),
    host,
    (answer) => {
      if (typeof answer === "object") {
        world.problems.push(`${id} refuses ${text}: ${answer.typeCheckError}`);
        return;
      }
      world.oracle.wrote(asked, given, answer);
      if (answer !== "ok") return;
      const isThere = world.isOnDisk(id, (_, history) => history.some((event) => event.kind === "finished"));
      if (!isThere) world.problems.push(`${id}: a result is acknowledged and not durable`);
      world.succeeded("write a result");
    },
  );
}

export function claim(world: World): void {
  const host = world.anyHost();
  if (host === undefined || !world.hasWorkers) return;
  const leaseMs = 1 + world.chance.below(world.chance.pick([10_000, 10_000_000]) ?? 1);
  world.ask(
    host.call((shard) => shard.claimExternal(undefined, 1 + world.chance.below(3), leaseMs)),
    host,
    (claims) => {
      for (const one of claims) {
        const isThere = world.isOnDisk(one.id, (_, history) =>
          history.some((event) => event.kind === "attempt-started" && event.attempt === one.attempt),
        );
        if (!isThere) world.problems.push(`${one.id}: the claim ${one.attempt} is given and not durable`);
        world.claims.push(one);
        world.succeeded("claim");
      }
    },
  );
}

export function heartbeat(world: World): void {
  const host = world.anyHost();
  const one = world.chance.pick(world.claims.slice(-5));
  if (host === undefined || one === undefined) return;
  world.ask(
    host.call((shard) => Promise.resolve(shard.heartbeat(one.id, one.attempt, 1_000))),
    host,
    (until) => {
      if (until !== "lost") world.succeeded("heartbeat");
    },
  );
}

export function complete(world: World): void {
  const host = world.anyHost();
  const one = world.chance.pick(world.claims.slice(-5));
  if (host === undefined || one === undefined) return;
  const given = world.chance.below(3) === 0 ? { err: "not now" } : { ok: `by claim ${one.attempt}` };
  const known = world.oracle.sees(one.id);
  if (!known.written.has(JSON.stringify(given))) known.written.set(JSON.stringify(given), false);
  world.ask(
    host.call((shard) => shard.completeExternal(one.id, one.attempt, given)),
    host,
    (answer) => workerHeard(world, one.id, one.attempt, "complete", answer),
  );
}

export function giveBack(world: World): void {
  const host = world.anyHost();
  const one = world.chance.pick(world.claims.slice(-5));
  if (host === undefined || one === undefined) return;
  world.ask(
    host.call((shard) => shard.failExternal(one.id, one.attempt, "no")),
    host,
    (answer) => workerHeard(world, one.id, one.attempt, "give a claim back", answer),
  );
}

function workerHeard(world: World, id: ExecutionId, attempt: number, what: string, answer: unknown): void {
  const held = world.claims.findIndex((one) => one.id === id && one.attempt === attempt);
  if (held >= 0) world.claims.splice(held, 1);
  if (answer === "lost") return;
  if (answer !== "ok") world.problems.push(`${id} refuses what its worker says: ${JSON.stringify(answer)}`);
  const isThere = world.isOnDisk(id, (_, history) =>
    history.some(
      (event) => event.kind === "finished" || (event.kind === "attempt-failed" && event.attempt === attempt),
    ),
  );
  if (!isThere) world.problems.push(`${id}: ${what} is acknowledged and not durable`);
  world.succeeded(what);
}
