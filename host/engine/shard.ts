import { type ComponentKind, type Deployment, isWritten } from "../core/deployment.ts";
import type { Difference, Outcome, StubAnswer } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import {
  type DelayId,
  type Digest,
  type ExecutionId,
  type ExecutionKey,
  type FunctionName,
  type Millis,
  ownerOf,
} from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { decodeParams } from "../core/wit/signature.ts";
import type { ComponentType } from "../core/wit/type.ts";
import type { Activities, Sandbox } from "../ports/activities.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { Journal } from "../ports/journal.ts";
import { ActivityExecutor } from "./activity-executor.ts";
import type { Wait } from "./admission.ts";
import { Catalogue, type ComponentSource } from "./catalogue.ts";
import { Executions } from "./executions.ts";
import { type Claim, ExternalExecutor, type WorkerAnswer } from "./external-executor.ts";
import { Launch } from "./launch.ts";
import { defaultLimits, type ShardLimits } from "./limits.ts";
import type { Live } from "./live.ts";
import { noRoom, payloadProblem } from "./payload.ts";
import { Recorder } from "./recorder.ts";
import { Resumption } from "./resumption.ts";
import { compared, laterThan, refused, type Submission, type SubmitEnd } from "./submission.ts";
import type { Unit } from "./unit.ts";
import { Upgrades } from "./upgrades.ts";
import type { WorkflowWasi } from "./workflow-calls.ts";
import { WorkflowExecutor } from "./workflow-executor.ts";

export interface ShardParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly components: ComponentSource;
  readonly activities: Activities;
  readonly wasi: WorkflowWasi;
  readonly limits?: Partial<ShardLimits>;
  /** Records what is asked for and runs nothing: a host that opens the journal later does. */
  readonly dormant?: boolean;
  /** Called once, when the journal or another part of the world has failed. The shard has then stopped. */
  readonly onFailure: (error: unknown) => void;
}

/** What became of a change to an execution: it may have been there already. */
export type ChangeEnd = "changed" | "finished" | "unknown";

/** A signal that nobody has asked for may be one too many, or there is too much in them already. */
export type SignalEnd = ChangeEnd | "not-a-workflow" | "too-many" | "too-much" | { readonly tooLarge: string };

/** Unfinished executions taken up in one turn of the event loop when a shard starts. */
const pageSize = 1_000;

/** One journal, one thread, one engine: everything of an execution tree happens here. */
export class Shard {
  readonly #journal: Journal;
  readonly #limits: ShardLimits;
  readonly #catalogue: Catalogue;
  readonly #executions: Executions;
  readonly #activities: ActivityExecutor;
  readonly #external: ExternalExecutor;
  readonly #upgrades: Upgrades;
  readonly #workflows: WorkflowExecutor;
  readonly #clock: Clock;
  readonly #launch: Launch;
  readonly #recorder: Recorder;
  readonly #resumption: Resumption;
  readonly #onFailure: (error: unknown) => void;
  /** Executions from this key on were begun by this shard, so there is nothing to take up. */
  readonly #firstOwn: ExecutionKey;
  #stopped = false;

  constructor(parts: ShardParts) {
    const { journal, clock, entropy } = parts;
    const limits = { ...defaultLimits, ...parts.limits };
    const catalogue = new Catalogue(parts.components, parts.wasi);
    const fail = (error: unknown) => this.#fail(error);
    const executions = new Executions({
      journal,
      clock,
      entropy,
      fail,
      kind: (component) => catalogue.kind(component),
      begin: (live) => this.#workflows.startNew(live, undefined),
      runsOn: (fold, params) => catalogue.runsOn(fold, params),
      deliver: (live, response) => this.#workflows.deliver(live, response),
      halt: (live) => {
        this.#activities.halt(live.fold.key);
        this.#external.halt(live.fold.key);
        this.#workflows.halt(live);
      },
    });
    const dormant = parts.dormant ?? false;
    const shared = { catalogue, clock, executions, journal, limits, dormant, entropy, fail };
    this.#journal = journal;
    this.#clock = clock;
    this.#firstOwn = journal.nextKey();
    this.#limits = limits;
    this.#catalogue = catalogue;
    this.#executions = executions;
    this.#onFailure = parts.onFailure;
    this.#activities = new ActivityExecutor({ ...shared, activities: parts.activities });
    this.#external = new ExternalExecutor(shared);
    this.#launch = new Launch({
      executions,
      external: this.#external,
      activities: this.#activities,
      startWorkflow: (live, startAt) => this.#workflows.startNew(live, startAt),
    });
    this.#recorder = new Recorder({
      ...shared,
      launch: this.#launch,
      wakeAt: (live, at) => this.#workflows.wakeAt(live.fold, at),
    });
    this.#upgrades = new Upgrades({ ...shared, wasi: parts.wasi });
    this.#workflows = new WorkflowExecutor({ ...shared, recorder: this.#recorder, upgrades: this.#upgrades });
    this.#resumption = new Resumption({
      ...shared,
      activities: this.#activities,
      external: this.#external,
      workflows: this.#workflows,
    });
  }

  /** Makes the deployment's functions callable. Executions that exist keep their component. */
  deploy(
    deployment: Deployment,
    types: ReadonlyMap<Digest, ComponentType>,
    sandboxes: ReadonlyMap<string, Sandbox>,
  ): void {
    this.#catalogue.deploy(deployment, types, sandboxes);
    this.#guard(() => {
      this.#activities.redeployed();
      this.#external.redeployed();
    });
  }

  /** Takes up every unfinished execution; needs a deployment. */
  async resume(): Promise<void> {
    let after = 0 as ExecutionKey;
    while (!this.#stopped) {
      const rows = this.#journal.unfinished(after, pageSize).filter((row) => row.key < this.#firstOwn);
      this.#guard(() => rows.forEach((row) => this.#resumption.takeUp(row)));
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return;
      after = last.key;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Resolves once the execution is durable. Rejects with the HostError that prevented it. */
  async submit(submission: Submission): Promise<SubmitEnd> {
    const target = this.#catalogue.find(submission.function);
    if (target === undefined) {
      return refused("function-unknown", `the deployment has no function ${submission.function}`);
    }
    const decoded = decodeParams(target.type, submission.params);
    if (!decoded.ok) return refused("params-invalid", decoded.problem);
    const params = decoded.canonical;
    const tooLarge = payloadProblem("the parameters", params, this.#limits.payloadBytesMax);
    if (tooLarge !== undefined) return refused("payload-too-large", tooLarge);
    const known = submission.fresh ? undefined : this.#executions.find(submission.id);
    if (known !== undefined) return compared(known, this.#journal.history(known.key)[0], submission.function, params);
    const crowd = this.#crowd(submission.function, target.component.kind);
    if (crowd !== undefined) {
      const message = `${crowd} wait for their turn, and no more may`;
      return { ...refused("overloaded", message), hint: "nothing was recorded: submit it again later" };
    }

    const unit = this.#executions.unit();
    const begun = this.#launch.begin(unit, {
      key: this.#journal.nextKey(),
      id: submission.id,
      parent: null,
      function: submission.function,
      params,
      target,
      startAt: laterThan(this.#clock.now(), submission.startAt),
    });
    const position = unit.commit();
    begun(position);
    await this.#journal.durable(position);
    return { kind: "accepted", existed: false };
  }

  /** Who waits when that is as many as may: what is backed up refuses more of its own, until all the host is. */
  #crowd(name: FunctionName, kind: ComponentKind): string | undefined {
    const { pendingMax, pendingTotalMax } = this.#limits;
    const inLine = kind === "workflow" ? this.#workflows.waiting : isWritten(kind) ? 0 : this.#activities.inLine(name);
    if (inLine >= pendingMax) return `${inLine} executions in the line of ${name}`;
    const total = this.#activities.waiting + this.#workflows.waiting;
    return total >= pendingTotalMax ? `${total} executions` : undefined;
  }

  /** Cancels an execution, and with it its delays, activities and cancellable children; it finishes when the last of what
   *  it waits for has. Resolves once that is durable. */
  cancel(id: ExecutionId, reason: string): Promise<ChangeEnd> {
    return this.#change(id, (live, unit) => unit.cancel(live, reason));
  }

  /** Settles a delay at once: who waits for it gets an err. */
  async cancelDelay(id: DelayId): Promise<ChangeEnd> {
    const owner = this.#executions.find(ownerOf(id));
    const live = owner === undefined || owner.status === "finished" ? undefined : this.#executions.get(owner.key);
    const pending = live?.fold.pendingDelay(id);
    if (live === undefined || pending === undefined) return this.#wasSubmitted(owner, id) ? "finished" : "unknown";
    const unit = this.#executions.unit();
    unit.respond(live, { kind: "delay-cancelled", joinSet: pending.joinSet, delay: id });
    await this.#journal.durable(unit.commit());
    return "changed";
  }

  /** Lets nothing of the execution be run until it is unpaused. An attempt that is under way comes to its end. */
  async pause(id: ExecutionId): Promise<ChangeEnd> {
    return this.#change(id, (live, unit) => {
      if (live.fold.status === "paused") return;
      unit.add(live, { kind: "paused" });
      this.#workflows.suspend(live);
    });
  }

  async unpause(id: ExecutionId): Promise<ChangeEnd> {
    let unpaused: ExecutionKey | undefined;
    const end = await this.#change(id, (live, unit) => {
      if (live.fold.status !== "paused") return;
      unit.add(live, { kind: "unpaused" });
      unpaused = live.fold.key;
    });
    this.#guard(() => {
      if (unpaused !== undefined && !this.#stopped) this.#resumption.goOn(unpaused);
    });
    return end;
  }

  /** Writes the result, `{ ok }` or `{ err }`, of a stub or external activity. Resolves once it is durable. */
  async writeStub(id: ExecutionId, result: unknown): Promise<StubAnswer> {
    const { answer, finish } = this.#recorder.judge(id, result as Json);
    if (finish !== undefined) {
      const unit = this.#executions.unit();
      unit.finish(finish.live, finish.outcome);
      unit.commit();
    }
    await this.#executions.durable();
    return answer;
  }

  /** Resolves with the outcome once the execution has durably finished; undefined when there is no such execution. */
  result(id: ExecutionId): Promise<Outcome | undefined> {
    if (this.#executions.isUnfinished(id)) return new Promise((resolve) => this.#executions.watch(id, resolve));
    const row = this.#executions.find(id);
    if (row === undefined) return Promise.resolve(undefined);
    if (row.status !== "finished") return new Promise((resolve) => this.#executions.watch(id, resolve));
    const last = this.#journal.load(row.key)?.history.at(-1);
    return Promise.resolve(last?.kind === "finished" ? last.outcome : undefined);
  }

  /** What an activity that could run waits for: room in the host, or its component's or function's. Undefined for any other. */
  waitOf(id: ExecutionId): Wait | undefined {
    const key = this.#executions.find(id)?.key;
    return key === undefined ? undefined : this.#activities.waitOf(key);
  }

  /** Resolves when nothing is unfinished. */
  idle(): Promise<void> {
    return this.#executions.idle();
  }

  /** How many executions are unfinished, durably. */
  async unfinished(): Promise<number> {
    await this.#executions.durable();
    return this.#executions.unfinished;
  }

  functionNames(): readonly FunctionName[] {
    return this.#catalogue.names();
  }

  /** Stops at once, without waiting for anything: the journal brings it all back. Leaves the journal open. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#activities.stop();
    this.#external.stop();
    this.#workflows.stop();
  }

  /** Sends JSON to a channel of a workflow, which has it when it asks. Resolves once it is durable. */
  async signal(id: ExecutionId, channel: string, value: Json): Promise<SignalEnd> {
    const tooLarge = payloadProblem("the signal", value, this.#limits.payloadBytesMax);
    if (tooLarge !== undefined) return { tooLarge };
    const row = this.#executions.find(id);
    if (row !== undefined && this.#catalogue.kind(row.component) !== "workflow") return "not-a-workflow";
    let refusal: "too-many" | "too-much" | undefined;
    const end = await this.#change(id, (live, unit) => {
      const asked = live.fold.pendingSignals().find((signal) => signal.channel === channel);
      if (asked === undefined) {
        refusal = noRoom(live.fold, value, this.#limits);
        if (refusal === undefined) unit.add(live, { kind: "signal-buffered", channel, value });
        return;
      }
      const { joinSet, index } = asked;
      unit.respond(live, { kind: "signal-delivered", joinSet, index, channel, value, buffered: false });
    });
    return refusal ?? end;
  }

  /** What the workflow has published last; undefined when it has published nothing. */
  state(id: ExecutionId): Json | undefined {
    const row = this.#executions.find(id);
    const published = row && this.#journal.history(row.key).findLast((event) => event.kind === "state-published");
    return published?.state;
  }

  /** Takes a workflow to another stored component if its history replays against it; says the first difference if not. */
  async upgrade(id: ExecutionId, component: Digest): Promise<ChangeEnd | Difference> {
    const row = this.#executions.find(id);
    if (row === undefined || this.#catalogue.kind(row.component) !== "workflow") return "unknown";
    const isChange = row.status !== "finished" && row.component !== component;
    const difference = isChange ? await this.#workflows.upgrade(row, component) : undefined;
    await this.#executions.durable();
    return row.status === "finished" ? "finished" : (difference ?? "changed");
  }

  /** Gives external activities of these functions, or of any, to a worker, until their leases end. */
  claimExternal(functions: readonly FunctionName[] | undefined, max: number, leaseMs: number): Promise<Claim[]> {
    return this.#external.claim(functions, max, leaseMs);
  }

  heartbeat(id: ExecutionId, attempt: number, leaseMs: number): Millis | "lost" {
    const key = this.#spokenOf(id);
    return key === undefined ? "lost" : this.#external.heartbeat(key, attempt, leaseMs);
  }

  /** Takes a worker's result, `{ ok }` or `{ err }`. Resolves once it is durable. */
  completeExternal(id: ExecutionId, attempt: number, result: unknown): Promise<WorkerAnswer> {
    return this.#workerSays(id, (key) => this.#external.complete(key, attempt, result));
  }

  /** Takes a worker's word that it could not do it: the activity's policy decides about another attempt. */
  failExternal(id: ExecutionId, attempt: number, message: string): Promise<WorkerAnswer> {
    return this.#workerSays(id, (key) => this.#external.failed(key, attempt, { kind: "failed", message }));
  }

  async #workerSays(id: ExecutionId, say: (key: ExecutionKey) => WorkerAnswer): Promise<WorkerAnswer> {
    const key = this.#spokenOf(id);
    if (key === undefined) return "lost";
    const answer = say(key);
    await this.#executions.durable();
    return answer;
  }

  /** What a worker speaks of, as far as there is such a thing. */
  #spokenOf(id: ExecutionId): ExecutionKey | undefined {
    const row = this.#executions.find(id);
    if (row !== undefined) this.#resumption.renew(row);
    return row?.key;
  }

  #wasSubmitted(owner: ExecutionRow | undefined, id: DelayId): boolean {
    if (owner === undefined) return false;
    return this.#journal.history(owner.key).some((event) => event.kind === "delay-submitted" && event.delay === id);
  }

  async #change(id: ExecutionId, change: (live: Live, unit: Unit) => void): Promise<ChangeEnd> {
    const row = this.#executions.find(id);
    if (row === undefined) return "unknown";
    const live = row.status === "finished" ? undefined : this.#executions.get(row.key);
    if (live !== undefined) {
      const unit = this.#executions.unit();
      change(live, unit);
      if (!unit.isEmpty) unit.commit();
      this.#executions.trim();
    }
    await this.#executions.durable(); // what was found may be as fresh as what was changed
    return live === undefined ? "finished" : "changed";
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#onFailure(error);
  }
}
