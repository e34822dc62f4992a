import { type ExecutionId, type FunctionName, parseExecutionId } from "../core/ids.ts";
import { type ExtensionName, kebabToCamel, splitFunctionName } from "../core/names.ts";
import { codecFor } from "../core/wit/json.ts";
import { GuestErr, outcomeFromGuest, outcomeValue } from "../core/wit/signature.ts";
import type { FunctionType, InterfaceType, WitType } from "../core/wit/type.ts";
import type { HostInterface } from "../ports/components.ts";
import { guestResponseId, type JoinSet } from "./join-set-resource.ts";
import type { Response, ResponseId } from "./run-join-set.ts";
import { type GuestScheduleAt, scheduleAt } from "./schedule.ts";
import type { WorkflowCalls } from "./workflow-calls.ts";
import { stubbed } from "./workflow-support.ts";

type Call = (run: WorkflowCalls, args: readonly unknown[]) => unknown;

/** The functions that the host itself offers beside an exported interface, for one component that imports them. */
export function extensionCalls(
  { base, kind }: ExtensionName,
  { functions }: InterfaceType,
): (run: WorkflowCalls) => HostInterface {
  const calls = [...functions].flatMap(([name, type]) => {
    const call = callOf(kind, base, name, type);
    return call === undefined ? [] : [{ property: kebabToCamel(name), call }];
  });
  return (run) => {
    const bound: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { property, call } of calls) bound[property] = (...args: unknown[]) => call(run, args);
    return bound;
  };
}

/** Undefined when the function is none of the extension's, which the deployment has refused already. */
function callOf(kind: ExtensionName["kind"], base: string, name: string, type: FunctionType): Call | undefined {
  const of = (suffix: string) =>
    name.endsWith(suffix) ? functionName(base, name.slice(0, -suffix.length)) : undefined;
  const make = (suffix: string, call: (name: FunctionName, type: FunctionType) => Call) => {
    const target = of(suffix);
    return target && call(target, type);
  };
  switch (kind) {
    case "ext":
      return make("-submit", submit) ?? make("-await-next", awaitNext) ?? make("-get", get);
    case "schedule":
      return make("-schedule", schedule);
    case "stub":
      return make("-stub", stub);
  }
}

function functionName(base: string, name: string): FunctionName {
  return `${base}.${name}` as FunctionName;
}

/** The codecs of a function's own parameters, after the one that the extension puts first. */
function paramsAfterFirst(
  type: FunctionType,
): (args: readonly unknown[]) => ReturnType<ReturnType<typeof codecFor>["toJson"]>[] {
  const codecs = type.params.slice(1).map((param) => codecFor(param.type));
  return (args) => codecs.map((codec, i) => codec.toJson(args[i + 1]));
}

function submit(name: FunctionName, type: FunctionType): Call {
  const params = paramsAfterFirst(type);
  return (run, args) => {
    const child = run.submit((args[0] as JoinSet).set, { request: "typed", function: name, params: params(args) });
    return typeof child === "string" ? { id: child } : run.trap(`${name} was declined: ${JSON.stringify(child)}`);
  };
}

function schedule(name: FunctionName, type: FunctionType): Call {
  const params = paramsAfterFirst(type);
  return (run, args) => {
    const at = scheduleAt(run, args[0] as GuestScheduleAt);
    const id = run.schedule({ request: "typed", function: name, params: params(args) }, at, undefined);
    return typeof id === "string" ? { id } : run.trap(`${name} was declined: ${JSON.stringify(id)}`);
  };
}

function awaitNext(name: FunctionName, type: FunctionType): Call {
  const returned = okOf(type);
  return (run, args) => {
    const response = run.next((args[0] as JoinSet).set);
    const value = (consumed: Response | undefined) => {
      if (consumed === undefined) throw new GuestErr({ tag: "all-processed" });
      return resultOf(name, returned, consumed);
    };
    return response instanceof Promise ? response.then(value) : value(response);
  };
}

function get(name: FunctionName, type: FunctionType): Call {
  const returned = okOf(type);
  return (run, args) => {
    const { id } = args[0] as { readonly id: ExecutionId };
    const consumed = run.consumed(id);
    if (consumed === undefined) throw new GuestErr({ tag: "not-found-in-processed-responses" });
    return resultOf(name, returned, consumed);
  };
}

function stub(_: FunctionName, { params }: FunctionType): Call {
  const result = params[1]?.type;
  return (run, args) => {
    const { id } = args[0] as { readonly id: string };
    const outcome = outcomeFromGuest({ params: [], ...(result && { result }) }, args[1]);
    const execution = parseExecutionId(id);
    stubbed(execution.ok ? run.writeStub(execution.value, outcome) : "execution-not-found");
  };
}

/** R of `result<R, …>`. */
function okOf({ result }: FunctionType): WitType | undefined {
  return result?.kind === "result" ? result.ok : undefined;
}

/** The child's result as a value of the function's own type. */
function resultOf(name: FunctionName, type: WitType | undefined, response: Response): unknown {
  if (response.kind === "child" && response.function === name) return outcomeValue(type, response.outcome);
  const actual = response.kind === "child" ? guestFunction(response.function) : undefined;
  const mismatch = {
    specifiedFunction: guestFunction(name),
    actualFunction: actual,
    actualId: guestResponseId(response satisfies ResponseId),
  };
  throw new GuestErr({ tag: "function-mismatch", val: mismatch });
}

function guestFunction(name: FunctionName): { interfaceName: string; functionName: string } {
  return splitFunctionName(name);
}
