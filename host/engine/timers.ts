import { ByTime } from "../core/by-time.ts";
import type { Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";

/** Wakes executions at their time. An execution may be woken early or twice; whoever is woken looks at what is due. */
export class Timers<T> {
  readonly #clock: Clock;
  readonly #wake: (value: T) => void;
  readonly #values = new ByTime<T>();
  #cancel: (() => void) | undefined;
  #armedFor: Millis | undefined;

  constructor(clock: Clock, wake: (value: T) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** How many times it waits for. */
  get size(): number {
    return this.#values.size;
  }

  add(at: Millis, value: T): void {
    this.#values.add(at, value);
    this.#arm();
  }

  stop(): void {
    this.#values.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const { first } = this.#values;
    if (first === undefined || (this.#cancel !== undefined && this.#armedFor === first.at)) return;
    this.#cancel?.();
    this.#armedFor = first.at;
    this.#cancel = this.#clock.at(first.at, () => {
      this.#cancel = undefined;
      this.#fire();
    });
  }

  #fire(): void {
    const now = this.#clock.now();
    while ((this.#values.first?.at ?? Number.POSITIVE_INFINITY) <= now) this.#wake(this.#values.takeFirst());
    this.#arm();
  }
}
