/** Random scripts, and what happens to them from outside in random order: the engine beside a model of the contract.
 *  `STELE_SIM_SEED=7 STELE_SIM_CASES=1 npx vitest run test/sim` runs one again; more cases find more. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { DelayId, ExecutionId } from "../../host/core/ids.ts";
import { replayHistory } from "../../host/engine/replay-history.ts";
import { startedAt } from "../support/histories.ts";
import { noteProof } from "../support/proof.ts";
import { historiesIn, type OpenRig } from "../support/rig.ts";
import { ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";
import { Chance } from "./chance.ts";
import { ModelExecution, ModelWorld, type Op } from "./contract-model.ts";

const cases = Number(process.env["STELE_SIM_CASES"] ?? 150);
const firstSeed = Number(process.env["STELE_SIM_SEED"] ?? 1);

let rig: ScriptRig;
beforeAll(async () => {
  rig = await ScriptRig.of("c");
}, 120_000);
afterAll(() => rig.close());

/** A script in which every join set that is used has been made, and delays that end at one time are not to be expected. A child waits first:
 *  whether it would be done before its parent looks for it is nothing that the contract says. */
function scriptOf(chance: Chance, depth: number): Op[] {
  const ops: Op[] = [];
  const open: number[] = [];
  const requests: number[] = [];
  if (depth > 0) ops.push({ op: "direct" });
  const length = 3 + chance.below(depth === 0 ? 12 : 5);
  for (let slot = 1; ops.length < length; ) {
    const of = chance.pick(open);
    const kind = chance.below(12);
    if (of === undefined || kind === 0) {
      ops.push(chance.below(2) === 0 ? { op: "create", slot } : { op: "named", slot, name: `s${slot}` });
      open.push(slot++);
    } else if (kind <= 2) {
      ops.push({ op: "ask", slot: of });
      requests.push(ops.length);
    } else if (kind === 3) {
      ops.push({ op: "delay", slot: of, seconds: 1 + chance.below(1_000_000) });
    } else if (kind === 4 && depth < 2) {
      const cancellable = chance.below(2) === 0;
      ops.push({ op: "child", slot: of, cancellable, script: scriptOf(chance, depth + 1) });
      requests.push(ops.length);
    } else if (kind <= 6) ops.push({ op: chance.below(3) === 0 ? "x-next" : "next", slot: of });
    else if (kind === 7) ops.push({ op: "try", slot: of }, { op: "last", slot: of });
    else if (kind === 8) {
      ops.push({ op: chance.below(2) === 0 ? "close" : "drop", slot: of });
      open.splice(open.indexOf(of), 1);
    } else if (kind === 9) ops.push({ op: "direct" });
    else if (kind === 10) ops.push({ op: "sleep", seconds: 1 + chance.below(1_000_000) });
    else {
      const line = chance.pick(requests);
      if (line !== undefined) ops.push({ op: chance.below(2) === 0 ? "get" : "kind", line });
    }
  }
  if (chance.below(3) === 0) ops.push({ op: "return", text: "early" });
  return ops;
}

/** In the words of the script guest; a nested one is within a line. */
function textOf(script: readonly Op[], depth = 0): string {
  const lineEnd = ["\n", ";", "~"][depth] ?? "";
  return script
    .map((op) => {
      switch (op.op) {
        case "named":
          return `named ${op.slot} ${op.name}`;
        case "ask":
          return `x-submit ${op.slot} approve o`;
        case "delay":
          return `delay ${op.slot} in:s:${op.seconds}`;
        case "child":
          return `x-submit ${op.slot} ${op.cancellable ? "run-cancellable" : "run"} ${textOf(op.script, depth + 1)}`;
        case "x-next":
          return `x-next ${op.slot} approve`;
        case "get":
        case "kind":
          return `${op.op} $${op.line}`;
        case "direct":
          return "direct approve o";
        case "sleep":
          return `sleep in:s:${op.seconds}`;
        case "return":
          return `return ${op.text}`;
        default:
          return `${op.op} ${op.slot}`;
      }
    })
    .join(lineEnd);
}

/** The engine and the model, to which the same happens. */
class Pair {
  readonly #chance: Chance;
  readonly #data = rig.rig.folder();
  readonly world = new ModelWorld();
  readonly root: ModelExecution;
  #open: OpenRig;

  private constructor(chance: Chance, script: readonly Op[]) {
    this.#chance = chance;
    this.root = new ModelExecution(this.world, "~", script, false, () => undefined);
    this.world.wake(this.root);
    this.#open = rig.rig.open(this.#data);
  }

  static async of(chance: Chance, script: readonly Op[]): Promise<Pair> {
    const pair = new Pair(chance, script);
    await pair.#open.submit(anId, "contract:guests/script@1.0.0.run", [textOf(script)]);
    return pair;
  }

  /** Lets both go on until all of them wait. */
  async settle(): Promise<void> {
    this.world.settle();
    for (let turn = 0, still = 0; still < 3; turn++) {
      if (turn > 100_000) throw new Error("the shard does not come to rest");
      if (this.#open.failure !== undefined) throw new Error("the shard has failed", { cause: this.#open.failure });
      await new Promise((resolve) => setImmediate(resolve));
      const busy = this.#open.journal.unfinished(0 as never, 1_000).some(({ status, function: name }) => {
        return (status === "locked" || status === "pending") && name.includes("/script@");
      });
      still = busy ? 0 : still + 1;
    }
  }

  /** One thing happens outside, to both. Says what it was. */
  async happen(): Promise<string> {
    const { world } = this;
    const { shard } = this.#open;
    const stub = this.#chance.pick(world.pendingStubs());
    const delays = world.pendingDelays();
    const kind = this.#chance.below(20);
    if (kind === 0) return this.#crash();
    if (kind === 1) {
      const workflow = this.#chance.pick(world.executions.filter(({ isOver }) => !isOver));
      if (workflow !== undefined) return this.#cancel(workflow);
    }
    if (kind === 2) {
      const workflow = this.#chance.pick(world.executions.filter(({ result }) => result === undefined));
      if (workflow !== undefined) return this.#pause(workflow);
    }
    if (kind === 3) {
      const delay = this.#chance.pick(delays);
      if (delay !== undefined) {
        world.cancelDelay(delay.id);
        await shard.cancelDelay(delayId(delay.id));
        return `cancel delay ${delay.id}`;
      }
    }
    if (stub !== undefined && (kind < 13 || delays.length === 0)) {
      if (this.#chance.below(8) === 0) {
        world.settleStub(stub, { failure: "cancelled" });
        await shard.cancel(executionId(stub), "the test");
        return `cancel ${stub}`;
      }
      const result = this.#chance.below(3) === 0 ? { err: "no" } : { ok: "yes" };
      world.settleStub(stub, result);
      expect(await shard.writeStub(executionId(stub), result)).toBe("ok");
      return `write ${stub}`;
    }
    const [delay] = delays;
    if (delay === undefined) return this.#unpauseAll();
    world.expireNext();
    const until = startedAt + delay.dueAt * 1_000;
    // An alarm may be that of a delay which was cancelled; the next one is set when it has rung.
    for (let turn = 0; this.#open.clock.now() < until; turn++) {
      if (!this.#open.clock.advance() && turn > 1_000) throw new Error("no alarm for a delay");
      await new Promise((resolve) => setImmediate(resolve));
    }
    return `expire ${delay.id}`;
  }

  async #cancel(workflow: ModelExecution): Promise<string> {
    workflow.cancel();
    expect(await this.#open.shard.cancel(executionId(workflow.id), "the test")).toBe("changed");
    return `cancel ${workflow.id}`;
  }

  async #pause(workflow: ModelExecution): Promise<string> {
    workflow.paused = !workflow.paused;
    const id = executionId(workflow.id);
    if (workflow.paused) await this.#open.shard.pause(id);
    else {
      await this.#open.shard.unpause(id);
      this.world.wake(workflow);
    }
    return `${workflow.paused ? "pause" : "unpause"} ${workflow.id}`;
  }

  async #unpauseAll(): Promise<string> {
    for (const workflow of this.world.executions) if (workflow.paused) await this.#pause(workflow);
    return "unpause all";
  }

  async #crash(): Promise<string> {
    const now = this.#open.clock.now();
    this.#open.close();
    this.#open = rig.rig.open(this.#data, { clock: new SimulatedClock(now) });
    await this.#open.shard.resume();
    return "crash";
  }

  /** How each execution ended: by id, with what it gave. */
  ends(): Readonly<Record<string, unknown>> {
    const workflows = this.world.executions.map(({ id, result }) => [id, result] as const);
    const stubs = [...this.world.stubs].map(([id, { result }]) => [id, result] as const);
    return Object.fromEntries([...workflows, ...stubs]);
  }

  close(): string {
    this.#open.close();
    return this.#data;
  }
}

function executionId(model: string): ExecutionId {
  return `${anId}${model.slice(1)}` as ExecutionId;
}

function delayId(model: string): DelayId {
  return `D_${executionId(model).slice(2)}` as DelayId;
}

/** Without what was cancelled together with the workflow that asked for it: it may have come to ask or not. */
function essential(ends: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isCancelled = (end: unknown) => JSON.stringify(end) === '{"failure":"cancelled"}';
  return Object.fromEntries(
    Object.entries(ends).filter(
      ([id, end]) => !isCancelled(end) || !isCancelled(ends[id.slice(0, id.lastIndexOf("."))]),
    ),
  );
}

async function expectAsTheModel(seed: number): Promise<void> {
  const chance = new Chance(seed);
  const script = scriptOf(chance, 0);
  const pair = await Pair.of(chance, script);
  const happened: string[] = [];
  await pair.settle();
  const storyText = () => `seed ${seed}\n${textOf(script)}\n---\n${happened.join("\n")}`;
  for (let turn = 0; pair.root.result === undefined; turn++) {
    try {
      if (turn > 500) throw new Error("the model does not end");
      happened.push(await pair.happen());
      await pair.settle();
    } catch (cause) {
      throw new Error(storyText(), { cause });
    }
  }
  const histories = historiesIn(pair.close());
  const ends = [...histories].map(([id, history]): [string, unknown] => {
    const last = history.at(-1);
    if (last?.kind !== "finished") return [id.replace(anId, "~"), last?.kind];
    return [id.replace(anId, "~"), "failure" in last.outcome ? { failure: last.outcome.failure } : last.outcome];
  });
  const story = storyText();
  expect(essential(Object.fromEntries(ends)), story).toEqual(essential(pair.ends()));

  const component = await rig.rig.components.load(rig.rig.digest("script-c"));
  for (const [id, history] of histories) {
    const parent = id.slice(0, id.lastIndexOf("."));
    const parentsEnd = histories.get(parent as ExecutionId)?.at(-1)?.at ?? Number.POSITIVE_INFINITY;
    expect(history.at(-1)?.at, `${id} ends before ${parent}: ${story}`).toBeLessThanOrEqual(parentsEnd);
    if (history[0]?.kind === "created" && history[0].function.includes("/script@"))
      expect(await replayHistory(id, component, history, workflowWasi), story).toMatchObject({ kind: "matches" });
  }
}

test(`${cases} random workflows from seed ${firstSeed} on go as the contract has it`, {
  timeout: 600_000,
}, async () => {
  for (let seed = firstSeed; seed < firstSeed + cases; seed++) await expectAsTheModel(seed);
  noteProof("workflows beside a model", { workflows: cases });
});
