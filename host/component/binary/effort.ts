import { HostError } from "../../core/host-error.ts";

/** Steps that reading one component may take; real ones take some ten thousands. */
const effortMax = 2_000_000;

/** Small components can describe very large ones: what is spent on reading one, in time and in memory, has an end. */
export class Effort {
  #left = effortMax;

  /** Throws HostError `component-refused` when there is not so much left. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0)
      throw new HostError("component-refused", "the component describes more than this host is willing to read");
  }
}
