import { GuestTrap, OutOfFuel, type Turn } from "../../ports/components.ts";
import { turnAnswer } from "../prepare/trampolines.ts";

/** What a guest computes before its host is asked whether it may go on: a few milliseconds of arithmetic for each unit's
 *  many instructions, and below a second when all of them wait for main memory. */
const fuelPerTurn = 32_768;
/** Calls of the host after which it is asked too: a call takes the host longer than the guest. */
const callsPerTurn = 64;

/** A value of 16 bytes takes the host as long as 8 units take a guest. */
const liftedBytesPerUnit = 2;
/** Counted together from so many on. */
const liftedBytesUncounted = 65_536;

/** The fuel of one core instance. */
interface Counter {
  readonly left: WebAssembly.Global;
  /** Given so far, in all. */
  given: number;
}

/** Why an instance has ended, once it has, and what fuel it has left; all its parts share it. */
export class GuestState {
  readonly #fuel: number;
  readonly #turn: Turn | undefined;
  readonly #counters: Counter[] = [];
  #ended: { readonly reason: unknown } | undefined;
  #calls = 0;
  #liftedBytes = 0;
  /** How many calls from the host into the guest can't wait. */
  #immediate = 0;
  #pause: Promise<void> | undefined;

  /** Every core module has a counter of its own that ends at `fuel`: what a guest does alone decides when it ends. */
  constructor(fuel: number, turn: Turn | undefined) {
    this.#fuel = fuel;
    this.#turn = turn;
  }

  /** Fuels a core instance that has just been made, and has not run. */
  adopt(left: WebAssembly.Global): void {
    const counter = { left, given: 0 };
    this.#counters.push(counter);
    this.#refill(counter);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  fuelUsed(): number {
    return this.#counters.reduce((used, counter) => used + usedOf(counter), 0);
  }

  /** Throws what ended the instance: a guest that swallowed it gets nothing else. */
  assertAlive(): void {
    if (this.#ended !== undefined) throw this.#ended.reason;
  }

  /** As `assertAlive`, for a call from the guest. */
  called(): void {
    this.assertAlive();
    if (++this.#calls % callsPerTurn === 0) this.#hurry();
  }

  /** Takes fuel for what the host has read of the guest: copying costs it no more than the guest, but lists of values do. */
  lifted(bytes: number): void {
    this.#liftedBytes += bytes;
    const [counter] = this.#counters;
    if (this.#liftedBytes < liftedBytesUncounted || counter === undefined) return;
    counter.left.value = BigInt(counter.left.value) - BigInt(Math.ceil(this.#liftedBytes / liftedBytesPerUnit));
    this.#liftedBytes = 0;
  }

  /** Whether the guest may be suspended now. */
  get canWait(): boolean {
    return this.#immediate === 0;
  }

  /** Runs code of the guest's that can't be suspended, since the host waits for what it gives. */
  immediately<T>(action: () => T): T {
    this.#immediate++;
    const value = action();
    this.#immediate--;
    return value;
  }

  /** The guest has used up what it was given: one of `turnAnswer`. */
  turn(): number {
    try {
      this.assertAlive();
      for (const counter of this.#counters) if (counter.left.value < 0n) this.#refill(counter);
      this.#pause = this.#turn?.(this.canWait);
      return this.#pause === undefined ? turnAnswer.goOn : turnAnswer.pause;
    } catch (error) {
      this.end(error);
      return turnAnswer.end;
    }
  }

  async pause(): Promise<number> {
    try {
      await this.#pause;
      this.assertAlive();
      return turnAnswer.goOn;
    } catch (error) {
      this.end(error);
      return turnAnswer.end;
    }
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

  #refill(counter: Counter): void {
    const used = usedOf(counter);
    if (used > this.#fuel) throw this.#outOfFuel();
    const given = Math.min(used + fuelPerTurn, this.#fuel);
    counter.left.value = BigInt(given - used);
    counter.given = given;
  }

  /** Takes back what was given, so that the guest asks at its next step. */
  #hurry(): void {
    for (const counter of this.#counters) {
      counter.given = usedOf(counter);
      counter.left.value = 0n;
    }
  }

  #reason(error: unknown): unknown {
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

function usedOf({ left, given }: Counter): number {
  return given - Number(left.value);
}
