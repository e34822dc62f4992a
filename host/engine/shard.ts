import type { Deployment } from "../core/deployment.ts";
import type { Outcome } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import type { HostErrorCode } from "../core/host-error.ts";
import type { Digest, ExecutionId, ExecutionKey, FunctionName } from "../core/ids.ts";
import { decodeParams } from "../core/wit/signature.ts";
import type { ComponentType } from "../core/wit/type.ts";
import type { Activities } from "../ports/activities.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { Journal } from "../ports/journal.ts";
import { ActivityExecutor } from "./activity-executor.ts";
import { Catalogue, type ComponentSource } from "./catalogue.ts";
import { Executions } from "./executions.ts";
import { defaultLimits, type ShardLimits } from "./limits.ts";
import { payloadProblem } from "./payload.ts";
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
  /** Called once, when the journal or another part of the world has failed. The shard has then stopped. */
  readonly onFailure: (error: unknown) => void;
}

export interface Submission {
  readonly id: ExecutionId;
  /** The id was made for this submission, so no execution can have it. */
  readonly fresh: boolean;
  readonly function: FunctionName;
  readonly params: readonly unknown[];
}

export type SubmitEnd =
  /** The execution is durable; `existed` when an earlier submission of the same work had made it. */
  | { readonly kind: "accepted"; readonly existed: boolean }
  | { readonly kind: "refused"; readonly code: HostErrorCode; readonly message: string };

/** Unfinished executions taken up in one turn of the event loop when a shard starts. */
const pageSize = 1_000;

/** One journal, one thread, one engine: everything of an execution tree happens here. */
export class Shard {
  readonly #journal: Journal;
  readonly #limits: ShardLimits;
  readonly #catalogue: Catalogue;
  readonly #executions: Executions;
  readonly #activities: ActivityExecutor;
  readonly #workflows: WorkflowExecutor;
  readonly #onFailure: (error: unknown) => void;
  /** Executions from this key on were begun by this shard, so there is nothing to take up. */
  readonly #firstOwn: ExecutionKey;
  #stopped = false;

  constructor(parts: ShardParts) {
    const { journal, clock, entropy } = parts;
    const limits = { ...defaultLimits, ...parts.limits };
    const catalogue = new Catalogue(parts.components, parts.wasi, limits);
    const fail = (error: unknown) => this.#fail(error);
    const executions = new Executions(journal, clock, fail);
    const shared = { catalogue, clock, executions, journal, limits, fail };
    this.#journal = journal;
    this.#firstOwn = journal.nextKey();
    this.#limits = limits;
    this.#catalogue = catalogue;
    this.#executions = executions;
    this.#onFailure = parts.onFailure;
    this.#activities = new ActivityExecutor({
      ...shared,
      entropy,
      activities: parts.activities,
      finish: (live, outcome, logs) =>
        executions.finish(live, outcome, logs, (parent, response) => this.#workflows.deliver(parent, response)),
    });
    this.#workflows = new WorkflowExecutor({ ...shared, activities: this.#activities });
  }

  /** Makes the deployment's functions callable. Executions that exist keep their component. */
  deploy(deployment: Deployment, types: ReadonlyMap<Digest, ComponentType>): void {
    this.#catalogue.deploy(deployment, types);
  }

  /** Takes up every unfinished execution; needs a deployment. */
  async resume(): Promise<void> {
    let after = 0 as ExecutionKey;
    while (!this.#stopped) {
      const rows = this.#journal.unfinished(after, pageSize).filter((row) => row.key < this.#firstOwn);
      this.#guard(() => rows.forEach((row) => this.#takeUp(row)));
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
    const tooLarge = payloadProblem("parameter list", params, this.#limits.payloadBytesMax);
    if (tooLarge !== undefined) return refused("payload-too-large", tooLarge);
    const known = submission.fresh ? undefined : this.#journal.findExecution(submission.id);
    if (known !== undefined) return this.#compare(known, submission.function, JSON.stringify(params));

    const key = this.#journal.nextKey();
    const { live, created } = this.#executions.begin(key, submission.id, null, {
      kind: "created",
      function: submission.function,
      params,
      component: target.component.digest,
    });
    const position = this.#executions.commit([{ live, events: [created] }]);
    if (target.component.kind === "workflow") this.#workflows.enqueueNew(live);
    else this.#activities.enqueue(key);
    await this.#journal.durable(position);
    return { kind: "accepted", existed: false };
  }

  /** Resolves with the outcome once the execution has durably finished; undefined when there is no such execution. */
  result(id: ExecutionId): Promise<Outcome | undefined> {
    if (this.#executions.isUnfinished(id)) return new Promise((resolve) => this.#executions.watch(id, resolve));
    const row = this.#journal.findExecution(id);
    if (row === undefined) return Promise.resolve(undefined);
    if (row.status !== "finished") return new Promise((resolve) => this.#executions.watch(id, resolve));
    const last = this.#journal.history(row.key).at(-1);
    return Promise.resolve(last?.kind === "finished" ? last.outcome : undefined);
  }

  /** Resolves when nothing is unfinished. */
  idle(): Promise<void> {
    return this.#executions.idle();
  }

  get unfinished(): number {
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
    this.#workflows.stop();
  }

  #takeUp(row: ExecutionRow): void {
    const { key } = row;
    if (this.#catalogue.kind(row.component) === "activity") {
      if (row.status === "locked") this.#activities.lost(key);
      else this.#activities.enqueueAt(key, row.wakeAt);
      return;
    }
    if (row.wakeAt !== null) this.#workflows.wakeAt(key, row.wakeAt);
    if (row.status === "pending" || row.status === "locked") this.#workflows.enqueue(key);
  }

  #compare(known: ExecutionRow, name: FunctionName, params: string): SubmitEnd {
    const created = this.#journal.history(known.key)[0];
    if (known.function !== name) {
      return refused("execution-conflict", `${known.id} exists already, for another function: ${known.function}`);
    }
    if (created?.kind === "created" && JSON.stringify(created.params) === params)
      return { kind: "accepted", existed: true };
    return refused("execution-conflict", `${known.id} exists already, of the same function with other parameters`);
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

function refused(code: HostErrorCode, message: string): SubmitEnd {
  return { kind: "refused", code, message };
}
