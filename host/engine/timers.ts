import { ByTime, type Timed } from "../core/by-time.ts";
import type { ExecutionKey, Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";

interface Keyed {
  readonly key: ExecutionKey;
}

/** Wakes executions, each at one time. What need not be woken any more is forgotten at once: long times in large numbers
 *  would fill the memory. */
export class Timers<T extends Keyed> {
  readonly #clock: Clock;
  readonly #wake: (value: T) => void;
  readonly #byTime = new ByTime<T>();
  readonly #entries = new Map<ExecutionKey, Timed<T>>();
  #cancel: (() => void) | undefined;
  #armedFor: Millis | undefined;

  constructor(clock: Clock, wake: (value: T) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** How many are going to be woken. */
  get size(): number {
    return this.#byTime.size;
  }

  values(): Iterable<T> {
    return this.#entries.values().map(({ value }) => value);
  }

  /** Wakes it then, and not at the time that was set before. */
  set(at: Millis, value: T): void {
    this.#remove(value.key);
    this.#entries.set(value.key, this.#byTime.add(at, value));
    this.#arm();
  }

  /** Wakes it then, unless that is done earlier anyway: whoever is woken asks for the next time. */
  setEarlier(at: Millis, value: T): void {
    const known = this.#entries.get(value.key);
    if (known === undefined || at < known.at) this.set(at, value);
  }

  delete(key: ExecutionKey): void {
    if (this.#remove(key)) this.#arm();
  }

  stop(): void {
    this.#byTime.clear();
    this.#entries.clear();
    this.#disarm();
  }

  #remove(key: ExecutionKey): boolean {
    const known = this.#entries.get(key);
    if (known === undefined) return false;
    this.#entries.delete(key);
    this.#byTime.delete(known);
    return true;
  }

  #arm(): void {
    const { first } = this.#byTime;
    if (first !== undefined && this.#cancel !== undefined && this.#armedFor === first.at) return;
    this.#disarm();
    if (first === undefined) return;
    this.#armedFor = first.at;
    this.#cancel = this.#clock.at(first.at, () => {
      this.#cancel = undefined;
      this.#fire();
    });
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #fire(): void {
    const now = this.#clock.now();
    for (let { first } = this.#byTime; first !== undefined && first.at <= now; { first } = this.#byTime) {
      this.#remove(first.value.key);
      this.#wake(first.value);
    }
    this.#arm();
  }
}
