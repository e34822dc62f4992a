import type { Outcome, RefusalError, StubAnswer } from "../core/event.ts";
import { type ExecutionId, type FunctionName, type Millis, nameProblem, parseExecutionId } from "../core/ids.ts";
import { type Json, parseJson } from "../core/json.ts";
import { parseFunctionName } from "../core/names.ts";
import { RandomGenerator } from "../core/random.ts";
import { executionFailedJson, GuestErr } from "../core/wit/signature.ts";
import type { HostInterface } from "../ports/components.ts";
import { guestResponseId, JoinSet } from "./join-set-resource.ts";
import type { Response } from "./run-join-set.ts";
import { datetime, type GuestScheduleAt, scheduleAt } from "./schedule.ts";
import type { Refused, WorkflowCalls } from "./workflow-calls.ts";

/** Records and variants of `obelisk:types/execution` as they come from a guest and go to it. */
interface GuestId {
  readonly id: string;
}
interface GuestFunction {
  readonly interfaceName: string;
  readonly functionName: string;
}
/** `result<option<string>, option<string>>` */
interface JsonResult {
  readonly tag: "ok" | "err";
  readonly val: string | undefined;
}

/** `obelisk:workflow/workflow-support@6.0.0` for one run. */
export function workflowSupport(run: WorkflowCalls): HostInterface {
  return {
    executionIdCurrent: () => ({ id: run.id }),
    executionIdGenerate: () => ({ id: run.generateId() }),
    randomU64: (min: bigint, maxExclusive: bigint) => drawInteger(run, "random-u64", min, maxExclusive),
    randomU64Inclusive: (min: bigint, max: bigint) => drawInteger(run, "random-u64-inclusive", min, max),
    randomString: (minLength: number, maxLengthExclusive: number) => drawString(run, minLength, maxLengthExclusive),
    sleep: (at: GuestScheduleAt, name: string | undefined) => sleep(run, at, name),
    ...joinSetFunctions(run),
    ...jsonFunctions(run),
    getResultJson: (id: GuestId) => jsonResult(consumed(run, id)),
    getExecutionFailureKind: (id: GuestId) => {
      const { outcome } = consumed(run, id);
      return "failure" in outcome ? outcome.failure : undefined;
    },
    lastDirectCallId: () => run.lastCall && { id: run.lastCall },
    lastOneoffId: () => run.lastOneOff && guestResponseId(run.lastOneOff),
  };
}

function joinSetFunctions(run: WorkflowCalls): HostInterface {
  return {
    joinSetCreate: () => createJoinSet(run, undefined),
    joinSetCreateNamed: (name: string) => createJoinSet(run, name),
    joinSetClose: ({ set }: JoinSet) => run.closeJoinSet(set),
    submitDelay: ({ set }: JoinSet, timeout: GuestScheduleAt) => ({
      id: run.submitDelay(set, scheduleAt(run, timeout)),
    }),
    joinNext: ({ set }: JoinSet) => soon(run.next(set), (response) => jsonResult(response ?? fail("all-processed"))),
    joinNextTry: ({ set }: JoinSet) =>
      soon(run.tryNext(set), (response) => {
        if (response === "pending") return fail("pending");
        return jsonResult(response ?? fail("all-processed"));
      }),
  };
}

function jsonFunctions(run: WorkflowCalls): HostInterface {
  return {
    submitJson: ({ set }: JoinSet, target: GuestFunction, params: string) => {
      const child = run.submit(set, jsonCall("submit-json", target, params));
      return typeof child === "string" ? { id: child } : refusal(child);
    },
    callJson: (target: GuestFunction, params: string) =>
      soon(run.call(jsonCall("call-json", target, params)), (child) =>
        "refused" in child ? refusal(child) : jsonResult(child),
      ),
    scheduleJson: (id: GuestId, at: GuestScheduleAt, target: GuestFunction, params: string) => {
      const call = jsonCall("schedule-json", target, params);
      const execution = parseExecutionId(id.id);
      if (!execution.ok) throw new GuestErr({ tag: "type-check-error", val: execution.problem });
      const scheduled = run.schedule(call, scheduleAt(run, at), execution.value);
      if (typeof scheduled !== "string") refusal(scheduled);
    },
    stubJson: (id: GuestId, resultJson: string) => {
      const result = parseJson("the result", resultJson);
      if (!result.ok) throw new GuestErr({ tag: "type-check-error", val: result.problem });
      stubbed(run.writeStub(executionId(id), result.value));
    },
  };
}

/** The guest's err of an enum or of a variant's bare case. */
function fail(name: string): never {
  throw new GuestErr({ tag: name });
}

function soon<T, R>(value: T | Promise<T>, then: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}

function createJoinSet(run: WorkflowCalls, name: string | undefined): JoinSet {
  const problem = name === undefined ? undefined : nameProblem(name);
  if (problem !== undefined) throw new GuestErr({ tag: "invalid-name", val: problem });
  const set = run.createJoinSet(name);
  return set === undefined ? fail("conflict") : new JoinSet(run, set);
}

function jsonCall<Request extends "submit-json" | "call-json" | "schedule-json">(
  request: Request,
  { interfaceName, functionName }: GuestFunction,
  text: string,
): { request: Request; function: FunctionName; params: Json } {
  const name = parseFunctionName(`${interfaceName}.${functionName}`);
  if (!name.ok) throw new GuestErr({ tag: "ffqn-parsing-error", val: name.problem });
  const params = parseJson("params", text);
  if (!params.ok) throw new GuestErr({ tag: "type-check-error", val: params.problem });
  return { request, function: name.value, params: params.value };
}

function refusal({ refused: error }: Refused): never {
  throw new GuestErr(refusalValue(error));
}

function refusalValue(error: RefusalError): unknown {
  return typeof error === "string" ? { tag: error } : { tag: "type-check-error", val: error.typeCheckError };
}

/** `stub-error` and `stub-json-error`. */
export function stubbed(answer: StubAnswer): void {
  if (answer === "ok") return;
  throw new GuestErr(
    typeof answer === "string" ? { tag: answer } : { tag: "type-check-error", val: answer.typeCheckError },
  );
}

function executionId({ id }: GuestId): ExecutionId {
  const execution = parseExecutionId(id);
  if (!execution.ok) throw new GuestErr({ tag: "execution-id-parsing-error", val: execution.problem });
  return execution.value;
}

function consumed(run: WorkflowCalls, id: GuestId): Response & { readonly kind: "child" } {
  return run.consumed(executionId(id)) ?? fail("not-found-in-processed-responses");
}

function jsonResult(response: Response): JsonResult {
  if (response.kind === "delay") return { tag: response.cancelled ? "err" : "ok", val: undefined };
  const { outcome, returns } = response;
  if ("ok" in outcome) return { tag: "ok", val: returns.ok ? JSON.stringify(outcome.ok) : undefined };
  return { tag: "err", val: returns.err ? JSON.stringify(errJson(outcome)) : undefined };
}

/** A platform failure looks like an err of the child's own type. */
function errJson(outcome: Exclude<Outcome, { ok: Json }>): Json {
  return "err" in outcome ? outcome.err : executionFailedJson;
}

function drawInteger(
  run: WorkflowCalls,
  source: "random-u64" | "random-u64-inclusive",
  min: bigint,
  max: bigint,
): bigint {
  const empty = source === "random-u64" ? min >= max : min > max;
  if (empty) run.trap(`${source}(${min}, ${max}): the range is empty`);
  const span = max - min + (source === "random-u64" ? 0n : 1n);
  const drawn = run.draw(source, [String(min), String(max)], (n) => String(min + drawGenerator(run.id, n).below(span)));
  return BigInt(drawn as string);
}

function drawString(run: WorkflowCalls, minLength: number, maxLengthExclusive: number): string {
  if (minLength >= maxLengthExclusive) {
    run.trap(`random-string(${minLength}, ${maxLengthExclusive}): the range of lengths is empty`);
  }
  const range = [minLength, maxLengthExclusive];
  return run.draw("random-string", range, (n) => {
    const generator = drawGenerator(run.id, n);
    return generator.text(minLength + Number(generator.below(BigInt(maxLengthExclusive - minLength))));
  }) as string;
}

/** A generator of its own for each draw: what is drawn depends on the execution and the draw's place alone. */
function drawGenerator(id: ExecutionId, n: number): RandomGenerator {
  return new RandomGenerator(`${id} draw ${n}`);
}

function sleep(run: WorkflowCalls, at: GuestScheduleAt, name: string | undefined): unknown {
  const problem = name === undefined || name === "" ? undefined : nameProblem(name);
  if (problem !== undefined) run.trap(`a sleep can't be named ${problem}`);
  return soon(run.sleep(scheduleAt(run, at), name), (dueAt: Millis | undefined) => {
    if (dueAt === undefined) throw new GuestErr();
    return datetime(dueAt);
  });
}
