import { unsupported } from "../binary/binary-reader.ts";

/** Steps that reading one component may take; real ones take some thousands. */
const effortMax = 2_000_000;

/** Small components can describe very large ones: what is spent on reading one has an end. */
export class Effort {
  #left = effortMax;

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw unsupported("the component describes more than this host is willing to read");
  }
}
