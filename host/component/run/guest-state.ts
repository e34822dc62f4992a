import { GuestTrap, OutOfFuel } from "../../ports/components.ts";

/** Why an instance has ended, once it has, and what fuel it has left; all its parts share it. */
export class GuestState {
  readonly #fuel: number;
  readonly #counters: WebAssembly.Global[] = [];
  #ended: { readonly reason: unknown } | undefined;

  /** Every core module has a counter of its own, which begins with `fuel`: what a guest does alone decides when it ends. */
  constructor(fuel: number) {
    this.#fuel = fuel;
  }

  /** Fuels a core instance that has just been made, and has not run. */
  adopt(counter: WebAssembly.Global): void {
    counter.value = BigInt(this.#fuel);
    this.#counters.push(counter);
  }

  fuelUsed(): number {
    return this.#counters.reduce((used, counter) => used + this.#fuel - Number(counter.value), 0);
  }

  /** Throws what ended the instance: a guest that swallowed it gets nothing else. */
  assertAlive(): void {
    if (this.#ended !== undefined) throw this.#ended.reason;
  }

  /** Ends the instance for good, the first reason being the one that stays; returns what its caller is told. */
  end(error: unknown): unknown {
    this.#ended ??= { reason: this.#reason(error) };
    return this.#ended.reason;
  }

  /** Ends an instance that has used more than its fuel over all its modules. */
  assertFuel(): void {
    if (this.#counters.length > 1 && this.fuelUsed() > this.#fuel) throw this.#outOfFuel();
  }

  #reason(error: unknown): unknown {
    if (this.#counters.some((counter) => Number(counter.value) < 0)) return this.#outOfFuel();
    if (error instanceof GuestTrap) return error;
    if (error instanceof WebAssembly.RuntimeError) return new GuestTrap(error.message, { cause: error });
    if (error instanceof WebAssembly.LinkError) {
      return new GuestTrap(`the guest's core modules do not fit each other: ${error.message}`, { cause: error });
    }
    if (error instanceof WebAssembly.Exception)
      return new GuestTrap("an exception left the guest uncaught", { cause: error });
    if (error instanceof RangeError && /call stack/i.test(error.message)) {
      return new GuestTrap("the guest's calls are nested too deep for its stack", { cause: error });
    }
    if (error instanceof Error && error.name === "SuspendError") {
      return new GuestTrap(
        "the guest called a host function that waits, from where it can't wait: start code or a destructor",
        { cause: error },
      );
    }
    return error;
  }

  #outOfFuel(): OutOfFuel {
    return new OutOfFuel(`the guest is out of fuel: it was given ${this.#fuel} function entries and loop turns`);
  }
}
