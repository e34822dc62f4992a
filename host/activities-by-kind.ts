import type { ComponentKind } from "./core/deployment.ts";
import type { Digest } from "./core/ids.ts";
import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "./ports/activities.ts";

/** Takes each attempt to where components of its kind are run: code to the pool, the rest to a local program. */
export class ActivitiesByKind implements Activities {
  readonly #kind: (component: Digest) => ComponentKind;
  readonly #pool: Activities;
  readonly #native: Activities;

  constructor(
    kind: (component: Digest) => ComponentKind,
    { pool, native }: { readonly pool: Activities; readonly native: Activities },
  ) {
    this.#kind = kind;
    this.#pool = pool;
    this.#native = native;
  }

  start(attempt: ActivityAttempt, ended: (end: AttemptEnd) => void): void {
    this.#placeOf(attempt).start(attempt, ended);
  }

  cancel(attempt: ActivityAttempt): void {
    this.#placeOf(attempt).cancel(attempt);
  }

  retire(sandbox: Sandbox): void {
    for (const place of [this.#pool, this.#native]) place.retire(sandbox);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#native.close()]);
  }

  #placeOf({ component }: ActivityAttempt): Activities {
    return this.#kind(component) === "activity_exec" ? this.#native : this.#pool;
  }
}
