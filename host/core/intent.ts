import type { DrawSource, Event, JsonRequest, ScheduleAt } from "./event.ts";
import type { Digest, ExecutionId, FunctionName, JoinSetId } from "./ids.ts";
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

export function isIntent(event: Event): event is IntentEvent {
  return intentKinds.has(event.kind);
}

export function isResponse(event: Event): event is ResponseEvent {
  return (
    event.kind === "child-finished" ||
    event.kind === "delay-expired" ||
    event.kind === "delay-cancelled" ||
    event.kind === "signal-delivered" ||
    event.kind === "signal-cancelled" ||
    event.kind === "child-refused"
  );
}

/** Whether the workflow asks for what was recorded. */
export function sameIntent(recorded: IntentEvent, intent: Intent): boolean {
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

/** Both sides are in canonical form with their keys in one order, so their texts decide. */
export function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
