import { createHash } from "node:crypto";
import type { Event, EventBody, Outcome } from "../../host/core/event.ts";
import type {
  DelayId,
  Digest,
  ExecutionId,
  ExecutionKey,
  FunctionName,
  JoinSetId,
  Millis,
} from "../../host/core/ids.ts";
import type { Intent } from "../../host/core/intent.ts";
import type { Json } from "../../host/core/json.ts";

/** Hand-made histories for tests of the core: one event every second. */
export const executionId = "E_01K42AJA8QHD7D3GTJAYMASFY0" as ExecutionId;
export const startedAt = 1_700_000_000_000;

export function historyOf(...bodies: EventBody[]): Event[] {
  return bodies.map((body, version) => ({ ...body, version, at: (startedAt + version * 1000) as Millis }));
}

export function created(params: readonly Json[] = []): EventBody {
  return { kind: "created", function: "t:t/i.go" as FunctionName, params, component: digest("component") };
}

export function childSubmitted(n: number, name: string, params: readonly Json[]): EventBody {
  const { joinSet, function: functionName } = callIntent(n, name, params);
  return {
    kind: "child-submitted",
    joinSet,
    function: functionName,
    params,
    child: child(n, name),
    childKey: n as ExecutionKey,
  };
}

export function childFinished(n: number, outcome: Outcome, name = "step"): EventBody {
  return { kind: "child-finished", joinSet: joinSetOf(n, name), index: 1, outcome };
}

export function slept(n: number, seconds: number): EventBody {
  const { joinSet, scheduleAt } = sleepIntent(n, seconds);
  return {
    kind: "delay-submitted",
    joinSet,
    scheduleAt,
    delay: delay(n),
    dueAt: (startedAt + seconds * 1000) as Millis,
  };
}

export function awoke(n: number): EventBody {
  return { kind: "delay-expired", joinSet: sleepIntent(n, 0).joinSet, delay: delay(n) };
}

export function drawn(min: string, max: string, value: string): EventBody {
  return { kind: "value-drawn", source: "random-u64", range: [min, max], value };
}

export function callIntent(
  n: number,
  name: string,
  params: readonly Json[],
): Extract<Intent, { kind: "child-submitted" }> {
  return {
    kind: "child-submitted",
    request: "direct",
    joinSet: joinSetOf(n, name),
    index: 1,
    function: `t:t/i.${name}` as FunctionName,
    params,
    paramsDigest: () => digest(JSON.stringify(params)),
  };
}

export function sleepIntent(n: number, seconds: number): Extract<Intent, { kind: "delay-submitted" }> {
  return {
    kind: "delay-submitted",
    joinSet: `o:${n}` as JoinSetId,
    index: 1,
    scheduleAt: { kind: "in", unit: "seconds", amount: seconds },
  };
}

function joinSetOf(n: number, name: string): JoinSetId {
  return `o:${n}-${name}` as JoinSetId;
}

function child(n: number, name: string): ExecutionId {
  return `${executionId}.${joinSetOf(n, name)}_1` as ExecutionId;
}

function delay(n: number): DelayId {
  return `${executionId.replace("E_", "D_")}.o:${n}_1` as DelayId;
}

function digest(text: string): Digest {
  return `sha256:${createHash("sha256").update(text).digest("hex")}` as Digest;
}
