import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { digestOf, readComponentType } from "./component/component.ts";
import type { Difference, Outcome } from "./core/event.ts";
import { HostError } from "./core/host-error.ts";
import {
  type DelayId,
  type Digest,
  type ExecutionId,
  type FunctionName,
  isTopLevel,
  type Millis,
  nameProblem,
} from "./core/ids.ts";
import type { Json } from "./core/json.ts";
import { resolveFunctionName } from "./core/names.ts";
import { noOperator, readOperator } from "./deployment/operator.ts";
import { readDeployment } from "./deployment/read.ts";
import type { Wait } from "./engine/admission.ts";
import type { Claim, WorkerAnswer } from "./engine/external-executor.ts";
import type { ShardLimits } from "./engine/limits.ts";
import type { ChangeEnd } from "./engine/shard.ts";
import { knownId } from "./known-id.ts";
import { hostOffers } from "./offers.ts";
import { type Activation, fromWire, type ShardCalls, type ShardReply, type ShardSetup } from "./shard-link.ts";
import { sibling } from "./sibling.ts";
import { requireSuspension, systemEntropy } from "./system.ts";

export interface HostOptions {
  /** The folder of the journal; made when it is not there. */
  readonly data: string;
  /** Path of the deployment's manifest; by default the deployment that the journal holds is taken up again, if it
   *  holds one: otherwise nothing can be called before `deploy`. */
  readonly deployment?: string;
  /** Path of the operator's file, which bounds what a deployment may use and holds the secrets; by default deployments
   *  are not bounded, and there is no secret. */
  readonly operator?: string;
  /** Threads that run activities; by default one per core, at most 8. */
  readonly activityThreads?: number;
  /** Where compiled components are kept; by default `stele` in the user's cache folder. */
  readonly cacheDir?: string;
  /** Opens a data folder on NFS, SMB, FUSE and the like, whose locks and syncs SQLite can't rely on. */
  readonly allowNetworkFileSystem?: boolean;
  readonly limits?: Partial<ShardLimits>;
  /** Records what is asked of it and runs nothing: for a change that another host is to act on. Grants are checked by
   *  that one, and by this one only what it is to deploy when it has an operator's file. */
  readonly dormant?: boolean;
}

/** Opens a host on a data folder: what is unfinished there goes on at once. Throws HostError. */
export async function openHost(options: HostOptions): Promise<Host> {
  requireSuspension();
  const operator = options.operator === undefined ? noOperator : readOperator(options.operator);
  const { attemptsMax } = operator;
  const activation = options.deployment === undefined ? undefined : activationOf(options.deployment);
  const link = new ShardThreadLink({
    data: options.data,
    cacheDir: options.cacheDir ?? defaultCacheDir(),
    activityThreads: options.activityThreads ?? Math.min(availableParallelism(), 8),
    allowNetworkFileSystem: options.allowNetworkFileSystem ?? false,
    limits: { ...options.limits, ...(attemptsMax !== undefined && { attemptsMax }) },
    operator,
    environment: environment(),
    dormant: options.dormant ?? false,
  });
  try {
    return new Host(link, await link.call("open", activation));
  } catch (error) {
    await link.terminate();
    throw error;
  }
}

/** A running host. Every method throws HostError. */
export class Host {
  readonly #link: ShardThreadLink;
  #functionNames: readonly FunctionName[];

  constructor(link: ShardThreadLink, functionNames: readonly FunctionName[]) {
    this.#link = link;
    this.#functionNames = functionNames;
  }

  /** Verifies a manifest as a whole and makes it the active deployment, without a stop. Returns its digest. */
  async deploy(manifestPath: string): Promise<Digest> {
    const activation = activationOf(manifestPath);
    this.#functionNames = await this.#link.call("activate", activation);
    return activation.digest;
  }

  /** Starts an execution of `ns:pkg/ifc.fn`, or of `.../ifc.fn` where that is unambiguous. Resolves with its id
   *  once it is durable. With an id of the caller's, submitting the same work again changes nothing. */
  async submit(
    functionName: string,
    params: readonly unknown[] = [],
    options: {
      readonly executionId?: string;
      /** Not to be run before: milliseconds since the Unix epoch. */
      readonly startAt?: number;
    } = {},
  ): Promise<ExecutionId> {
    if (this.#functionNames.length === 0) {
      throw new HostError("function-unknown", `${functionName} can't be called: the data folder holds no deployment`, {
        hint: "name the deployment's manifest (deployment.toml) once; the journal keeps it from then on",
      });
    }
    const name = resolveFunctionName(functionName, this.#functionNames);
    if (!name.ok) throw new HostError("function-unknown", name.problem);
    const id = options.executionId === undefined ? newExecutionId() : knownId(options.executionId);
    if (!isTopLevel(id)) {
      throw new HostError("usage", `${id} is the id of a child; what a client submits is nobody's`, {
        hint: "an id for it is E_ and a ULID, without a point",
      });
    }
    const fresh = options.executionId === undefined;
    const startAt = options.startAt === undefined ? undefined : (wholeNumber("startAt", options.startAt) as Millis);
    const end = await this.#link.call("submit", {
      id,
      fresh,
      function: name.value,
      params,
      ...(startAt !== undefined && { startAt }),
    });
    if (end.kind === "refused") throw new HostError(end.code, end.message, end);
    return id;
  }

  /** Waits until the execution has durably finished. */
  async result(id: string): Promise<Outcome> {
    const outcome = await this.#link.call("result", knownId(id));
    if (outcome === undefined) throw new HostError("execution-unknown", `there is no execution ${id}`);
    return outcome;
  }

  /** Cancels an execution, with its delays, activities and cancellable children, or one delay (`D_…`). It finishes when
   *  what it has to wait for has. False when there was nothing left to cancel. */
  async cancel(id: string, reason = "a client cancelled it"): Promise<boolean> {
    if (id.startsWith("D_")) {
      const owner = knownId(`E_${id.slice(2)}`);
      return changed(id, await this.#link.call("cancelDelay", `D_${owner.slice(2)}` as DelayId));
    }
    return changed(id, await this.#link.call("cancel", knownId(id), reason));
  }

  /** Lets nothing of the execution be run until it is unpaused; an attempt that is under way comes to its end. */
  async pause(id: string): Promise<boolean> {
    return changed(id, await this.#link.call("pause", knownId(id)));
  }

  async unpause(id: string): Promise<boolean> {
    return changed(id, await this.#link.call("unpause", knownId(id)));
  }

  /** Sends a JSON value to a channel of a workflow, which receives it when it asks (`stele:workflow/signals`). */
  async signal(id: string, channel: string, value: Json): Promise<void> {
    const problem = nameProblem(channel);
    if (problem !== undefined) throw new HostError("params-invalid", `a channel can't be named ${problem}`);
    const end = await this.#link.call("signal", knownId(id), channel, value);
    if (end === "changed") return;
    if (end === "unknown") throw new HostError("execution-unknown", `there is no execution ${id}`);
    if (typeof end === "object") throw new HostError("payload-too-large", end.tooLarge);
    throw new HostError("signal-refused", `${id} takes no signal: ${signalRefusals[end]}`);
  }

  /** What a workflow has published last (`stele:workflow/state`); undefined when that is nothing. */
  state(id: string): Promise<Json | undefined> {
    return this.#link.call("state", knownId(id));
  }

  /** Takes a workflow execution to another component of the journal, by digest, if its history replays against that: from
   *  then on it belongs to it. Resolves with the first difference otherwise; the execution then stays as it is. */
  async upgrade(id: string, component: string): Promise<Difference | undefined> {
    const end = await this.#link.call("upgrade", knownId(id), component as Digest);
    if (typeof end === "object") return end;
    if (end === "changed") return undefined;
    const what = end === "finished" ? `${id} has finished` : `there is no workflow execution ${id}`;
    throw new HostError(end === "finished" ? "usage" : "execution-unknown", what);
  }

  /** Writes the result, `{ ok: … }` or `{ err: … }`, of a stub or external activity. The first one stands: the same again
   *  changes nothing, another is refused as `result-conflict`. */
  async stub(id: string, result: unknown): Promise<void> {
    const answer = await this.#link.call("writeStub", knownId(id), result);
    if (answer === "ok") return;
    if (answer === "conflict") throw new HostError("result-conflict", `${id} has another result already`);
    if (answer === "execution-not-found") {
      throw new HostError("execution-unknown", `there is no stub or external activity ${id}`);
    }
    throw new HostError("params-invalid", answer.typeCheckError);
  }

  /** What keeps an activity that could run from its next attempt. Undefined when it doesn't wait to be let in. */
  waitOf(id: string): Promise<Wait | undefined> {
    return this.#link.call("waitOf", knownId(id));
  }

  /** Claims external activities for a worker. Each claim is the worker's until its lease ends: `heartbeat` renews it,
   *  `complete` and `fail` end it. */
  async claim(
    options: { readonly functions?: readonly string[]; readonly max?: number; readonly leaseMs?: number } = {},
  ): Promise<readonly Claim[]> {
    const { functions, max = 1, leaseMs = defaultLeaseMs } = options;
    const names = functions as readonly FunctionName[] | undefined;
    return this.#link.call("claimExternal", names, wholeNumber("max", max), wholeNumber("leaseMs", leaseMs));
  }

  /** Renews a claim's lease and resolves with its new end. Throws HostError `lease-lost` when it is somebody else's. */
  async heartbeat({ id, attempt }: Pick<Claim, "id" | "attempt">, leaseMs = defaultLeaseMs): Promise<number> {
    const until = await this.#link.call("heartbeat", knownId(id), attempt, wholeNumber("leaseMs", leaseMs));
    return until === "lost" ? leaseLost(id) : until;
  }

  /** Writes what a claimed activity came to: `{ ok: … }`, or `{ err: … }`, which may be tried again as any activity's. */
  async complete({ id, attempt }: Pick<Claim, "id" | "attempt">, result: unknown): Promise<void> {
    heard(id, await this.#link.call("completeExternal", knownId(id), attempt, result));
  }

  /** Gives a claimed activity back: its retry policy decides whether it is tried again. */
  async fail({ id, attempt }: Pick<Claim, "id" | "attempt">, message: string): Promise<void> {
    heard(id, await this.#link.call("failExternal", knownId(id), attempt, message));
  }

  /** How many executions are unfinished, children included. */
  unfinished(): Promise<number> {
    return this.#link.call("unfinished");
  }

  /** Waits until nothing is unfinished. */
  async idle(): Promise<void> {
    await this.#link.call("idle");
  }

  /** Stops at once: what is unfinished goes on when the folder is opened again. */
  async close(): Promise<void> {
    await this.#link.close();
  }
}

/** How long a worker may be silent unless it says otherwise. */
const defaultLeaseMs = 30_000;

const signalRefusals = {
  finished: "it has finished",
  "not-a-workflow": "it is not a workflow",
  "too-many": "too many have not been received yet (signals-max)",
  "too-much": "those that have not been received yet are too large together (signal-characters-max)",
} as const;

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new HostError("usage", `${name}: a whole number from 1 is wanted, and found ${value}`);
}

function changed(id: string, end: ChangeEnd): boolean {
  if (end === "unknown")
    throw new HostError("execution-unknown", `there is no ${id.startsWith("D_") ? "delay" : "execution"} ${id}`);
  return end === "changed";
}

function heard(id: string, answer: WorkerAnswer): void {
  if (answer === "ok") return;
  if (answer === "lost") leaseLost(id);
  throw new HostError("params-invalid", answer.typeCheckError);
}

function leaseLost(id: string): never {
  throw new HostError("lease-lost", `the lease of ${id} is not this worker's any more`, {
    hint: "drop the work: another claim has it, or the activity has finished",
  });
}

function activationOf(manifestPath: string): Activation {
  return readDeployment(manifestPath, { digestOf, readComponentType, offers: hostOffers });
}

function environment(): ReadonlyMap<string, string> {
  return new Map(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function newExecutionId(): ExecutionId {
  return `E_${systemEntropy.ulid(Date.now())}` as ExecutionId;
}

/** `$XDG_CACHE_HOME/stele`, by default `~/.cache/stele`. */
export function defaultCacheDir(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "stele");
}

/** Room for what a shard's thread has just made. The default grows to several times as much and is never given
 *  back, which shows when tens of thousands of executions are asleep; throughput is the same. */
const maxYoungGenerationSizeMb = 16;

/** The main thread's end of a shard's thread. */
class ShardThreadLink {
  readonly #worker: Worker;
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastCall = 0;
  #closing: Promise<void> | undefined;
  #failed: Error | undefined;

  constructor(setup: ShardSetup) {
    this.#worker = new Worker(sibling("shard-thread", import.meta.url), {
      workerData: setup,
      env: {},
      name: "stele-shard",
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    this.#worker.on("message", (message: ShardReply) => this.#receive(message));
    this.#worker.on("error", (error: Error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new HostError("closed", "the host has been closed")));
  }

  call<Method extends keyof ShardCalls>(
    method: Method,
    ...args: Parameters<ShardCalls[Method]>
  ): ReturnType<ShardCalls[Method]> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed) as ReturnType<ShardCalls[Method]>;
    const call = ++this.#lastCall;
    const answer = new Promise<unknown>((resolve, reject) => this.#calls.set(call, { resolve, reject }));
    this.#worker.postMessage({ call, method, args });
    return answer as ReturnType<ShardCalls[Method]>;
  }

  /** Any number of times; the first one does it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  async #close(): Promise<void> {
    try {
      if (this.#failed === undefined) await this.call("close");
    } finally {
      await this.terminate();
    }
  }

  #receive(message: ShardReply): void {
    if ("gaveUp" in message) return this.#fail(fromWire(message.gaveUp));
    const call = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if ("error" in message) call?.reject(fromWire(message.error));
    else call?.resolve(message.value);
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#calls.values()) reject(this.#failed);
    this.#calls.clear();
  }
}
