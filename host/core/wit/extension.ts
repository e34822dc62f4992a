import type { ExtensionName } from "../names.ts";
import {
  awaitNextExtensionError,
  executionId,
  getExtensionError,
  joinSetBorrowed,
  scheduleAt,
  stubError,
} from "./obelisk-types.ts";
import type { Field, FunctionType, InterfaceType, WitType } from "./type.ts";

/** A function that the host itself offers beside one of a component's. */
export interface ExtensionFunction {
  /** The component's function, in the interface that is extended. */
  readonly of: string;
  readonly role: ExtensionRole;
  readonly type: FunctionType;
}

type ExtensionRole = "submit" | "await-next" | "get" | "schedule" | "stub";

const rolesOf: Readonly<Record<ExtensionName["kind"], readonly ExtensionRole[]>> = {
  ext: ["submit", "await-next", "get"],
  schedule: ["schedule"],
  stub: ["stub"],
};

/** What an extension interface offers for these functions, by name: `place-submit`. */
export function extensionFunctions(
  kind: ExtensionName["kind"],
  functions: InterfaceType["functions"],
): ReadonlyMap<string, ExtensionFunction> {
  return new Map(
    [...functions].flatMap(([of, base]) =>
      rolesOf[kind].map((role) => [`${of}-${role}`, { of, role, type: typeFor(role, base) }] as const),
    ),
  );
}

function typeFor(role: ExtensionRole, { params, result }: FunctionType): FunctionType {
  switch (role) {
    case "submit":
      return { params: [before(params, "join-set", joinSetBorrowed), ...params], result: executionId };
    case "await-next":
      return {
        params: [{ name: "join-set", type: joinSetBorrowed }],
        result: resultOf(result, awaitNextExtensionError),
      };
    case "get":
      return { params: [{ name: "execution-id", type: executionId }], result: resultOf(result, getExtensionError) };
    case "schedule":
      return { params: [before(params, "schedule-at", scheduleAt), ...params], result: executionId };
    case "stub":
      return {
        params: [
          { name: "execution-id", type: executionId },
          ...(result === undefined ? [] : [{ name: "execution-result", type: result }]),
        ],
        result: resultOf(undefined, stubError),
      };
  }
}

function resultOf(ok: WitType | undefined, err: WitType): WitType {
  return ok === undefined ? { kind: "result", err } : { kind: "result", ok, err };
}

/** A parameter in front of others. No two may have one name, so it gives way: `join-set-a`. */
function before(params: readonly Field[], name: string, type: WitType): Field {
  return { name: freeName(name, (taken) => params.some((param) => param.name === taken)), type };
}

/** The name itself, or else the first of `name-a`, `name-a-a`, … that is not taken. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  return isTaken(name) ? freeName(`${name}-a`, isTaken) : name;
}
