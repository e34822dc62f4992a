import type { Rate } from "./deployment.ts";
import type { Millis } from "./ids.ts";

/** What has begun lately, for a rate to be kept in every window of its length. It may change from call to call. */
export class RateWindow {
  /** In order; those before `#head` are forgotten. */
  #begun: number[] = [];
  #head = 0;

  /** When the next may begin: a time that is not later than now, or the time to wait for. */
  opensAt({ count, perMs }: Rate, now: Millis): Millis {
    this.#follow(now);
    const nth = this.#begun.length - count;
    return nth < this.#head ? now : (((this.#begun[nth] as number) + perMs) as Millis);
  }

  begin({ perMs }: Rate, now: Millis): void {
    this.#follow(now);
    this.#begun.push(now);
    while ((this.#begun[this.#head] as number) <= now - perMs) this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#begun.length) return;
    this.#begun = this.#begun.slice(this.#head);
    this.#head = 0;
  }

  /** A clock that was set back takes the window along, so that nobody waits for it to come forward again. */
  #follow(now: Millis): void {
    const ahead = (this.#begun.at(-1) ?? now) - now;
    if (ahead > 0) this.#begun = this.#begun.map((at) => at - ahead);
  }
}
