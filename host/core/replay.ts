import { assert } from "./assert.ts";
import { clip, describeEvent, describeIntent } from "./describe.ts";
import type { Difference, Event, Outcome } from "./event.ts";
import type { JoinSetId, Millis } from "./ids.ts";
import {
  type Intent,
  type IntentEvent,
  isIntent,
  isResponse,
  type ResponseEvent,
  sameIntent,
  sameJson,
} from "./intent.ts";
import type { Json } from "./json.ts";

export type Step =
  | { readonly kind: "replayed"; readonly event: IntentEvent }
  | { readonly kind: "fresh" }
  /** It was ended from outside at this point, and nothing more of it was run. */
  | { readonly kind: "over" }
  | ({ readonly kind: "diverged" } & Difference);

/** Matches what a workflow does, in order, with what its history holds. Pure: the
 *  caller appends what is fresh and tells it by `extend`. */
export class Replay {
  readonly #history: Event[];
  readonly #responses = new Map<JoinSetId, ResponseEvent[]>();
  /** Index of the first event that no host call has been matched with. */
  #next = 1;
  /** How many of the tries that the next event stands for have been matched. */
  #tries = 0;
  #now: Millis;

  constructor(history: readonly Event[]) {
    const created = history[0];
    assert(created?.kind === "created" || created?.kind === "continued", "a history begins with created or continued");
    this.#now = created.at;
    this.#history = [...history];
    // What is settled after its end is nothing that its code ever heard of.
    const end = history.findIndex(isEnd);
    for (const event of end === -1 ? history : history.slice(0, end)) this.#file(event);
  }

  /** The time of the last event that the guest has seen. */
  get now(): Millis {
    return this.#now;
  }

  /** Whether the workflow is still within what was recorded. */
  get replaying(): boolean {
    return this.#peek() !== undefined;
  }

  match(intent: Intent): Step {
    const recorded = this.#peek();
    if (recorded === undefined) return { kind: "fresh" };
    if (isEnd(recorded)) {
      if ("outcome" in recorded && isFromOutside(recorded.outcome)) return { kind: "over" };
      return diverged(recorded, describeIntent(intent));
    }
    if (!sameIntent(recorded, intent)) return diverged(recorded, describeIntent(intent));
    this.#advance(recorded);
    return { kind: "replayed", event: recorded };
  }

  /** What the history answers to a try of this join set; undefined when the history goes no further. */
  matchTry(joinSet: JoinSetId): Exclude<Step, { kind: "fresh" }> | undefined {
    const recorded = this.#peek();
    if (recorded === undefined) return undefined;
    const found = recorded.kind === "next-tried" && recorded.found;
    const step = this.match({ kind: "next-tried", joinSet, found, times: 1 });
    assert(step.kind !== "fresh", "what was recorded is not fresh");
    return step;
  }

  /** Matches the workflow's end. */
  matchEnd(
    outcome: Outcome,
  ): { readonly kind: "replayed" | "fresh" | "over" } | ({ readonly kind: "diverged" } & Difference) {
    const recorded = this.#peek();
    if (recorded === undefined) return { kind: "fresh" };
    const end = "outcome" in recorded && isEnd(recorded) ? recorded.outcome : undefined;
    if (end !== undefined && sameOutcome(end, outcome)) return { kind: "replayed" };
    if (end !== undefined && isFromOutside(end)) return { kind: "over" };
    return diverged(recorded, `finish with ${clip(JSON.stringify(outcome))}`);
  }

  /** Matches that the workflow begins anew with these parameters. */
  matchContinuation(
    params: readonly Json[],
  ): { readonly kind: "replayed" | "fresh" | "over" } | ({ readonly kind: "diverged" } & Difference) {
    const recorded = this.#peek();
    if (recorded === undefined) return { kind: "fresh" };
    if (recorded.kind === "continuing" && sameJson(recorded.params, params)) return { kind: "replayed" };
    if ("outcome" in recorded && isEnd(recorded) && isFromOutside(recorded.outcome)) return { kind: "over" };
    return diverged(recorded, `continue as new with ${clip(JSON.stringify(params))}`);
  }

  /** Takes in an event that has just been appended: a fresh intent or a response. */
  extend(event: Event): void {
    this.#file(event);
    if (isIntent(event)) {
      assert(!this.replaying, "a fresh intent within the recorded history");
      this.#see(event);
    }
  }

  /** Consumes the next response of the join set, if one is there. */
  takeResponse(joinSet: JoinSetId): ResponseEvent | undefined {
    const waiting = this.#responses.get(joinSet);
    const response = waiting?.shift();
    if (response === undefined) return undefined;
    if (waiting?.length === 0) this.#responses.delete(joinSet);
    this.#see(response);
    return response;
  }

  #file(event: Event): void {
    if (!isResponse(event)) return;
    const waiting = this.#responses.get(event.joinSet);
    if (waiting === undefined) this.#responses.set(event.joinSet, [event]);
    else waiting.push(event);
  }

  /** The next recorded event that a host call of the workflow, or its end, must match. */
  #peek(): IntentEvent | EndEvent | undefined {
    for (; this.#next < this.#history.length; this.#next++) {
      const event = this.#history[this.#next] as Event;
      if (isIntent(event) || isEnd(event)) return event;
    }
    // Everything has been matched: a hot workflow does not keep its past.
    if (this.#history.length > 0) this.#history.length = 0;
    return undefined;
  }

  #advance(event: IntentEvent): void {
    if (event.kind === "next-tried" && ++this.#tries < event.times) return;
    this.#tries = 0;
    this.#next++;
    this.#see(event);
  }

  /** A response may be older than what the guest has seen since; its time still never goes backwards. Tries that came to
   *  nothing are recorded some time after the guest was told, so they tell no time. */
  #see(event: Event): void {
    if (event.kind === "next-tried" && !event.found) return;
    if (event.at > this.#now) this.#now = event.at;
  }
}

/** Where the code of a workflow came to its end. */
type EndEvent = Extract<Event, { kind: "ended" | "finished" | "continuing" }>;

function isEnd(event: Event): event is EndEvent {
  return event.kind === "ended" || event.kind === "finished" || event.kind === "continuing";
}

/** Whether it was not the code alone that came to this end: it was cancelled, or met a limit that may be another here. */
function isFromOutside(outcome: Outcome): boolean {
  if (!("failure" in outcome)) return false;
  return outcome.failure === "cancelled" || outcome.failure === "out-of-fuel" || outcome.limit !== undefined;
}

/** A platform failure is the same by its kind; its reason is text for people. */
function sameOutcome(a: Outcome, b: Outcome): boolean {
  if ("failure" in a || "failure" in b) return "failure" in a && "failure" in b && a.failure === b.failure;
  return sameJson(a, b);
}

function diverged(recorded: Event, attempted: string): { kind: "diverged" } & Difference {
  return { kind: "diverged", version: recorded.version, recorded: describeEvent(recorded), attempted };
}
