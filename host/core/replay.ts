import { assert, unreachable } from "./assert.ts";
import type { Difference, DrawSource, Event, EventBody, JsonRequest, Outcome, ScheduleAt } from "./event.ts";
import type { Digest, ExecutionId, FunctionName, JoinSetId, Millis } from "./ids.ts";
import type { Json } from "./json.ts";

/** What a workflow asks of the host, as far as it is the workflow's own doing. */
export type Intent =
  | {
      readonly kind: "child-submitted";
      readonly request: "direct" | "typed" | JsonRequest;
      readonly joinSet: JoinSetId;
      /** Which of the join set's children it will be, from 1; follows from the history. */
      readonly index: number;
      readonly function: FunctionName;
      /** Of a JSON request as the workflow wrote them, otherwise canonical. */
      readonly params: Json;
      /** Computed only where it is needed. */
      readonly paramsDigest: () => Digest;
    }
  | {
      readonly kind: "delay-submitted";
      readonly joinSet: JoinSetId;
      readonly index: number;
      readonly scheduleAt: ScheduleAt;
    }
  | {
      readonly kind: "value-drawn";
      readonly source: DrawSource;
      readonly range: readonly Json[];
      /** Draws the value; called only when the intent is fresh. */
      readonly value: () => Json;
    }
  | {
      readonly kind: "execution-scheduled";
      readonly request: "typed" | JsonRequest;
      readonly function: FunctionName;
      readonly params: Json;
      readonly paramsDigest: () => Digest;
      readonly scheduleAt: ScheduleAt;
      /** The id that the workflow gave. */
      readonly execution: ExecutionId | undefined;
    }
  | {
      readonly kind: "stub-written";
      readonly execution: ExecutionId;
      readonly result: Json;
      readonly resultDigest: Digest;
    }
  | {
      readonly kind: "signal-requested";
      readonly joinSet: JoinSetId;
      readonly index: number;
      readonly channel: string;
    }
  | { readonly kind: "state-published"; readonly state: Json }
  | { readonly kind: "next-awaited"; readonly joinSet: JoinSetId }
  | { readonly kind: "next-tried"; readonly joinSet: JoinSetId; readonly found: boolean; readonly times: number }
  | { readonly kind: "join-set-closed"; readonly joinSet: JoinSetId; readonly waits: boolean };

type IntentKind = Intent["kind"] | "child-refused" | "request-refused";
export type IntentEvent = Extract<Event, { kind: IntentKind }>;
/** A submission that was declined answers itself. */
export type ResponseEvent = Extract<
  Event,
  {
    kind:
      | "child-finished"
      | "child-refused"
      | "delay-expired"
      | "delay-cancelled"
      | "signal-delivered"
      | "signal-cancelled";
  }
>;

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
  ): { readonly kind: "replayed" | "fresh" } | ({ readonly kind: "diverged" } & Difference) {
    const recorded = this.#peek();
    if (recorded === undefined) return { kind: "fresh" };
    if (recorded.kind === "continuing" && sameJson(recorded.params, params)) return { kind: "replayed" };
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

  /** A response may be older than what the guest has seen since; its time still never goes backwards. */
  #see(event: Event): void {
    if (event.at > this.#now) this.#now = event.at;
  }
}

/** Where the code of a workflow came to its end. */
type EndEvent = Extract<Event, { kind: "ended" | "finished" | "continuing" }>;

function isEnd(event: Event): event is EndEvent {
  return event.kind === "ended" || event.kind === "finished" || event.kind === "continuing";
}

const intentKinds: ReadonlySet<Event["kind"]> = new Set<IntentKind>([
  "child-submitted",
  "child-refused",
  "request-refused",
  "delay-submitted",
  "value-drawn",
  "execution-scheduled",
  "stub-written",
  "signal-requested",
  "state-published",
  "next-awaited",
  "next-tried",
  "join-set-closed",
]);

function isIntent(event: Event): event is IntentEvent {
  return intentKinds.has(event.kind);
}

function isResponse(event: Event): event is ResponseEvent {
  return (
    event.kind === "child-finished" ||
    event.kind === "delay-expired" ||
    event.kind === "delay-cancelled" ||
    event.kind === "signal-delivered" ||
    event.kind === "signal-cancelled" ||
    event.kind === "child-refused"
  );
}

function sameIntent(recorded: IntentEvent, intent: Intent): boolean {
  switch (recorded.kind) {
    case "child-submitted":
      return intent.kind === "child-submitted" && recorded.joinSet === intent.joinSet && sameCall(recorded, intent);
    case "execution-scheduled":
      return (
        intent.kind === "execution-scheduled" &&
        sameCall(recorded, intent) &&
        sameJson(recorded.scheduleAt, intent.scheduleAt) &&
        intent.execution === (recorded.generated ? undefined : recorded.execution)
      );
    case "child-refused":
      return (
        intent.kind === "child-submitted" &&
        recorded.joinSet === intent.joinSet &&
        recorded.function === intent.function &&
        recorded.paramsDigest === intent.paramsDigest()
      );
    case "request-refused":
      return (
        (intent.kind === "child-submitted" || intent.kind === "execution-scheduled") &&
        recorded.request === intent.request &&
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
    case "stub-written":
      return (
        intent.kind === "stub-written" &&
        recorded.execution === intent.execution &&
        recorded.resultDigest === intent.resultDigest
      );
    case "signal-requested":
      return (
        intent.kind === "signal-requested" && recorded.joinSet === intent.joinSet && recorded.channel === intent.channel
      );
    case "state-published":
      return intent.kind === "state-published" && sameJson(recorded.state, intent.state);
    case "next-awaited":
    case "next-tried":
    case "join-set-closed":
      return intent.kind === recorded.kind && intent.joinSet === recorded.joinSet;
  }
}

type Call = Extract<IntentEvent, { kind: "child-submitted" | "execution-scheduled" }>;

/** Parameters written as JSON are compared as they were written: what type they have is the deployment's affair. */
function sameCall(recorded: Call, intent: Extract<Intent, { kind: Call["kind"] }>): boolean {
  if (recorded.function !== intent.function) return false;
  if (recorded.given !== undefined) return isJsonRequest(intent.request) && recorded.given === intent.paramsDigest();
  return !isJsonRequest(intent.request) && sameJson(recorded.params, intent.params);
}

export function isJsonRequest(request: "direct" | "typed" | JsonRequest): request is JsonRequest {
  return request !== "direct" && request !== "typed";
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
    case "execution-scheduled":
      return describeSchedule(intent.function, intent.params, intent.scheduleAt);
    case "stub-written":
      return `write a result of digest ${intent.resultDigest} for ${intent.execution}`;
    case "signal-requested":
      return `receive a signal of ${intent.channel} in join set ${intent.joinSet}`;
    case "state-published":
      return `publish ${clip(JSON.stringify(intent.state))}`;
    case "next-awaited":
    case "next-tried":
    case "join-set-closed":
      return describeSetCall(intent);
    default:
      return unreachable(intent);
  }
}

/** One line for a recorded event, in the words of a host call. */
export function describeEvent(event: EventBody): string {
  switch (event.kind) {
    case "child-submitted":
      return describeCall(event.function, event.params, event.joinSet);
    case "child-refused":
      return `call ${event.function} with params of digest ${event.paramsDigest} in join set ${event.joinSet}`;
    case "request-refused":
      return `${event.request} ${event.function} with params of digest ${event.paramsDigest}`;
    case "delay-submitted":
      return describeDelay(event.scheduleAt, event.joinSet);
    case "value-drawn":
      return describeDraw(event);
    case "execution-scheduled":
      return describeSchedule(event.function, event.params, event.scheduleAt);
    case "stub-written":
      return `write a result of digest ${event.resultDigest} for ${event.execution}`;
    case "signal-requested":
      return `receive a signal of ${event.channel} in join set ${event.joinSet}`;
    case "state-published":
      return `publish ${clip(JSON.stringify(event.state))}`;
    case "next-awaited":
    case "next-tried":
    case "join-set-closed":
      return describeSetCall(event);
    case "continuing":
      return `continue as new with ${clip(JSON.stringify(event.params))}`;
    case "ended":
    case "finished":
      return `finish with ${clip(JSON.stringify(event.outcome))}`;
    default:
      return event.kind;
  }
}

function describeSetCall({
  kind,
  joinSet,
}: Extract<Intent, { kind: "next-awaited" | "next-tried" | "join-set-closed" }>) {
  const words = { "next-awaited": "await", "next-tried": "try", "join-set-closed": "close" } as const;
  return `${words[kind]} join set ${joinSet}`;
}

function describeSchedule(name: FunctionName, params: Json, at: ScheduleAt): string {
  return `schedule ${name}${clip(JSON.stringify(params))} ${describeTime(at)}`;
}

function describeTime(at: ScheduleAt): string {
  switch (at.kind) {
    case "now":
      return "until now";
    case "at":
      return `until ${at.seconds} s ${at.nanoseconds} ns after 1970`;
    case "in":
      return `of ${at.amount} ${at.unit}`;
  }
}

function describeDelay(at: ScheduleAt, joinSet: JoinSetId): string {
  return `delay ${describeTime(at)} in join set ${joinSet}`;
}

function describeDraw({ source, range }: { readonly source: DrawSource; readonly range: readonly Json[] }): string {
  return `${source}(${range.map((bound) => JSON.stringify(bound)).join(", ")})`;
}

function describeCall(name: FunctionName, params: Json, joinSet: JoinSetId): string {
  return `call ${name}${clip(JSON.stringify(params))} in join set ${joinSet}`;
}

function clip(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 500)}… (${text.length} characters)`;
}
