import type { FunctionType, WitType } from "./type.ts";

/** Short forms for types that are written in code, in the order of their WIT. */

export const bool: WitType = { kind: "bool" };
export const string: WitType = { kind: "string" };
export const u64: WitType = { kind: "u64" };
export const u32: WitType = { kind: "u32" };
export const u16: WitType = { kind: "u16" };
export const u8: WitType = { kind: "u8" };
export const s32: WitType = { kind: "s32" };

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

export function enumeration(name: string, cases: readonly string[]): WitType {
  return { kind: "enum", name, cases };
}

export function flags(name: string, named: readonly string[]): WitType {
  return { kind: "flags", name, flags: named };
}

export function own(resource: string): WitType {
  return { kind: "own", resource: { name: resource } };
}

export function borrow(resource: string): WitType {
  return { kind: "borrow", resource: { name: resource } };
}

export function list(element: WitType): WitType {
  return { kind: "list", element };
}

export function tuple(...items: readonly WitType[]): WitType {
  return { kind: "tuple", items };
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

/** Methods of a resource by their short names, `self` left out. */
export function methods(
  resource: string,
  short: Readonly<Record<string, FunctionType>>,
): Readonly<Record<string, FunctionType>> {
  const self = { name: "self", type: borrow(resource) };
  return Object.fromEntries(
    Object.entries(short).map(([name, type]) => [
      `[method]${resource}.${name}`,
      { ...type, params: [self, ...type.params] },
    ]),
  );
}

/** Functions by their WIT names, by interface. */
export type WrittenInterfaces = Readonly<Record<string, Readonly<Record<string, FunctionType>>>>;
