import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { ComponentStore } from "../../host/component-store.ts";
import { type Deployment, storedDeployment } from "../../host/core/deployment.ts";
import { HostError } from "../../host/core/host-error.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import type { ComponentSource } from "../../host/engine/catalogue.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import { type OpenShard, openShard } from "../../host/engine/open-shard.ts";
import type { Shard } from "../../host/engine/shard.ts";
import { Supervisor } from "../../host/engine/supervisor.ts";
import { digestOf } from "../../host/journal/digest.ts";
import type { StoredComponent } from "../../host/ports/journal.ts";
import { systemClock } from "../../host/system.ts";
import type { Chance } from "./chance.ts";
import type { SimulatedActivities } from "./simulated-activities.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedJournal } from "./simulated-journal.ts";
import type { SimulatedLoop } from "./simulated-loop.ts";

export interface HostParts {
  readonly loop: SimulatedLoop;
  readonly chance: Chance;
  readonly disk: SimulatedDisk;
  readonly activities: SimulatedActivities;
  readonly components: ComponentStore;
  readonly source: ComponentSource;
  readonly limits: Partial<ShardLimits>;
  readonly ulid: () => string;
  /** Hears of everything that a shard has failed of. */
  readonly onFailure: (error: unknown) => void;
  /** Deployed when the journal has no deployment. */
  readonly first: Activation;
}

export interface Activation {
  readonly deployment: Deployment;
  readonly components: readonly StoredComponent[];
}

/** A host as it is made of shard and supervisor, in the turns of a simulated loop. */
export class SimulatedHost {
  /** What it hears of is not to be believed any more: there is no such host. */
  isGone = false;
  readonly #parts: HostParts;
  readonly #supervisor: Supervisor;
  #deployment: Deployment;
  #open: { readonly shard: Shard; readonly journal: SimulatedJournal } | undefined;
  #first: SimulatedJournal | undefined;
  /** It goes when so many more units have been appended. */
  #fuse: number | undefined;
  #onBlown: (() => void) | undefined;
  #gaveUp = false;

  /** Throws HostError when the journal can't be opened. */
  constructor(parts: HostParts) {
    this.#parts = parts;
    const journal = this.#openJournal();
    this.#first = journal;
    try {
      const active = journal.activeDeployment();
      this.#deployment = active === undefined ? parts.first.deployment : storedDeployment(active.json);
      if (active === undefined) this.#store(journal, parts.first);
    } catch (error) {
      journal.close();
      throw error;
    }
    this.#supervisor = new Supervisor(
      (onFailure) => this.#openShard(onFailure),
      () => {
        this.#gaveUp = true;
      },
    );
  }

  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  get epoch(): number {
    return this.#open?.journal.epoch ?? 0;
  }

  call<T>(run: (shard: Shard) => Promise<T>): Promise<T> {
    return this.#supervisor.call(run);
  }

  callOnce<T>(run: (shard: Shard) => Promise<T>): Promise<T> {
    return this.#supervisor.callOnce(run);
  }

  /** As a host does that is asked to, while it runs. */
  activate(activation: Activation): Promise<void> {
    return this.call((shard) => {
      const journal = this.#open?.journal;
      if (journal === undefined) throw new Error("a shard is open with its journal");
      try {
        this.#store(journal, activation);
      } catch (error) {
        this.#tellFailure(error);
        throw error;
      }
      shard.deploy(activation.deployment, this.#parts.components.types(), sandboxesOf(activation.deployment));
      return Promise.resolve();
    });
  }

  /** It is killed in the middle of the append that comes after so many others. */
  crashAfter(units: number, onBlown: () => void): void {
    this.#fuse = units;
    this.#onBlown = onBlown;
  }

  /** It is gone at once; what it had on its way to the disk may be there or not. */
  crash(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#parts.activities.lose();
    this.#open?.journal.lose((units) => this.#parts.chance.below(units + 1));
    this.#open?.shard.stop();
  }

  close(): void {
    this.isGone = true;
    this.#supervisor.close(new HostError("closed", "the host has been closed"));
    this.#parts.activities.lose();
  }

  #tellFailure: (error: unknown) => void = () => undefined;

  #openJournal(): SimulatedJournal {
    const { chance, disk, loop } = this.#parts;
    if (this.isGone) throw new HostError("closed", "this host is gone");
    return new SimulatedJournal(disk, {
      later: (commit) => {
        if (chance.below(3) > 0) setImmediate(commit);
        else loop.after(1 + chance.below(chance.pick([2, 50, 2_000]) ?? 1), commit);
      },
      beforeAppend: () => this.#burn(),
    });
  }

  #burn(): void {
    if (this.#fuse === undefined || this.#fuse-- > 0) return;
    this.#fuse = undefined;
    this.crash();
    this.#onBlown?.();
    throw new HostError("closed", "this host is gone");
  }

  #store(journal: SimulatedJournal, { deployment, components }: Activation): void {
    for (const component of components) journal.putComponent(component);
    const json = JSON.stringify(deployment);
    journal.activateDeployment(digestOf(json), json, systemClock.now());
    this.#deployment = deployment;
  }

  #openShard(onFailure: (error: unknown) => void): OpenShard {
    const { activities, chance, components, limits, source, ulid } = this.#parts;
    const journal = this.#first ?? this.#openJournal();
    this.#first = undefined;
    const failed = (error: unknown) => {
      if (!this.isGone) this.#parts.onFailure(error);
      onFailure(error);
    };
    this.#tellFailure = failed;
    const open = openShard(
      {
        journal,
        clock: systemClock,
        entropy: { fraction: () => chance.below(1_000) / 1_000, ulid },
        components: source,
        activities,
        wasi: workflowWasi,
        limits,
        onFailure: failed,
      },
      { deployment: this.#deployment, types: components.types(), sandboxes: sandboxesOf(this.#deployment) },
    );
    this.#open = { shard: open.shard, journal };
    return open;
  }
}
