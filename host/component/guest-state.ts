import { GuestTrap, OutOfFuel } from "../ports/components.ts";
import { fuelExport } from "./core-module.ts";

/** What all parts of one instance share: why it has ended, once it has, and its fuel. */
export class GuestState {
  readonly #fuel: WebAssembly.Global<"i64">[] = [];
  readonly #fuelEach: bigint;
  /** The first thing that unwound the guest. From then on it is answered nothing, whatever it does. */
  #ended: unknown;

  /** Each core module of the instance may use `fuel`. */
  constructor(fuel: number) {
    this.#fuelEach = BigInt(fuel);
  }

  get ended(): unknown {
    return this.#ended;
  }

  /** Fuels a core instance that has just been made. Start code has run by then, on the fuel it is built with. */
  adopt(exports: WebAssembly.Exports): void {
    const global = exports[fuelExport];
    if (!(global instanceof WebAssembly.Global)) return;
    const fuel = global as WebAssembly.Global<"i64">;
    fuel.value = this.#fuelEach;
    this.#fuel.push(fuel);
  }

  fuelUsed(): number {
    let used = 0n;
    for (const fuel of this.#fuel) used += this.#fuelEach - fuel.value;
    return Number(used);
  }

  /** Called at every way from the guest into the host. */
  enterHost(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** Runs a host function; an Error that leaves it, now or later, ends the instance. */
  guard(action: () => unknown): unknown {
    try {
      const value = action();
      return value instanceof Promise ? value.catch((error: unknown) => this.#end(error)) : value;
    } catch (error) {
      return this.#end(error);
    }
  }

  /** Ends the instance for a trap or whatever else came out of it; returns what its caller is told. */
  fail(error: unknown): unknown {
    this.#ended ??= this.#explained(error);
    return this.#ended;
  }

  #end(error: unknown): never {
    this.#ended ??= error;
    throw this.#ended;
  }

  #explained(error: unknown): unknown {
    if (this.#fuel.some((fuel) => fuel.value < 0n)) return new OutOfFuel("the guest has used up its fuel");
    if (error instanceof WebAssembly.RuntimeError) return new GuestTrap(error.message, { cause: error });
    if (error instanceof RangeError) return new GuestTrap("the guest's stack is exhausted", { cause: error });
    return error;
  }
}
