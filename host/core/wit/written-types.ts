import type { FunctionType, WitType } from "./type.ts";

/** Short forms for types that are written in code, in the order of their WIT. */

export const string: WitType = { kind: "string" };
export const u64: WitType = { kind: "u64" };
export const u32: WitType = { kind: "u32" };
export const u16: WitType = { kind: "u16" };

export function record(name: string, fields: Readonly<Record<string, WitType>>): WitType {
  return { kind: "record", name, fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })) };
}

export function variant(name: string, cases: Readonly<Record<string, WitType | undefined>>): WitType {
  return {
    kind: "variant",
    name,
    cases: Object.entries(cases).map(([one, type]) => (type === undefined ? { name: one } : { name: one, type })),
  };
}

export function option(some: WitType): WitType {
  return { kind: "option", some };
}

export function result(ok?: WitType, err?: WitType): WitType {
  return { kind: "result", ...(ok !== undefined && { ok }), ...(err !== undefined && { err }) };
}

export function func(params: Readonly<Record<string, WitType>>, returned?: WitType): FunctionType {
  return {
    params: Object.entries(params).map(([name, type]) => ({ name, type })),
    ...(returned !== undefined && { result: returned }),
  };
}
