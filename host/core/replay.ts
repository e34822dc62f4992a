import { assert } from "./assert.ts";
import type { DrawSource, Event, EventBody, Outcome, ScheduleAt } from "./event.ts";
import type { Digest, FunctionName, JoinSetId, Millis } from "./ids.ts";
import type { Json } from "./json.ts";

/** What a workflow asks of the host, as far as it is the workflow's own doing. */
export type Intent =
  | {
      readonly kind: "child-submitted";
      readonly joinSet: JoinSetId;
      readonly function: FunctionName;
      readonly params: readonly Json[];
      /** Computed only where a refused submission must be recognized. */
      readonly paramsDigest: () => Digest;
    }
  | { readonly kind: "delay-submitted"; readonly joinSet: JoinSetId; readonly scheduleAt: ScheduleAt }
  | {
      readonly kind: "value-drawn";
      readonly source: DrawSource;
      readonly range: readonly Json[];
      /** Draws the value; called only when the intent is fresh. */
      readonly value: () => Json;
    };

export type IntentEvent = Extract<
  Event,
  { kind: "child-submitted" | "child-refused" | "delay-submitted" | "value-drawn" }
>;
export type ResponseEvent = Extract<Event, { kind: "child-finished" | "delay-expired" }>;

/** The first place where a workflow did something else than its history says. */
export interface Difference {
  readonly version: number;
  readonly recorded: string;
  readonly attempted: string;
}

export type Step =
  | { readonly kind: "replayed"; readonly event: IntentEvent }
  | { readonly kind: "fresh" }
  | ({ readonly kind: "diverged" } & Difference);

/** Matches what a workflow does, in order, with what its history holds. Pure: the
 *  caller appends what is fresh and tells it by `extend`. */
export class Replay {
  readonly #history: Event[];
  readonly #responses = new Map<JoinSetId, ResponseEvent[]>();
  /** Index of the first event that no host call has been matched with. */
  #next = 1;
  #now: Millis;

  constructor(history: readonly Event[]) {
    const created = history[0];
    assert(created?.kind === "created", "a history begins with created");
    this.#now = created.at;
    this.#history = [...history];
    for (const event of history) this.#file(event);
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
    if (recorded.kind === "finished" || !sameIntent(recorded, intent))
      return diverged(recorded, describeIntent(intent));
    this.#advance(recorded);
    return { kind: "replayed", event: recorded };
  }

  /** Matches the workflow's end. */
  matchEnd(outcome: Outcome): { readonly kind: "replayed" | "fresh" } | ({ readonly kind: "diverged" } & Difference) {
    const recorded = this.#peek();
    if (recorded === undefined) return { kind: "fresh" };
    if (recorded.kind !== "finished" || !sameOutcome(recorded.outcome, outcome)) {
      return diverged(recorded, `finish with ${clip(JSON.stringify(outcome))}`);
    }
    return { kind: "replayed" };
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
    if (event.kind !== "child-finished" && event.kind !== "delay-expired") return;
    const waiting = this.#responses.get(event.joinSet);
    if (waiting === undefined) this.#responses.set(event.joinSet, [event]);
    else waiting.push(event);
  }

  /** The next recorded event that a host call of the workflow, or its end, must match. */
  #peek(): IntentEvent | Extract<Event, { kind: "finished" }> | undefined {
    for (; this.#next < this.#history.length; this.#next++) {
      const event = this.#history[this.#next] as Event;
      if (isIntent(event) || event.kind === "finished") return event;
    }
    // Everything has been matched: a hot workflow does not keep its past.
    if (this.#history.length > 0) this.#history.length = 0;
    return undefined;
  }

  #advance(event: IntentEvent): void {
    this.#next++;
    this.#see(event);
  }

  /** A response may be older than what the guest has seen since; its time still never goes backwards. */
  #see(event: Event): void {
    if (event.at > this.#now) this.#now = event.at;
  }
}

function isIntent(event: Event): event is IntentEvent {
  return (
    event.kind === "child-submitted" ||
    event.kind === "child-refused" ||
    event.kind === "delay-submitted" ||
    event.kind === "value-drawn"
  );
}

function sameIntent(recorded: IntentEvent, intent: Intent): boolean {
  switch (recorded.kind) {
    case "child-submitted":
      return (
        intent.kind === "child-submitted" &&
        recorded.joinSet === intent.joinSet &&
        recorded.function === intent.function &&
        sameJson(recorded.params, intent.params)
      );
    case "child-refused":
      return (
        intent.kind === "child-submitted" &&
        recorded.joinSet === intent.joinSet &&
        recorded.function === intent.function &&
        recorded.paramsDigest === intent.paramsDigest()
      );
    case "delay-submitted":
      return (
        intent.kind === "delay-submitted" &&
        recorded.joinSet === intent.joinSet &&
        sameJson(recorded.scheduleAt, intent.scheduleAt)
      );
    case "value-drawn":
      return (
        intent.kind === "value-drawn" && recorded.source === intent.source && sameJson(recorded.range, intent.range)
      );
  }
}

/** A platform failure is the same by its kind; its reason is text for people. */
function sameOutcome(a: Outcome, b: Outcome): boolean {
  if ("failure" in a || "failure" in b) return "failure" in a && "failure" in b && a.failure === b.failure;
  return sameJson(a, b);
}

/** Both sides are in canonical form with their keys in one order, so their texts decide. */
function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function diverged(recorded: Event, attempted: string): { kind: "diverged" } & Difference {
  return { kind: "diverged", version: recorded.version, recorded: describeEvent(recorded), attempted };
}

function describeIntent(intent: Intent): string {
  switch (intent.kind) {
    case "child-submitted":
      return describeCall(intent.function, intent.params, intent.joinSet);
    case "delay-submitted":
      return describeDelay(intent.scheduleAt, intent.joinSet);
    case "value-drawn":
      return describeDraw(intent);
  }
}

/** One line for a recorded event, in the words of a host call. */
export function describeEvent(event: EventBody): string {
  switch (event.kind) {
    case "child-submitted":
      return describeCall(event.function, event.params, event.joinSet);
    case "child-refused":
      return `call ${event.function} with params of digest ${event.paramsDigest} in join set ${event.joinSet}`;
    case "delay-submitted":
      return describeDelay(event.scheduleAt, event.joinSet);
    case "value-drawn":
      return describeDraw(event);
    case "finished":
      return `finish with ${clip(JSON.stringify(event.outcome))}`;
    default:
      return event.kind;
  }
}

function describeDelay(at: ScheduleAt, joinSet: JoinSetId): string {
  switch (at.kind) {
    case "now":
      return `delay until now in join set ${joinSet}`;
    case "at":
      return `delay until ${at.seconds} s ${at.nanoseconds} ns after 1970 in join set ${joinSet}`;
    case "in":
      return `delay of ${at.amount} ${at.unit} in join set ${joinSet}`;
  }
}

function describeDraw({ source, range }: { readonly source: DrawSource; readonly range: readonly Json[] }): string {
  return `${source}(${range.map((bound) => JSON.stringify(bound)).join(", ")})`;
}

function describeCall(name: FunctionName, params: readonly Json[], joinSet: JoinSetId): string {
  return `call ${name}${clip(JSON.stringify(params))} in join set ${joinSet}`;
}

function clip(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 500)}… (${text.length} characters)`;
}
