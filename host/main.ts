import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { digestOf, readComponentType } from "./component/component.ts";
import type { Outcome } from "./core/event.ts";
import { HostError } from "./core/host-error.ts";
import type { Digest, ExecutionId, FunctionName } from "./core/ids.ts";
import { resolveFunctionName } from "./core/names.ts";
import { readDeployment } from "./deployment/read.ts";
import type { ShardLimits } from "./engine/limits.ts";
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
  /** Threads that run activities; by default one per core, at most 8. */
  readonly activityThreads?: number;
  /** Where compiled components are kept; by default `stele` in the user's cache folder. */
  readonly cacheDir?: string;
  /** Opens a data folder on NFS, SMB, FUSE and the like, whose locks and syncs SQLite can't rely on. */
  readonly allowNetworkFileSystem?: boolean;
  readonly limits?: Partial<ShardLimits>;
}

/** Opens a host on a data folder: what is unfinished there goes on at once. Throws HostError. */
export async function openHost(options: HostOptions): Promise<Host> {
  requireSuspension();
  const activation = options.deployment === undefined ? undefined : activationOf(options.deployment);
  const link = new ShardThreadLink({
    data: options.data,
    cacheDir: options.cacheDir ?? defaultCacheDir(),
    activityThreads: options.activityThreads ?? Math.min(availableParallelism(), 8),
    allowNetworkFileSystem: options.allowNetworkFileSystem ?? false,
    limits: options.limits ?? {},
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
    options: { readonly executionId?: string } = {},
  ): Promise<ExecutionId> {
    if (this.#functionNames.length === 0) {
      throw new HostError("function-unknown", `${functionName} can't be called: the data folder holds no deployment`, {
        hint: "name the deployment's manifest (deployment.toml) once; the journal keeps it from then on",
      });
    }
    const name = resolveFunctionName(functionName, this.#functionNames);
    if (!name.ok) throw new HostError("function-unknown", name.problem);
    const id = options.executionId === undefined ? newExecutionId() : knownId(options.executionId);
    const fresh = options.executionId === undefined;
    const end = await this.#link.call("submit", { id, fresh, function: name.value, params });
    if (end.kind === "refused") throw new HostError(end.code, end.message);
    return id;
  }

  /** Waits until the execution has durably finished. */
  async result(id: string): Promise<Outcome> {
    const outcome = await this.#link.call("result", knownId(id));
    if (outcome === undefined) throw new HostError("execution-unknown", `there is no execution ${id}`);
    return outcome;
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

function activationOf(manifestPath: string): Activation {
  return readDeployment(manifestPath, { digestOf, readComponentType, offers: hostOffers });
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
