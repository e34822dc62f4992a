import type { Millis } from "../../host/core/ids.ts";
import type { Clock } from "../../host/ports/clock.ts";

interface Alarm {
  readonly at: Millis;
  readonly fire: () => void;
}

/** A clock that stands still until it is told to go on to its next alarm. */
export class SimulatedClock implements Clock {
  #now: Millis;
  readonly #alarms = new Set<Alarm>();

  constructor(now: number) {
    this.#now = now as Millis;
  }

  now(): Millis {
    return this.#now;
  }

  set(now: number): void {
    this.#now = now as Millis;
  }

  at(at: Millis, fire: () => void): () => void {
    const alarm = { at, fire };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Lets so much time pass, and every alarm in it ring. */
  pass(ms: number): void {
    const until = this.#now + ms;
    while ((this.#earliest()?.at ?? Number.POSITIVE_INFINITY) <= until) this.advance();
    this.set(until);
  }

  /** Moves to the earliest alarm and lets it ring. False when none is set. */
  advance(): boolean {
    const first = this.#earliest();
    if (first === undefined) return false;
    this.#alarms.delete(first);
    if (first.at > this.#now) this.#now = first.at;
    first.fire();
    return true;
  }

  #earliest(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) if (first === undefined || alarm.at < first.at) first = alarm;
    return first;
  }
}
