import { join, resolve } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { ActivitiesByKind } from "./activities-by-kind.ts";
import { createActivityPool } from "./component/pool/pool.ts";
import { emptyFolder } from "./component/wasi/files/remove-folder.ts";
import { workflowWasi } from "./component/wasi/workflow-wasi.ts";
import { ComponentStore } from "./component-store.ts";
import { assert } from "./core/assert.ts";
import { type ComponentKind, type Deployment, storedDeployment } from "./core/deployment.ts";
import { HostError } from "./core/host-error.ts";
import type { Digest, FunctionName } from "./core/ids.ts";
import { sandboxesOf } from "./deployment/sandbox.ts";
import type { ShardLimits } from "./engine/limits.ts";
import { type OpenShard, openShard } from "./engine/open-shard.ts";
import type { Shard } from "./engine/shard.ts";
import { Supervisor } from "./engine/supervisor.ts";
import { openJournal } from "./journal/journal.ts";
import { endLeftBehind } from "./native/left-behind.ts";
import { NativeActivities, nativeFolders } from "./native/native-activities.ts";
import { ProgramStore } from "./native/program-store.ts";
import type { Activities, Sandbox } from "./ports/activities.ts";
import type { Journal } from "./ports/journal.ts";
import {
  type Activation,
  type ShardCalls,
  type ShardReply,
  type ShardRequest,
  type ShardSetup,
  toWire,
} from "./shard-link.ts";
import { systemClock, systemEntropy } from "./system.ts";

/** A shard with its journal and its pool, in a thread of its own. */
class ShardThread implements ShardCalls {
  readonly #setup: ShardSetup;
  readonly #components: ComponentStore;
  readonly #programs: ProgramStore;
  readonly #activities: Activities;
  readonly #gaveUp: (error: unknown) => void;
  #supervisor: Supervisor | undefined;
  #journal: Journal | undefined;
  /** Of the components that the journal held when it was opened. */
  #kinds: ReadonlyMap<Digest, ComponentKind> = new Map();
  #deployment: Deployment | undefined;
  /** By component; they hold secrets. */
  #sandboxes: ReadonlyMap<string, Sandbox> = new Map();
  /** Tells the supervisor that the shard's journal has failed. */
  #onFailure: (error: unknown) => void = () => undefined;

  constructor(setup: ShardSetup, gaveUp: (error: unknown) => void) {
    this.#setup = setup;
    this.#gaveUp = gaveUp;
    this.#components = new ComponentStore(setup.cacheDir, (digest) => this.#journal?.component(digest));
    const { programs, runs } = nativeFolders(resolve(setup.data));
    this.#programs = new ProgramStore(programs);
    this.#activities = new ActivitiesByKind((digest) => this.#kind(digest), {
      pool: createActivityPool({
        threads: setup.activityThreads,
        component: (digest) => this.#components.prepared(digest),
        scratchDir: this.#scratchDir,
      }),
      native: new NativeActivities({
        programs: this.#programs,
        runs,
        componentType: async (digest) => (await this.#components.load(digest)).type,
      }),
    });
  }

  get #scratchDir(): string {
    return join(this.#setup.data, "scratch");
  }

  async open(activation: Activation | undefined): Promise<readonly FunctionName[]> {
    const journal = this.#openJournal();
    try {
      // What a host that was killed has left: this one holds the lock.
      await endLeftBehind(nativeFolders(resolve(this.#setup.data)).runs);
      await emptyFolder(this.#scratchDir);
      if (activation === undefined) await this.#restore(journal);
      else {
        refuseOtherKinds(journal, activation);
        const sandboxes = this.#grant(activation.deployment);
        await this.#prepare(activation);
        this.#store(journal, activation, sandboxes);
      }
      // Only now: had the host ended before, the deployment of before would need its programs.
      await this.#programs.keepOnly(programsOf(this.#deployment));
    } catch (error) {
      this.#journal = undefined;
      journal.close();
      throw error;
    }
    let first: Journal | undefined = journal;
    this.#supervisor = new Supervisor((onFailure) => {
      this.#onFailure = onFailure;
      const opened = this.#openShard(first ?? this.#openJournal(), onFailure);
      first = undefined;
      return opened;
    }, this.#gaveUp);
    return this.#functionNames();
  }

  async activate(activation: Activation): Promise<readonly FunctionName[]> {
    const sandboxes = this.#grant(activation.deployment);
    await this.#prepare(activation);
    return this.#call((shard) => {
      if (this.#journal !== undefined) refuseOtherKinds(this.#journal, activation);
      this.#storeOrFail(activation, sandboxes);
      shard.deploy(activation.deployment, this.#components.types(), sandboxes);
      return Promise.resolve(shard.functionNames());
    });
  }

  submit: ShardCalls["submit"] = (submission) => {
    let { fresh } = submission;
    return this.#call((shard) => {
      const attempt = shard.submit({ ...submission, fresh });
      fresh = false; // made again, it may find what it made the first time
      return attempt;
    });
  };

  result: ShardCalls["result"] = (id) => this.#call((shard) => shard.result(id));

  cancel: ShardCalls["cancel"] = (id, reason) => this.#call((shard) => shard.cancel(id, reason));

  cancelDelay: ShardCalls["cancelDelay"] = (id) => this.#call((shard) => shard.cancelDelay(id));

  pause: ShardCalls["pause"] = (id) => this.#call((shard) => shard.pause(id));

  unpause: ShardCalls["unpause"] = (id) => this.#call((shard) => shard.unpause(id));

  signal: ShardCalls["signal"] = (id, channel, value) =>
    this.#started().callOnce((shard) => shard.signal(id, channel, value));

  state: ShardCalls["state"] = (id) => this.#call((shard) => Promise.resolve(shard.state(id)));

  upgrade: ShardCalls["upgrade"] = (id, component) => this.#call((shard) => shard.upgrade(id, component));

  writeStub: ShardCalls["writeStub"] = (id, result) => this.#call((shard) => shard.writeStub(id, result));

  claimExternal: ShardCalls["claimExternal"] = (functions, max, leaseMs) =>
    this.#call((shard) => shard.claimExternal(functions, max, leaseMs));

  heartbeat: ShardCalls["heartbeat"] = (id, attempt, leaseMs) =>
    this.#call((shard) => Promise.resolve(shard.heartbeat(id, attempt, leaseMs)));

  completeExternal: ShardCalls["completeExternal"] = (id, attempt, result) =>
    this.#call((shard) => shard.completeExternal(id, attempt, result));

  failExternal: ShardCalls["failExternal"] = (id, attempt, message) =>
    this.#call((shard) => shard.failExternal(id, attempt, message));

  waitOf: ShardCalls["waitOf"] = (id) => this.#call((shard) => Promise.resolve(shard.waitOf(id)));

  unfinished: ShardCalls["unfinished"] = () => this.#call((shard) => shard.unfinished());

  idle: ShardCalls["idle"] = () => this.#call((shard) => shard.idle());

  async close(): Promise<void> {
    this.#supervisor?.close(new HostError("closed", "the host has been closed"));
    await this.#activities.close();
  }

  #functionNames(): Promise<readonly FunctionName[]> {
    return this.#call((shard) => Promise.resolve(shard.functionNames()));
  }

  #call<T>(run: (shard: Shard) => Promise<T>): Promise<T> {
    return this.#started().call(run);
  }

  #started(): Supervisor {
    assert(this.#supervisor !== undefined, "a call before the shard is open");
    return this.#supervisor;
  }

  #openJournal(): Journal {
    const journal = openJournal({
      dir: this.#setup.data,
      now: () => systemClock.now(),
      allowNetworkFileSystem: this.#setup.allowNetworkFileSystem,
    });
    try {
      this.#kinds = journal.componentKinds();
    } catch (error) {
      journal.close();
      throw error;
    }
    this.#journal = journal;
    return journal;
  }

  async #prepare({ components, programs }: Activation): Promise<void> {
    await Promise.all(components.map((component) => this.#components.add(component)));
    for (const { path, digest } of programs) await this.#programs.keep(path, digest);
  }

  #kind(digest: Digest): ComponentKind {
    return this.#kinds.get(digest) ?? this.#components.kind(digest);
  }

  /** What a deployment may use. Throws HostError `grant-refused`. A host that runs nothing, and knows no operator, leaves
   *  it to the one that will run it. */
  #grant(deployment: Deployment): ReadonlyMap<string, Sandbox> {
    const { operator, environment, data, cacheDir, dormant } = this.#setup;
    if (dormant && operator.file === undefined) return new Map();
    return sandboxesOf(deployment, { operator, environment, ownFolders: [data, cacheDir] });
  }

  /** No shard waits for what is stored beside its histories, so none would hear of its failure. */
  #storeOrFail(activation: Activation, sandboxes: ReadonlyMap<string, Sandbox>): void {
    assert(this.#journal !== undefined, "a deployment before the journal is open");
    try {
      this.#store(this.#journal, activation, sandboxes);
    } catch (error) {
      this.#onFailure(error);
      throw error;
    }
  }

  /** Keeps the deployment and its components in the journal, durably, before anything of it can be called. */
  #store(journal: Journal, activation: Activation, sandboxes: ReadonlyMap<string, Sandbox>): void {
    for (const component of activation.components) journal.putComponent(component);
    journal.activateDeployment(activation.digest, activation.json, systemClock.now());
    this.#deployment = activation.deployment;
    for (const sandbox of this.#sandboxes.values()) this.#activities.retire(sandbox);
    this.#sandboxes = sandboxes;
  }

  async #restore(journal: Journal): Promise<void> {
    const active = journal.activeDeployment();
    this.#deployment = active === undefined ? { components: [] } : storedDeployment(active.json);
    if (!this.#setup.dormant) this.#sandboxes = this.#grant(this.#deployment);
    await Promise.all(this.#deployment.components.map(({ digest }) => this.#components.load(digest)));
  }

  #openShard(journal: Journal, onFailure: (error: unknown) => void): OpenShard {
    assert(this.#deployment !== undefined, "a shard needs a deployment");
    const limits: Partial<ShardLimits> = this.#setup.limits;
    return openShard(
      {
        journal,
        clock: systemClock,
        entropy: systemEntropy,
        components: {
          load: (digest) => this.#components.load(digest),
          kind: (digest) => this.#kind(digest),
        },
        activities: this.#activities,
        wasi: workflowWasi,
        limits,
        dormant: this.#setup.dormant,
        onFailure,
      },
      { deployment: this.#deployment, types: this.#components.types(), sandboxes: this.#sandboxes },
    );
  }
}

/** Executions that began with another deployment have their programs from the active one too. */
function programsOf(deployment: Deployment | undefined): readonly Digest[] {
  return deployment?.components.flatMap(({ program }) => program?.digest ?? []) ?? [];
}

/** An execution's component says how it is taken up again, so its kind must not change under it. */
function refuseOtherKinds(journal: Journal, { components }: Activation): void {
  const kinds = journal.componentKinds();
  for (const { digest, name, kind } of components) {
    const stored = kinds.get(digest) ?? kind;
    if (stored === kind) continue;
    throw new HostError("component-refused", `${name} is deployed as ${kind}; the folder holds it as ${stored}`, {
      hint: "build it anew for another use, or deploy to another data folder",
    });
  }
}

const port = parentPort;
assert(port !== null, "a shard runs in a worker thread");
const reply = (message: ShardReply) => port.postMessage(message);
const thread = new ShardThread(workerData as ShardSetup, (error) => reply({ gaveUp: toWire(error) }));
port.on("message", ({ call, method, args }: ShardRequest) => {
  const perform = thread[method] as (...args: unknown[]) => Promise<unknown>;
  perform.apply(thread, args as unknown[]).then(
    (value) => reply({ call, value }),
    (error: unknown) => reply({ call, error: toWire(error) }),
  );
});
