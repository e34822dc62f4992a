import { unreachable } from "./assert.ts";
import type { DrawSource, EventBody, ScheduleAt } from "./event.ts";
import type { FunctionName, JoinSetId } from "./ids.ts";
import type { Intent } from "./intent.ts";
import type { Json } from "./json.ts";

/** One line for what a workflow asks. */
export function describeIntent(intent: Intent): string {
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

export function clip(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 500)}… (${text.length} characters)`;
}
