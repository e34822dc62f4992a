import type { Digest, ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import type { ChangeEnd } from "../../host/engine/shard.ts";
import type { SubmitEnd } from "../../host/engine/submission.ts";
import type { Known } from "./oracle.ts";
import { pickKnown } from "./picking.ts";
import { scriptOf, textOf } from "./scripts.ts";
import type { SimulatedHost } from "./simulated-host.ts";
import type { World } from "./world.ts";

const runName = "contract:guests/script@1.0.0.run" as FunctionName;
const sumName = "test:guests/channels@0.1.0.add-up" as FunctionName;

export function submitNew(world: World, startAt?: Millis): void {
  const { chance, host } = world;
  if (host === undefined) return;
  const id = world.newId();
  if (chance.below(4) === 0) {
    const known = world.oracle.submits(id, JSON.stringify([sumName, [0, 3]]), undefined, true);
    return submit(world, host, known, sumName, [0, 3], startAt);
  }
  const script = scriptOf(chance);
  const params = [textOf(script)];
  const [first] = script;
  const isGated = !world.hasWorkers && first?.op === "direct" && first.call.name === "approve";
  const gate = isGated ? `${id}.o:1-approve_1` : undefined;
  submit(
    world,
    host,
    world.oracle.submits(id, JSON.stringify([runName, params]), gate, false),
    runName,
    params,
    startAt,
  );
}

function submit(
  world: World,
  host: SimulatedHost,
  known: Known,
  name: FunctionName,
  params: readonly Json[],
  startAt?: Millis,
): void {
  const asked = world.asks(known, host);
  const id = known.id as ExecutionId;
  const work = JSON.stringify([name, params]);
  const submission = { id, fresh: false, function: name, params, ...(startAt !== undefined && { startAt }) };
  world.ask(
    host.call((shard) => shard.submit(submission)),
    host,
    (end) => {
      const answer = answerOf(world, end);
      if (answer === undefined) return;
      world.oracle.submitted(asked, work, answer);
      if (!world.isOnDisk(id, () => true)) world.problems.push(`${id} is acknowledged and not durable`);
      const kinds = {
        made: startAt === undefined ? "submit" : "submit for later",
        existed: "submit again",
        conflict: "submit other work under the same id",
      };
      world.succeeded(kinds[answer]);
    },
  );
}

function answerOf(world: World, end: SubmitEnd): "made" | "existed" | "conflict" | undefined {
  if (end.kind === "accepted") return end.existed ? "existed" : "made";
  if (end.code === "execution-conflict") return "conflict";
  world.problems.push(`a submission is refused: ${end.message}`);
  return undefined;
}

export function submitAgain(world: World, same: boolean): void {
  const host = world.anyHost();
  const known = pickKnown(world);
  if (host === undefined || known?.work === undefined) return;
  const [name, params] = JSON.parse(known.work) as [FunctionName, Json[]];
  if (same) return submit(world, host, known, name, params);
  // Nobody may have made it yet: only what is there can be in conflict.
  if (known.isThere) submit(world, host, known, runName, ["return other"]);
}

export function result(world: World, host: SimulatedHost, known: Known): void {
  const asked = world.asks(known, host);
  world.ask(
    host.call((shard) => shard.result(known.id as ExecutionId)),
    host,
    (outcome) => {
      world.oracle.ended(asked, outcome);
      if (outcome === undefined) return;
      const text = JSON.stringify(outcome);
      const isThere = world.isOnDisk(known.id as ExecutionId, (_, history) => {
        const last = history.at(-1);
        return last?.kind === "finished" && JSON.stringify(last.outcome) === text;
      });
      if (!isThere) world.problems.push(`${known.id} has told ${text}, which is not durable`);
      world.succeeded("result");
    },
  );
}

export function state(world: World, host: SimulatedHost, known: Known): void {
  world.ask(
    host.call((shard) => Promise.resolve(shard.state(known.id as ExecutionId))),
    host,
    (published) => {
      if (published !== undefined) world.succeeded("state");
    },
  );
}

export function signal(world: World, host: SimulatedHost, known: Known): void {
  if (!known.waitsForSignal) return;
  const asked = world.asks(known, host);
  const value = world.chance.below(6) === 0 ? 0 : known.signals.length + 1;
  const sent = { value, askedAt: asked.at, ackedAt: undefined };
  known.signals.push(sent);
  if (value === 0) known.mayEnd = true;
  const id = known.id as ExecutionId;
  world.ask(
    host.callOnce((shard) => shard.signal(id, "numbers", value)),
    host,
    (end) => {
      if (end !== "changed" && end !== "finished" && end !== "unknown") {
        world.problems.push(`${id} refuses a signal: ${JSON.stringify(end)}`);
        return;
      }
      world.oracle.signalled(asked, sent, end);
      if (end !== "changed") return;
      const isThere = world.isOnDisk(id, (_, history) =>
        history.some((event) => "value" in event && event.value === value),
      );
      if (!isThere) world.problems.push(`${id}: the signal ${value} is acknowledged and not durable`);
      world.succeeded("signal");
    },
  );
}

export function cancel(world: World, host: SimulatedHost, known: Known): void {
  known.mayEnd = true;
  change(world, host, known, known.id.includes(".") ? "cancel a child" : "cancel", (id) =>
    host.call((shard) => shard.cancel(id, "a client")),
  );
}

export function pause(world: World, host: SimulatedHost, known: Known): void {
  change(world, host, known, "pause", (id) => host.call((shard) => shard.pause(id)));
}

export function unpause(world: World, host: SimulatedHost, known: Known): void {
  change(world, host, known, "unpause", (id) => host.call((shard) => shard.unpause(id)));
}

const traces: Readonly<Record<string, readonly string[]>> = {
  cancel: ["ended", "finished"],
  "cancel a child": ["ended", "finished"],
  pause: ["paused"],
  unpause: [],
};

function change(
  world: World,
  host: SimulatedHost,
  known: Known,
  what: string,
  ask: (id: ExecutionId) => Promise<ChangeEnd>,
): void {
  const asked = world.asks(known, host);
  const id = known.id as ExecutionId;
  world.ask(ask(id), host, (end) => {
    world.oracle.changed(asked, what, end);
    if (end !== "changed") return;
    const trace = traces[what] ?? [];
    const isThere = world.isOnDisk(
      id,
      (_, history) => trace.length === 0 || history.some(({ kind }) => trace.includes(kind)),
    );
    if (!isThere) world.problems.push(`${id}: ${what} is acknowledged and not durable`);
    world.succeeded(what);
  });
}

export function cancelDelay(world: World): void {
  const host = world.anyHost();
  const row = world.chance.pick(world.unfinished("/script@").filter(({ wakeAt }) => wakeAt !== null));
  if (host === undefined || row === undefined) return;
  const submitted = world.disk.kept.history(row.key).findLast((event) => event.kind === "delay-submitted");
  if (submitted === undefined) return;
  const { delay } = submitted;
  world.ask(
    host.call((shard) => shard.cancelDelay(delay)),
    host,
    (end) => {
      if (end !== "changed") return;
      const isThere = world.isOnDisk(row.id, (_, history) =>
        history.some((event) => event.kind === "delay-cancelled" && event.delay === delay),
      );
      if (!isThere) world.problems.push(`${delay} is cancelled, and that is not durable`);
      world.succeeded("cancel a delay");
    },
  );
}

export function upgrade(world: World, host: SimulatedHost, known: Known): void {
  const id = known.id as ExecutionId;
  const to = world.chance.pick(world.parts.scripts)?.digest as Digest;
  if (!world.disk.kept.components.has(to)) return;
  const before = world.disk.kept.find(id)?.component;
  world.ask(
    host.call((shard) => shard.upgrade(id, to)),
    host,
    (end) => {
      if (typeof end === "object")
        world.problems.push(`${id} does not replay against the same code: ${JSON.stringify(end)}`);
      if (end === "changed" && before !== to) world.succeeded("upgrade");
    },
  );
}

export function deploy(world: World): void {
  const { host } = world;
  if (host === undefined) return;
  const activation = world.parts.activation(world.chance);
  world.ask(host.activate(activation), host, () => {
    world.succeeded("deploy");
  });
}
