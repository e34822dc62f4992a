import type { ExecutionId, ExecutionKey, Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";
import { Timers } from "./timers.ts";

interface Named {
  readonly key: ExecutionKey;
  readonly id: ExecutionId;
}

/** Wakes executions that look at what is due and ask for their next time then: one that is going to be woken before is not
 *  waited for at a later time too. */
export class Alarms {
  readonly #timers: Timers<Named>;
  /** When each is going to be woken, the earliest last. */
  readonly #times = new Map<ExecutionKey, Millis | Millis[]>();

  constructor(clock: Clock, wake: (named: Named) => void) {
    this.#timers = new Timers(clock, (named) => {
      this.#woken(named.key);
      wake(named);
    });
  }

  /** How many times it waits for. */
  get size(): number {
    return this.#timers.size;
  }

  add(at: Millis, { key, id }: Named): void {
    const times = this.#times.get(key);
    const earliest = Array.isArray(times) ? times.at(-1) : times;
    if (earliest !== undefined && earliest <= at) return;
    if (times === undefined) this.#times.set(key, at);
    else if (Array.isArray(times)) times.push(at);
    else this.#times.set(key, [times, at]);
    this.#timers.add(at, { key, id });
  }

  stop(): void {
    this.#times.clear();
    this.#timers.stop();
  }

  #woken(key: ExecutionKey): void {
    const times = this.#times.get(key);
    if (Array.isArray(times) && times.length > 1) times.pop();
    else this.#times.delete(key);
  }
}
