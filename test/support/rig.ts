import { cpSync, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../host/component/component.ts";
import { createActivityPool } from "../../host/component/pool/pool.ts";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import { ComponentStore } from "../../host/component-store.ts";
import {
  type AllowedHost,
  type ComponentKind,
  type DeployedComponent,
  type Deployment,
  noGrants,
  plainComponent,
  type RetryPolicy,
} from "../../host/core/deployment.ts";
import type { Event, Outcome, RunLimits } from "../../host/core/event.ts";
import type { ExecutionStatus } from "../../host/core/execution.ts";
import { ExecutionFold } from "../../host/core/fold.ts";
import type { Digest, ExecutionId, FunctionName } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { ComponentSource } from "../../host/engine/catalogue.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import { Shard } from "../../host/engine/shard.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { openReader } from "../../host/journal/reader.ts";
import type { Activities } from "../../host/ports/activities.ts";
import type { Change, Journal, LogLine, StoredComponent } from "../../host/ports/journal.ts";
import { startedAt } from "./histories.ts";
import { SimulatedClock } from "./simulated-clock.ts";

export interface RigComponent extends Partial<Omit<DeployedComponent, "digest">> {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly bytes: Uint8Array;
  readonly retry?: RetryPolicy;
  readonly deadlineMs?: number;
  readonly allowedHosts?: readonly AllowedHost[];
  /** False for one that executions may belong to and the deployment no longer has. */
  readonly deployed?: boolean;
}

export interface RigLimits extends Partial<ShardLimits> {
  /** Of every workflow of the deployment. */
  readonly workflow?: RunLimits;
}

export interface OpenOptions {
  readonly clock?: SimulatedClock;
  readonly limits?: RigLimits;
  /** Puts something between the shard and its journal. */
  readonly tap?: (journal: Journal) => Journal;
  /** Where components come from, instead of the rig. */
  readonly source?: ComponentSource;
  /** Where attempts are made, instead of the rig's threads. */
  readonly activities?: Activities;
  /** Hears of the shard's failure, which is otherwise kept as `failure`. */
  readonly onFailure?: (error: unknown) => void;
}

const usualRetry = { retriesMax: 3, backoffMs: 100, backoffMaxMs: 10_000 };

/** Where folders of a test that is not about the disk are made: in memory where that has room. */
export const place = placeWithRoom();

function placeWithRoom(): string {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 30 ? memory : tmpdir();
}

/** Compiled guests and activity threads, shared by the shards of one test file. */
export class Rig {
  readonly components: ComponentStore;
  readonly activities: Activities;
  readonly deployment: Deployment;
  readonly stored: readonly StoredComponent[];
  /** Ids made for executions so far. */
  ids = 0;
  readonly #folders = new Set<string>();

  private constructor(components: RigComponent[]) {
    this.stored = components.map(({ name, kind, bytes }) => ({ name, kind, bytes, digest: digestOf(bytes) }));
    const byDigest = new Map(this.stored.map((component) => [component.digest, component]));
    this.components = new ComponentStore(this.folder("cache"), (digest) => byDigest.get(digest));
    this.activities = createActivityPool({
      threads: 1,
      component: (digest) => this.components.prepared(digest),
      scratchDir: this.folder("scratch"),
    });
    this.deployment = {
      components: components
        .filter(({ deployed }) => deployed !== false)
        .map(({ bytes, deployed: _deployed, deadlineMs = 10_000, retry = usualRetry, allowedHosts = [], ...rest }) =>
          plainComponent({
            digest: digestOf(bytes),
            policy: { deadlineMs, retry },
            grants: { ...noGrants, allowedHosts },
            ...rest,
          }),
        ),
    };
  }

  static async of(...components: RigComponent[]): Promise<Rig> {
    const rig = new Rig(components);
    for (const component of rig.stored) await rig.components.add(component);
    return rig;
  }

  /** Of the component of this name. */
  digest(name: string): Digest {
    const found = this.stored.find((component) => component.name === name);
    if (found === undefined) throw new Error(`the rig has no ${name}`);
    return found.digest;
  }

  folder(name = "data"): string {
    const folder = mkdtempSync(join(place, `stele-test-${name}-`));
    this.#folders.add(folder);
    return folder;
  }

  /** Makes room before the rig is closed. */
  remove(folder: string): void {
    this.#folders.delete(folder);
    rmSync(folder, { recursive: true, force: true });
  }

  /** A copy of a closed data folder. */
  copy(data: string): string {
    const copy = this.folder();
    cpSync(data, copy, { recursive: true });
    return copy;
  }

  open(data: string, options: OpenOptions = {}): OpenRig {
    return new OpenRig(this, data, this.stored, options);
  }

  async close(): Promise<void> {
    await this.activities.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}

function withLimits({ components }: Deployment, limits: RunLimits | undefined): Deployment {
  return {
    components: components.map((component) =>
      component.kind === "workflow" ? { ...component, limits: { ...component.limits, ...limits } } : component,
    ),
  };
}

/** A shard in the test's own thread: real journal, real guests, simulated time. */
export class OpenRig {
  readonly clock: SimulatedClock;
  readonly journal: Journal;
  readonly shard: Shard;
  failure: unknown;

  constructor(rig: Rig, data: string, stored: readonly StoredComponent[], options: OpenOptions) {
    this.clock = options.clock ?? new SimulatedClock(startedAt);
    const { workflow, ...limits } = options.limits ?? {};
    const journal = openJournal({ dir: data, now: () => this.clock.now() });
    for (const component of stored) journal.putComponent(component);
    this.journal = options.tap?.(journal) ?? journal;
    this.shard = new Shard({
      journal: this.journal,
      clock: this.clock,
      entropy: { fraction: () => 0.5, ulid: () => String(++rig.ids).padStart(26, "0") },
      components: options.source ?? rig.components,
      activities: options.activities ?? rig.activities,
      wasi: workflowWasi,
      limits,
      onFailure:
        options.onFailure ??
        ((error) => {
          this.failure = error;
        }),
    });
    const deployment = withLimits(rig.deployment, workflow);
    this.shard.deploy(deployment, rig.components.types(), sandboxesOf(deployment));
  }

  async submit(id: ExecutionId, name: string, params: readonly unknown[]): Promise<void> {
    const end = await this.shard.submit({ id, fresh: false, function: name as FunctionName, params });
    if (end.kind === "refused") throw new Error(end.message);
  }

  /** Lets the shard work, at a standing clock, until the condition holds. */
  async until(holds: () => boolean): Promise<void> {
    const giveUpAt = performance.now() + 20_000;
    while (!holds()) {
      if (this.failure instanceof Error) throw this.failure;
      if (performance.now() > giveUpAt) throw new Error("what is waited for does not happen");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets the shard work until the execution is in this state. */
  untilIs(id: ExecutionId, status: ExecutionStatus): Promise<void> {
    return this.until(() => this.journal.findExecution(id)?.status === status);
  }

  /** Lets time pass, alarm by alarm, until nothing is unfinished. */
  async finish(): Promise<void> {
    const rest = { idle: false };
    void this.shard.idle().then(() => {
      rest.idle = true;
    });
    const giveUpAt = performance.now() + 20_000;
    for (let turn = 0; !rest.idle; turn++) {
      if (this.failure instanceof Error) throw this.failure;
      if (performance.now() > giveUpAt) throw new Error("the shard does not come to rest");
      await new Promise((resolve) => setImmediate(resolve));
      // Time passes only while no one is busy: an attempt in another thread takes a few turns.
      if (turn % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 1));
      if (turn % 200 === 199) this.clock.advance();
    }
  }

  /** What happens `outside` comes once it is submitted, before time passes. */
  async run(
    id: ExecutionId,
    name: string,
    params: readonly unknown[],
    outside?: (open: OpenRig) => Promise<unknown>,
  ): Promise<Outcome> {
    await this.submit(id, name, params);
    await outside?.(this);
    await this.finish();
    const outcome = await this.shard.result(id);
    if (outcome === undefined) throw new Error(`${id} is gone`);
    return outcome;
  }

  close(): void {
    this.shard.stop();
    this.journal.close();
  }
}

/** All histories of a data folder by execution id; each is checked against its chain and its row. */
export function historiesIn(data: string): Map<ExecutionId, readonly Event[]> {
  const reader = openReader(data);
  try {
    const problems = [...reader.problems((row, history) => ExecutionFold.of(row, history).row)];
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
    const histories = new Map<ExecutionId, readonly Event[]>();
    for (const row of reader.executions({ limit: 1_000_000, children: true }))
      histories.set(row.id, reader.history(row.key));
    return histories;
  } finally {
    reader.close();
  }
}

/** All log lines of a data folder by execution id. */
export function logsIn(data: string): Map<ExecutionId, readonly LogLine[]> {
  const reader = openReader(data);
  try {
    const rows = reader.executions({ limit: 1_000_000, children: true });
    return new Map(rows.map((row) => [row.id, reader.logs(row.key)]));
  } finally {
    reader.close();
  }
}

/** Notes every atomic unit that is appended. */
export function recordUnits(journal: Journal, units: (readonly Change[])[]): Journal {
  return new Proxy(journal, {
    get(target, property) {
      if (property === "append") {
        return (changes: readonly Change[]) => {
          units.push(changes);
          return target.append(changes);
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Writes the first units of a recorded run into a fresh folder, as a crash right after them would have left it. */
export async function writeUnits(
  data: string,
  units: readonly (readonly Change[])[],
  components: readonly StoredComponent[],
): Promise<number> {
  let now = startedAt;
  const journal = openJournal({ dir: data, now: () => now as never });
  for (const component of components) journal.putComponent(component);
  let keys = 0;
  let position: number | undefined;
  for (const unit of units) {
    for (const { row, events } of unit) {
      while (keys < row.key) keys = journal.nextKey();
      now = Math.max(now, ...events.map(({ at }) => at));
    }
    position = journal.append(unit);
  }
  if (position !== undefined) await journal.durable(position as never);
  journal.close();
  return now;
}
