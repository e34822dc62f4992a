import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "../../host/ports/activities.ts";

interface Held {
  readonly attempt: ActivityAttempt;
  readonly ended: (end: AttemptEnd) => void;
}

/** Counts the attempts that a shard starts, and holds each back until it is let go to the threads that make it. */
export class HeldActivities implements Activities {
  readonly started: ActivityAttempt[] = [];
  readonly underWay = new Set<ActivityAttempt>();
  /** The most that have been under way at once. */
  most = 0;
  readonly #threads: Activities;
  readonly #held: Held[] = [];
  #letsAllGo = false;

  constructor(threads: Activities) {
    this.#threads = threads;
  }

  start(attempt: ActivityAttempt, ended: (end: AttemptEnd) => void): void {
    this.started.push(attempt);
    this.underWay.add(attempt);
    this.most = Math.max(this.most, this.underWay.size);
    if (this.#letsAllGo) this.#make({ attempt, ended });
    else this.#held.push({ attempt, ended });
  }

  cancel(attempt: ActivityAttempt): void {
    this.underWay.delete(attempt);
    const held = this.#held.findIndex((one) => one.attempt === attempt);
    if (held < 0) this.#threads.cancel(attempt);
    else this.#held.splice(held, 1);
  }

  retire(sandbox: Sandbox): void {
    this.#threads.retire(sandbox);
  }

  /** Lets go those that have been held the longest. */
  letGo(count: number): void {
    for (const held of this.#held.splice(0, count)) this.#make(held);
  }

  /** Holds nothing back any more. */
  letAllGo(): void {
    this.#letsAllGo = true;
    this.letGo(this.#held.length);
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  #make({ attempt, ended }: Held): void {
    this.#threads.start(attempt, (end) => {
      this.underWay.delete(attempt);
      ended(end);
    });
  }
}
