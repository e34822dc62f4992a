import type { ExecutionRow } from "../../host/core/execution.ts";
import { HostError } from "../../host/core/host-error.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { ComponentSource } from "../../host/engine/catalogue.ts";
import type { Claim } from "../../host/engine/external-executor.ts";
import { Interrupt } from "../../host/engine/interrupt.ts";
import type { Guest } from "../../host/ports/components.ts";
import type { Change } from "../../host/ports/journal.ts";
import { startedAt } from "../support/histories.ts";
import { Chance } from "./chance.ts";
import { Faults } from "./faults.ts";
import { Invariants } from "./invariants.ts";
import { Judge } from "./judge.ts";
import { type Asked, type Known, Oracle } from "./oracle.ts";
import type { Parts } from "./parts.ts";
import { Effects, SimulatedActivities, type Trouble } from "./simulated-activities.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedHost } from "./simulated-host.ts";
import { SimulatedLoop } from "./simulated-loop.ts";

/** How a host may come to fail: by the disk, or since another has the journal. */
const worldly: readonly string[] = ["journal-io", "journal-full", "journal-fenced", "journal-locked", "closed"];

/** One disk and the hosts on it, their clients, and the oracle that hears everything. */
export class World {
  readonly chance: Chance;
  readonly loop = new SimulatedLoop(startedAt);
  readonly disk = new SimulatedDisk();
  readonly oracle = new Oracle();
  readonly effects: Effects;
  readonly parts: Parts;
  /** How often what has succeeded. */
  readonly done: Map<string, number>;
  /** Claims that clients hold. */
  readonly claims: Claim[] = [];
  /** Whether there are workers that claim external activities; one that isn't heard of ends them by itself. */
  readonly hasWorkers: boolean;
  /** What happened, for whoever looks for the cause. */
  readonly story: string[] = [];
  readonly problems: string[] = [];
  host: SimulatedHost | undefined;
  /** Hosts that were superseded and have not noticed yet. */
  readonly older: SimulatedHost[] = [];
  readonly faults: Faults;
  /** Of 100 operations, how many are mishaps. */
  readonly troublePercent: number;
  readonly #trouble: Trouble;
  readonly #invariants = new Invariants();
  #ids = 0;

  constructor(seed: number, parts: Parts, done: Map<string, number>) {
    this.chance = new Chance(seed);
    this.parts = parts;
    this.done = done;
    this.hasWorkers = this.chance.below(2) === 0;
    this.#trouble = { percent: this.chance.pick([0, 5, 40]) ?? 0 };
    this.effects = new Effects(({ execution, attempt }) => {
      const row = this.disk.kept.find(execution);
      return (
        row !== undefined &&
        this.disk.kept.history(row.key).some((event) => event.kind === "attempt-started" && event.attempt === attempt)
      );
    });
    this.faults = new Faults(this.disk, this.chance, (name) => this.succeeded(name));
    this.troublePercent = this.chance.pick([2, 10, 30]) ?? 0;
    this.disk.onUnit = (changes: readonly Change[], epoch: number) => this.#invariants.check(changes, epoch);
    this.loop.install();
  }

  newId(): ExecutionId {
    return `E_${String(++this.#ids).padStart(26, "0")}` as ExecutionId;
  }

  succeeded(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }

  tell(what: string): void {
    const line = `${this.loop.nowMs} ms: ${what}`;
    if (line !== this.story.at(-1)) this.story.push(line);
  }

  /** Starts a host, if the journal lets it in. */
  start(): void {
    const { chance, disk, loop, effects, parts } = this;
    const activities = new SimulatedActivities(loop, chance, effects, this.#trouble);
    try {
      this.host = new SimulatedHost({
        loop,
        chance,
        disk,
        activities,
        components: parts.components,
        source: watched(parts.components, () => this.succeeded("an eviction")),
        limits: {
          hotRunsMax: chance.pick([1, 2, 5, 1_000]) ?? 1,
          hotSleepMs: chance.pick([0, 10, 1_000]) ?? 0,
          startsPerTurn: chance.pick([1, 16]) ?? 1,
          attemptsMax: chance.pick([1, 3, 1_000]) ?? 1,
        },
        ulid: () => String(1_000_000 + ++this.#ids).padStart(26, "0"),
        onFailure: (error) => this.#hearFailure(error),
        first: parts.activation(chance),
      });
      this.tell(`a host of epoch ${this.host.epoch} starts`);
    } catch (error) {
      this.#hearFailure(error);
    }
  }

  /** A host that was superseded may have come back when the newer one went: then it is the newest. */
  takeBack(): SimulatedHost | undefined {
    const back = this.older.find((host) => !host.gaveUp && host.epoch === this.disk.epoch);
    if (back === undefined) return undefined;
    this.older.splice(this.older.indexOf(back), 1);
    this.tell(`the host of epoch ${back.epoch} is back`);
    return back;
  }

  /** Closes the newest host, as far as the disk lets it. */
  stop(): void {
    const { host } = this;
    this.host = undefined;
    try {
      host?.close();
    } catch (error) {
      this.#hearFailure(error);
    }
  }

  /** It is gone. */
  forget(host: SimulatedHost): void {
    if (this.host === host) this.host = undefined;
    else if (this.older.includes(host)) this.older.splice(this.older.indexOf(host), 1);
  }

  /** The newest host, or sometimes one that was superseded and goes on; undefined when there is none. */
  anyHost(): SimulatedHost | undefined {
    const older = this.chance.below(3) === 0 ? this.chance.pick(this.older) : undefined;
    return older ?? this.host;
  }

  /** Asks a host; what it answers when it is gone is not heard. Nobody knows what became of what it could not answer. */
  ask<T>(answer: Promise<T>, host: SimulatedHost, hear: (answer: T) => void): void {
    answer.then(
      (value) => {
        if (!host.isGone) hear(value);
      },
      (error: unknown) => {
        if (!host.isGone) this.#hearRefusal(error);
      },
    );
  }

  asks(known: Known, host: SimulatedHost): Asked {
    return this.oracle.asks(known, () => host.epoch === this.disk.epoch);
  }

  /** What is on the disk and unfinished, or of that what is asked for. */
  unfinished(of = ""): readonly ExecutionRow[] {
    const rows = [...this.disk.kept.executions.values()].map(({ row }) => row);
    return rows.filter(({ status, function: name }) => status !== "finished" && name.includes(of));
  }

  isOnDisk(
    id: ExecutionId,
    holds: (row: ExecutionRow, history: ReturnType<SimulatedDisk["kept"]["history"]>) => boolean,
  ): boolean {
    const row = this.disk.kept.find(id);
    return row !== undefined && holds(row, this.disk.kept.history(row.key));
  }

  /** One turn, and what there is to be said of it. */
  async step(): Promise<void> {
    await this.loop.step();
    for (const host of this.older.filter(({ gaveUp }) => gaveUp)) {
      this.older.splice(this.older.indexOf(host), 1);
      this.succeeded("a superseded host gives up");
    }
    this.problems.push(
      ...this.#invariants.problems.splice(0),
      ...this.effects.problems.splice(0),
      ...this.oracle.problems.splice(0),
    );
  }

  /** Nothing goes wrong from now on. */
  heal(): void {
    this.faults.heal();
    this.#trouble.percent = 0;
  }

  judge(): readonly string[] {
    for (const [what, times] of this.effects.strange) for (let i = 0; i < times; i++) this.succeeded(what);
    return new Judge(this.disk.kept, this.oracle, this.effects).judge();
  }

  /** All histories, as text: the same seed gives the same. */
  histories(): string {
    const { executions } = this.disk.kept;
    return [...executions].map(([key, { row, events }]) => `${key} ${row.id}\n${events.join("\n")}`).join("\n");
  }

  close(): void {
    for (const host of [...this.older, this.host]) host?.crash();
    this.loop.uninstall();
  }

  #hearFailure(error: unknown): void {
    this.tell(`a host fails: ${String(error)}`);
    const isWorldly = error instanceof HostError && worldly.includes(error.code);
    if (!isWorldly) this.problems.push(`a shard has failed: ${error instanceof Error ? error.stack : String(error)}`);
    if (error instanceof HostError && error.code === "journal-fenced") this.succeeded("a superseded host is fenced");
  }

  #hearRefusal(error: unknown): void {
    this.tell(`refused: ${String(error)}`);
    const isWorldly = error instanceof HostError && [...worldly, "indeterminate"].includes(error.code);
    if (!isWorldly) this.problems.push(`a call was refused: ${error instanceof Error ? error.stack : String(error)}`);
    if (error instanceof HostError && error.code === "indeterminate") this.succeeded("a call whose fate is not known");
  }
}

/** The same components; hears of each instance that is taken away from a workflow that goes on. */
function watched(source: ComponentSource, onTaken: () => void): ComponentSource {
  return {
    kind: (digest) => source.kind(digest),
    load: async (digest) => {
      const loaded = await source.load(digest);
      return { type: loaded.type, instantiate: (...args) => watchedGuest(loaded.instantiate(...args), onTaken) };
    },
  };
}

function watchedGuest(guest: Guest, onTaken: () => void): Guest {
  return {
    fuelUsed: () => guest.fuelUsed(),
    release: () => guest.release(),
    call: (...args) =>
      guest.call(...args).catch((error: unknown) => {
        if (error instanceof Interrupt && error.reason.kind === "suspended") onTaken();
        throw error;
      }),
  };
}
