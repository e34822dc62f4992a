import type { InterfaceType, WitType } from "./type.ts";

/** The types of `obelisk:types@5.0.0` that the generated extension interfaces mention, as its WIT in `wit/` has them. */

const string: WitType = { kind: "string" };
const u64: WitType = { kind: "u64" };
const u32: WitType = { kind: "u32" };

const duration = variant("duration", { milliseconds: u64, seconds: u64, minutes: u32, hours: u32, days: u32 });
const datetime = record("datetime", { seconds: u64, nanoseconds: u32 });
export const scheduleAt = variant("schedule-at", { now: undefined, at: datetime, in: duration });

export const executionId = record("execution-id", { id: string });
const delayId = record("delay-id", { id: string });
const functionName = record("function", { "interface-name": string, "function-name": string });
const responseId = variant("response-id", { "execution-id": executionId, "delay-id": delayId });
const functionMismatch = record("function-mismatch", {
  "specified-function": functionName,
  "actual-function": { kind: "option", some: functionName },
  "actual-id": responseId,
});
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

const joinSet = { name: "join-set" };
export const joinSetBorrowed: WitType = { kind: "borrow", resource: joinSet };

/** Where these types are defined. Their interfaces hold more; only what is used here is named. */
export const obeliskTypes: readonly InterfaceType[] = [
  defining("obelisk:types/time@5.0.0", { duration, datetime, "schedule-at": scheduleAt }),
  defining("obelisk:types/execution@5.0.0", {
    "execution-id": executionId,
    "delay-id": delayId,
    function: functionName,
    "response-id": responseId,
    "function-mismatch": functionMismatch,
    "await-next-extension-error": awaitNextExtensionError,
    "get-extension-error": getExtensionError,
    "stub-error": stubError,
  }),
  defining("obelisk:types/join-set@5.0.0", { "join-set": { kind: "own", resource: joinSet } }),
];

function defining(name: string, types: Readonly<Record<string, WitType>>): InterfaceType {
  return { name, types: new Map(Object.entries(types)), functions: new Map() };
}

function record(name: string, fields: Readonly<Record<string, WitType>>): WitType {
  return { kind: "record", name, fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })) };
}

function variant(name: string, cases: Readonly<Record<string, WitType | undefined>>): WitType {
  return {
    kind: "variant",
    name,
    cases: Object.entries(cases).map(([one, type]) => (type === undefined ? { name: one } : { name: one, type })),
  };
}
