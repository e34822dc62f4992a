import {
  datetime,
  delayId,
  executionFailureKind,
  executionId,
  functionName,
  joinSet,
  joinSetBorrowed,
  responseId,
  scheduleAt,
  scheduleJsonError,
} from "./obelisk-types.ts";
import type { FunctionType } from "./type.ts";
import { func, option, result, string, u16, u64, variant } from "./written-types.ts";

/** What a child returned, as JSON. */
const resultJson = result(option(string), option(string));

const createError = variant("join-set-create-error", { conflict: undefined, "invalid-name": string });
const getError = variant("get-result-json-error", {
  "execution-id-parsing-error": string,
  "not-found-in-processed-responses": undefined,
});
const submitError = variant("submit-json-error", {
  "ffqn-parsing-error": string,
  "function-not-found": undefined,
  "type-check-error": string,
});
const joinNextError = variant("join-next-error", { "all-processed": undefined });
const joinNextTryError = variant("join-next-try-error", { "all-processed": undefined, pending: undefined });
const stubError = variant("stub-json-error", {
  "execution-id-parsing-error": string,
  "execution-not-found": undefined,
  "type-check-error": string,
  conflict: undefined,
});

const inJoinSet = { "join-set": joinSetBorrowed };
const call = { function: functionName, params: string };

/** The functions of `obelisk:workflow/workflow-support@6.0.0`, as its WIT in `wit/` has them. */
export const workflowSupportTypes: ReadonlyMap<string, FunctionType> = new Map(
  Object.entries({
    "execution-id-current": func({}, executionId),
    "random-u64": func({ min: u64, "max-exclusive": u64 }, u64),
    "random-u64-inclusive": func({ min: u64, "max-inclusive": u64 }, u64),
    "random-string": func({ "min-length": u16, "max-length-exclusive": u16 }, string),
    sleep: func({ "schedule-at": scheduleAt, name: option(string) }, result(datetime)),
    "join-set-create": func({}, joinSet),
    "join-set-create-named": func({ name: string }, result(joinSet, createError)),
    "join-set-close": func({ self: joinSet }),
    "submit-json": func({ ...inJoinSet, ...call }, result(executionId, submitError)),
    "get-result-json": func({ "execution-id": executionId }, result(resultJson, getError)),
    "get-execution-failure-kind": func({ "execution-id": executionId }, result(option(executionFailureKind), getError)),
    "last-direct-call-id": func({}, option(executionId)),
    "last-oneoff-id": func({}, option(responseId)),
    "submit-delay": func({ ...inJoinSet, timeout: scheduleAt }, delayId),
    "join-next": func(inJoinSet, result(resultJson, joinNextError)),
    "join-next-try": func(inJoinSet, result(resultJson, joinNextTryError)),
    "execution-id-generate": func({}, executionId),
    "schedule-json": func(
      { "execution-id": executionId, "schedule-at": scheduleAt, ...call },
      result(undefined, scheduleJsonError),
    ),
    "call-json": func(call, result(resultJson, scheduleJsonError)),
    "stub-json": func({ "execution-id": executionId, "result-json": string }, result(undefined, stubError)),
  }),
);

const line = func({ message: string });

/** The functions of `obelisk:log/log@1.0.0`. */
export const logTypes: ReadonlyMap<string, FunctionType> = new Map(
  Object.entries({ trace: line, debug: line, info: line, warn: line, error: line }),
);
