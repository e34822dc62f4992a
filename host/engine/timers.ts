import { ByTime } from "../core/by-time.ts";
import type { ExecutionKey, Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";

/** Wakes executions at their time. An execution may be woken early or twice; whoever is woken looks at what is due. */
export class Timers {
  readonly #clock: Clock;
  readonly #wake: (key: ExecutionKey) => void;
  readonly #keys = new ByTime<ExecutionKey>();
  #cancel: (() => void) | undefined;
  #armedFor: Millis | undefined;

  constructor(clock: Clock, wake: (key: ExecutionKey) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  add(at: Millis, key: ExecutionKey): void {
    this.#keys.add(at, key);
    this.#arm();
  }

  stop(): void {
    this.#keys.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const { first } = this.#keys;
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
    while ((this.#keys.first?.at ?? Number.POSITIVE_INFINITY) <= now) this.#wake(this.#keys.takeFirst());
    this.#arm();
  }
}
