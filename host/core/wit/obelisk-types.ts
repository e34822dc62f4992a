import type { FunctionType, InterfaceType, WitType } from "./type.ts";
import { func, option, record, string, u32, u64, variant } from "./written-types.ts";

/** `obelisk:types@5.0.0` as its WIT in `wit/` has it, without backtraces, which no function takes or returns. */

const duration = variant("duration", { milliseconds: u64, seconds: u64, minutes: u32, hours: u32, days: u32 });
export const datetime = record("datetime", { seconds: u64, nanoseconds: u32 });
export const scheduleAt = variant("schedule-at", { now: undefined, at: datetime, in: duration });

export const executionId = record("execution-id", { id: string });
export const delayId = record("delay-id", { id: string });
export const functionName = record("function", { "interface-name": string, "function-name": string });
export const responseId = variant("response-id", { "execution-id": executionId, "delay-id": delayId });
const functionMismatch = record("function-mismatch", {
  "specified-function": functionName,
  "actual-function": option(functionName),
  "actual-id": responseId,
});
export const executionFailureKind: WitType = {
  kind: "enum",
  name: "execution-failure-kind",
  cases: ["timed-out", "nondeterminism-detected", "out-of-fuel", "cancelled", "uncategorized"],
};
export const awaitNextExtensionError = variant("await-next-extension-error", {
  "all-processed": undefined,
  "function-mismatch": functionMismatch,
});
export const getExtensionError = variant("get-extension-error", {
  "function-mismatch": functionMismatch,
  "not-found-in-processed-responses": undefined,
});
export const stubError = variant("stub-error", {
  "execution-not-found": undefined,
  "type-check-error": string,
  conflict: undefined,
});
export const scheduleJsonError = variant("schedule-json-error", {
  "ffqn-parsing-error": string,
  "function-not-found": undefined,
  "type-check-error": string,
});

const joinSetResource = { name: "join-set" };
export const joinSet: WitType = { kind: "own", resource: joinSetResource };
export const joinSetBorrowed: WitType = { kind: "borrow", resource: joinSetResource };

export const obeliskTypes: readonly InterfaceType[] = [
  defining("obelisk:types/time@5.0.0", { duration, datetime, "schedule-at": scheduleAt }),
  defining("obelisk:types/execution@5.0.0", {
    "execution-id": executionId,
    "delay-id": delayId,
    function: functionName,
    "response-id": responseId,
    "function-mismatch": functionMismatch,
    "execution-failure-kind": executionFailureKind,
    "await-next-extension-error": awaitNextExtensionError,
    "get-extension-error": getExtensionError,
    "stub-error": stubError,
    "schedule-json-error": scheduleJsonError,
  }),
  defining(
    "obelisk:types/join-set@5.0.0",
    { "response-id": responseId, "join-set": joinSet },
    {
      "[method]join-set.id": func({ self: joinSetBorrowed }, string),
      "[method]join-set.last-id": func({ self: joinSetBorrowed }, option(responseId)),
    },
  ),
];

function defining(
  name: string,
  types: Readonly<Record<string, WitType>>,
  functions: Readonly<Record<string, FunctionType>> = {},
): InterfaceType {
  return { name, types: new Map(Object.entries(types)), functions: new Map(Object.entries(functions)) };
}
