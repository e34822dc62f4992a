import type { Rate } from "../core/deployment.ts";
import type { Millis } from "../core/ids.ts";
import { RateWindow } from "../core/rate-window.ts";

/** What bounds the attempts of a function or of a component. */
export interface GateLimits {
  readonly concurrencyMax?: number;
  readonly rate?: Rate;
}

/** What keeps a gate shut: attempts that are under way, or those that began lately, until that time. */
export type Shut = { readonly by: "concurrency" } | { readonly by: "rate"; readonly until: Millis };

/** Counts the attempts of a function, or of a component, and says whether another may begin. */
export class Gate {
  readonly #limits: () => GateLimits;
  readonly #window = new RateWindow();
  #underWay = 0;

  /** The limits are asked for each time: a deployment may change them. */
  constructor(limits: () => GateLimits) {
    this.#limits = limits;
  }

  get isLimited(): boolean {
    const { concurrencyMax, rate } = this.#limits();
    return concurrencyMax !== undefined || rate !== undefined;
  }

  shut(now: Millis): Shut | undefined {
    const { concurrencyMax, rate } = this.#limits();
    if (this.#underWay >= (concurrencyMax ?? Number.POSITIVE_INFINITY)) return { by: "concurrency" };
    const until = rate === undefined ? now : this.#window.opensAt(rate, now);
    return until > now ? { by: "rate", until } : undefined;
  }

  enter(): void {
    this.#underWay++;
  }

  /** What has entered begins an attempt: one that had ended meanwhile uses up no rate. */
  begin(now: Millis): void {
    const { rate } = this.#limits();
    if (rate !== undefined) this.#window.begin(rate, now);
  }

  leave(): void {
    this.#underWay--;
  }
}
