import type { ExecutionId } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import type { Activities, ActivityAttempt, AttemptEnd } from "../../host/ports/activities.ts";
import type { Chance } from "./chance.ts";
import type { SimulatedLoop } from "./simulated-loop.ts";

type Result = { readonly ok: Json } | { readonly err: Json };

/** What activities have done to the world: it outlives every host. */
export class Effects {
  /** By execution and attempt: no attempt begins twice. */
  readonly begun = new Set<string>();
  readonly #results = new Map<ExecutionId, Result[]>();
  /** How often something else than a result came of an attempt. */
  readonly strange = new Map<string, number>();
  readonly problems: string[] = [];
  /** Whether the start of the attempt is on the disk. */
  readonly #isDurable: (attempt: ActivityAttempt) => boolean;

  constructor(isDurable: (attempt: ActivityAttempt) => boolean) {
    this.#isDurable = isDurable;
  }

  begin(attempt: ActivityAttempt): void {
    const name = `${attempt.execution} attempt ${attempt.attempt}`;
    if (this.begun.has(name)) this.problems.push(`${name} begins twice`);
    if (!this.#isDurable(attempt)) this.problems.push(`${name} begins before its start is durable`);
    this.begun.add(name);
  }

  returned(execution: ExecutionId, result: Result): void {
    this.#results.set(execution, [...(this.#results.get(execution) ?? []), result]);
  }

  hasReturned(execution: ExecutionId, result: object): boolean {
    const text = JSON.stringify(result);
    return this.#results.get(execution)?.some((one) => JSON.stringify(one) === text) === true;
  }

  note(what: string): void {
    this.strange.set(what, (this.strange.get(what) ?? 0) + 1);
  }
}

export interface Trouble {
  /** Of 100 attempts, how many come to something else than their result. */
  percent: number;
}

/** Makes the attempts of one host, in simulated time, and lets chance spoil them. */
export class SimulatedActivities implements Activities {
  readonly #loop: SimulatedLoop;
  readonly #chance: Chance;
  readonly #effects: Effects;
  readonly #trouble: Trouble;
  readonly #cancelled = new Set<ActivityAttempt>();
  #lost = false;

  constructor(loop: SimulatedLoop, chance: Chance, effects: Effects, trouble: Trouble) {
    this.#loop = loop;
    this.#chance = chance;
    this.#effects = effects;
    this.#trouble = trouble;
  }

  start(attempt: ActivityAttempt, ended: (end: AttemptEnd) => void): void {
    if (this.#lost) return;
    this.#effects.begin(attempt);
    const end = this.#endOf(attempt);
    const isTimedOut = end.kind === "failed" && end.reason.kind === "timed-out";
    const tell = (times: number) => {
      // A cancelled one may have been on its way.
      if (this.#lost || (this.#cancelled.has(attempt) && this.#chance.below(4) > 0)) return;
      if (this.#cancelled.has(attempt)) this.#effects.note("an activity's end comes late");
      ended(end);
      if (times > 1) this.#loop.after(1 + this.#chance.below(100), () => tell(times - 1));
    };
    const isTwice = this.#chance.below(100) < this.#trouble.percent / 4;
    if (isTwice) this.#effects.note("an activity's end is told twice");
    this.#loop.after(isTimedOut ? attempt.deadlineMs : this.#takesMs(attempt), () => tell(isTwice ? 2 : 1));
  }

  cancel(attempt: ActivityAttempt): void {
    this.#cancelled.add(attempt);
  }

  /** Nothing is kept of a sandbox. */
  retire(): void {}

  /** Its host is gone. */
  lose(): void {
    this.#lost = true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #takesMs({ deadlineMs }: ActivityAttempt): number {
    return Math.min(deadlineMs, 1 + this.#chance.below(this.#chance.below(4) === 0 ? 20_000 : 50));
  }

  #endOf({ execution, function: name, params }: ActivityAttempt): AttemptEnd {
    const failed = (kind: "trap" | "timed-out", message: string): AttemptEnd => {
      this.#effects.note(message);
      return { kind: "failed", reason: { kind, message }, logs: [] };
    };
    const [text = null] = params;
    const outcome: Result = name.endsWith(".fail") ? { err: text } : { ok: text };
    if (this.#chance.below(100) < this.#trouble.percent) {
      switch (this.#chance.below(3)) {
        case 0:
          return failed("trap", "an activity traps");
        case 1:
          return failed("timed-out", "an activity's end is lost"); // the deadline is all that its host hears
        default:
          this.#effects.note("an activity comes to an err");
          this.#effects.returned(execution, { err: "trouble" });
          return { kind: "returned", outcome: { err: "trouble" }, logs: [] };
      }
    }
    this.#effects.returned(execution, outcome);
    return { kind: "returned", outcome, logs: [] };
  }
}
