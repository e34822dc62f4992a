import type { Chance } from "./chance.ts";
import type { Fault, SimulatedDisk } from "./simulated-disk.ts";

/** What is going to fail: so many writes, appends or reads, under the name of the mishap. */
export interface Plan {
  readonly of: "writes" | "appends" | "reads";
  readonly name: string;
  left: number;
  /** How many go well before the first fails. */
  spares?: number;
}

/** How a disk fails, until it is well again. */
export class Faults {
  readonly #chance: Chance;
  readonly #onFault: (name: string) => void;
  #plan: Plan | undefined;

  constructor(disk: SimulatedDisk, chance: Chance, onFault: (name: string) => void) {
    this.#chance = chance;
    this.#onFault = onFault;
    disk.fault = () => this.#next("writes");
    disk.appendFault = () => this.#next("appends");
    disk.readFault = () => this.#next("reads");
  }

  plan(plan: Plan): void {
    this.#plan = plan;
  }

  /** Whether anything was still to fail. */
  heal(): boolean {
    const wasIll = this.#plan !== undefined;
    this.#plan = undefined;
    return wasIll;
  }

  #next(of: Plan["of"]): Fault | undefined {
    const plan = this.#plan;
    if (plan?.of !== of) return undefined;
    if (plan.spares !== undefined && plan.spares-- > 0) return undefined;
    if (--plan.left <= 0) this.#plan = undefined;
    this.#onFault(plan.name);
    const code = this.#chance.below(2) === 0 ? "journal-io" : "journal-full";
    return { code, keeps: this.#chance.below(5) / 4 };
  }
}
