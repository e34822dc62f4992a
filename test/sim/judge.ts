import type { Event, Outcome } from "../../host/core/event.ts";
import type { ExecutionId, ExecutionKey } from "../../host/core/ids.ts";
import type { Oracle } from "./oracle.ts";
import { scriptIn } from "./scripts.ts";
import type { Effects } from "./simulated-activities.ts";
import type { Kept } from "./simulated-disk.ts";
import { type Answer, type Result, tell } from "./transcript.ts";

/** Holds whole histories against what clients were told, what activities have done, and what the contract makes of both. */
export class Judge {
  readonly problems: string[] = [];
  readonly #kept: Kept;
  readonly #oracle: Oracle;
  readonly #effects: Effects;
  readonly #scheduled = new Set<string>();

  constructor(kept: Kept, oracle: Oracle, effects: Effects) {
    this.#kept = kept;
    this.#oracle = oracle;
    this.#effects = effects;
  }

  judge(): readonly string[] {
    for (const { id, isThere } of this.#oracle.known.values())
      if (isThere && !this.#kept.keys.has(id as ExecutionId)) this.#problem(id, "was acknowledged and is not there");
    for (const key of this.#kept.executions.keys()) this.#judgeScheduled(this.#kept.history(key));
    for (const [key, { row }] of this.#kept.executions) this.#judgeOne(key, row.id, row.function);
    return [...this.problems, ...this.#oracle.problems, ...this.#effects.problems];
  }

  /** What a workflow has scheduled is there, once. */
  #judgeScheduled(history: readonly Event[]): void {
    for (const event of history) {
      if (event.kind !== "execution-scheduled") continue;
      const { execution: id, params } = event;
      if (this.#scheduled.has(id)) this.#problem(id, "was scheduled twice");
      this.#scheduled.add(id);
      const key = this.#kept.keys.get(id);
      const created = key === undefined ? undefined : this.#kept.history(key)[0];
      const isSame = created?.kind === "created" && JSON.stringify(created.params) === JSON.stringify(params);
      if (!isSame) this.#problem(id, `was scheduled with ${JSON.stringify(params)} and is not there`);
    }
  }

  #judgeOne(key: ExecutionKey, id: ExecutionId, name: string): void {
    const history = this.#kept.history(key);
    const [created, last] = [history[0], history.at(-1)];
    if (created?.kind !== "created" || last?.kind !== "finished") return this.#problem(id, "has not come to its end");
    this.#judgeClients(id, created, last.outcome, history);
    this.#judgeTimes(id, created.startAt ?? 0, history);
    if (name.includes("/work@")) this.#judgeActivity(id, last.outcome, history);
    else if (name.includes("/approval@")) this.#judgeApproval(id, last.outcome);
    else if (name.includes("/channels@")) this.#judgeSum(id, last.outcome, history);
    else this.#judgeScript(id, created.params[0] as string, last.outcome, history);
  }

  #judgeClients(
    id: ExecutionId,
    created: Extract<Event, { kind: "created" }>,
    outcome: Outcome,
    history: readonly Event[],
  ): void {
    const known = this.#oracle.known.get(id);
    if (known === undefined) {
      if (!id.includes(".") && !this.#scheduled.has(id)) this.#problem(id, "was never submitted");
      return;
    }
    const work = JSON.stringify([created.function, created.params]);
    if ((known.work ?? work) !== work) this.#problem(id, `is ${work}, and was submitted as ${known.work}`);
    const text = JSON.stringify(outcome);
    if ((known.outcome ?? text) !== text)
      this.#problem(id, `has come to ${text}, and was said to come to ${known.outcome}`);
    this.#oracle.heard(known, heardIn(history));
  }

  /** Nothing that waits for a time comes before it; what a worker may claim stays so when the clock is set back. */
  #judgeTimes(id: ExecutionId, startAt: number, history: readonly Event[]): void {
    const dueAt = new Map<string, number>();
    const isExternal = history.some((event) => "leaseMs" in event);
    let retryAt = startAt;
    for (const event of history) {
      const { kind, at } = event;
      if (kind === "delay-submitted") dueAt.set(event.delay, event.dueAt);
      if (kind === "attempt-failed" && !isExternal) ({ retryAt } = event);
      const earliest = kind === "delay-expired" ? dueAt.get(event.delay) : kind === "attempt-started" ? retryAt : 0;
      if (at < (earliest ?? Number.POSITIVE_INFINITY)) this.#problem(id, `${kind} at ${at}, before ${earliest}`);
      if (at < startAt && askedIn(event).length > 0) this.#problem(id, `runs at ${at}, before ${startAt}`);
    }
  }

  /** Results come from attempts, or there is none. */
  #judgeActivity(id: ExecutionId, outcome: Outcome, history: readonly Event[]): void {
    if (!("failure" in outcome) && !this.#effects.hasReturned(id, outcome))
      this.#problem(id, `has come to ${JSON.stringify(outcome)}, which no attempt returned`);
    const started = history.filter(({ kind }) => kind === "attempt-started").length;
    for (let attempt = started + 1; attempt <= started + 3; attempt++)
      if (this.#effects.begun.has(`${id} attempt ${attempt}`))
        this.#problem(id, `attempt ${attempt} began, and is unknown`);
  }

  /** Of what was written for it, the one that was acknowledged; if none was, any of them. */
  #judgeApproval(id: ExecutionId, outcome: Outcome): void {
    const written = this.#oracle.known.get(id)?.written ?? new Map<string, boolean>();
    const [acked] = [...written].filter(([, isAcked]) => isAcked);
    const text = JSON.stringify(outcome);
    if (acked !== undefined && acked[0] !== text)
      this.#problem(id, `has come to ${text}; ${acked[0]} was acknowledged`);
    if (!("failure" in outcome) && !written.has(text)) this.#problem(id, `has come to ${text}, which nobody wrote`);
  }

  /** It adds up what it hears until it hears 0, in as many runs as it needs. */
  #judgeSum(id: ExecutionId, outcome: Outcome, history: readonly Event[]): void {
    if ("failure" in outcome) return this.#judgeFailure(id, outcome.failure);
    const delivered = history.flatMap((event) => (event.kind === "signal-delivered" ? [event.value as number] : []));
    const sum = delivered.reduce((total, value) => total + value, 0);
    const heard = heardIn(history).slice(0, delivered.length);
    if (heard.join() !== delivered.join())
      this.#problem(id, `was sent ${heard.join()} and has got ${delivered.join()}`);
    const isRight = "ok" in outcome && outcome.ok === sum && delivered.at(-1) === 0;
    if (!isRight) this.#problem(id, `has come to ${JSON.stringify(outcome)} after ${delivered.join(", ")}`);
  }

  #judgeScript(id: ExecutionId, text: string, outcome: Outcome, history: readonly Event[]): void {
    const told = tell(scriptIn(text), { answers: answersIn(history), tries: triesIn(history) });
    const asked = history.flatMap(askedIn);
    const differs = asked.findIndex((one, place) => one !== told.asked[place]);
    if (differs >= 0) this.#problem(id, `has asked for ${asked[differs]}; its script asks for ${told.asked[differs]}`);
    if ("failure" in outcome) return this.#judgeFailure(id, outcome.failure);
    if (asked.length < told.asked.length) this.#problem(id, `has not asked for ${told.asked[asked.length]}`);
    if (JSON.stringify(told.result) !== JSON.stringify(outcome))
      this.#problem(id, `has come to ${JSON.stringify(outcome)}; its script comes to ${JSON.stringify(told.result)}`);
  }

  /** Nothing but a client, or a parent that ends, fails a workflow here. */
  #judgeFailure(id: ExecutionId, failure: string): void {
    if (failure !== "cancelled") return this.#problem(id, `has failed: ${failure}`);
    const parent = id.slice(0, Math.max(0, id.lastIndexOf(".")));
    if (parent === "" && this.#oracle.known.get(id)?.mayEnd !== true)
      this.#problem(id, "is cancelled, which nobody asked");
  }

  #problem(id: string, what: string): void {
    this.problems.push(`${id} ${what}`);
  }
}

/** Signals in the order in which they came in. */
function heardIn(history: readonly Event[]): readonly number[] {
  return history.flatMap((event) => {
    const hears = event.kind === "signal-buffered" || (event.kind === "signal-delivered" && !event.buffered);
    return hears ? [event.value as number] : [];
  });
}

/** Responses by join set, in the order in which they came. */
function answersIn(history: readonly Event[]): ReadonlyMap<string, readonly Answer[]> {
  const answers = new Map<string, Answer[]>();
  for (const event of history) {
    const answer = answerIn(event);
    if (answer === undefined || !("joinSet" in event)) continue;
    answers.set(event.joinSet, [...(answers.get(event.joinSet) ?? []), answer]);
  }
  return answers;
}

function triesIn(history: readonly Event[]): ReadonlyMap<string, readonly boolean[]> {
  const tries = new Map<string, boolean[]>();
  for (const event of history) {
    if (event.kind !== "next-tried") continue;
    const { joinSet, found, times } = event;
    tries.set(joinSet, [...(tries.get(joinSet) ?? []), ...Array.from({ length: times }, () => found)]);
  }
  return tries;
}

function answerIn(event: Event): Answer | undefined {
  switch (event.kind) {
    case "child-finished":
      return { id: `E~.${event.joinSet}_${event.index}`, result: resultOf(event.outcome) };
    case "delay-expired":
    case "delay-cancelled": {
      const id = `D~${event.delay.slice(event.delay.lastIndexOf("."))}`;
      return { id, result: event.kind === "delay-expired" ? undefined : { failure: "cancelled" } };
    }
    default:
      return undefined;
  }
}

function resultOf(outcome: Outcome): Result {
  return "failure" in outcome ? { failure: outcome.failure } : outcome;
}

function askedIn(event: Event): string[] {
  switch (event.kind) {
    case "child-submitted":
      return [`child ${event.child.slice(event.child.lastIndexOf(".") + 1)} ${event.function.split(".").at(-1)}`];
    case "delay-submitted": {
      const { scheduleAt, delay } = event;
      return [`delay ${delay.slice(delay.lastIndexOf(".") + 1)} ${scheduleAt.kind === "in" ? scheduleAt.amount : ""}`];
    }
    case "execution-scheduled":
      return [`schedule ${event.function.split(".").at(-1)}`];
    case "next-awaited":
      return [`next ${event.joinSet}`];
    case "join-set-closed":
      return [`close ${event.joinSet} ${event.waits ? "waits" : "goes on"}`];
    default:
      return [];
  }
}
