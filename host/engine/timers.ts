import { ByTime } from "../core/by-time.ts";
import type { ExecutionKey, Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";

/** Wakes executions at their time. Whoever is woken looks at what is due and asks for the next time, which may have come
 *  early: an execution that is going to be woken before is not waited for twice. */
export class Timers {
  readonly #clock: Clock;
  readonly #wake: (key: ExecutionKey) => void;
  readonly #keys = new ByTime<ExecutionKey>();
  /** When each is going to be woken, the earliest last. */
  readonly #times = new Map<ExecutionKey, Millis | Millis[]>();
  #cancel: (() => void) | undefined;
  #armedFor: Millis | undefined;

  constructor(clock: Clock, wake: (key: ExecutionKey) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** How many times it waits for. */
  get size(): number {
    return this.#keys.size;
  }

  add(at: Millis, key: ExecutionKey): void {
    const times = this.#times.get(key);
    const earliest = Array.isArray(times) ? times.at(-1) : times;
    if (earliest !== undefined && earliest <= at) return;
    if (times === undefined) this.#times.set(key, at);
    else if (Array.isArray(times)) times.push(at);
    else this.#times.set(key, [times, at]);
    this.#keys.add(at, key);
    this.#arm();
  }

  stop(): void {
    this.#keys.clear();
    this.#times.clear();
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
    while ((this.#keys.first?.at ?? Number.POSITIVE_INFINITY) <= now) {
      const key = this.#keys.takeFirst();
      const times = this.#times.get(key);
      if (Array.isArray(times) && times.length > 1) times.pop();
      else this.#times.delete(key);
      this.#wake(key);
    }
    this.#arm();
  }
}
