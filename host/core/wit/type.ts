/** A WIT value type, as read from a component. Named types keep their WIT name for messages. */
export type WitType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: "list"; readonly element: WitType; readonly length?: number }
  | { readonly kind: "option"; readonly some: WitType }
  | { readonly kind: "result"; readonly ok?: WitType; readonly err?: WitType }
  | { readonly kind: "tuple"; readonly items: readonly WitType[] }
  | { readonly kind: "record"; readonly name?: string; readonly fields: readonly Field[] }
  | { readonly kind: "variant"; readonly name?: string; readonly cases: readonly Case[] }
  | { readonly kind: "enum"; readonly name?: string; readonly cases: readonly string[] }
  | { readonly kind: "flags"; readonly name?: string; readonly flags: readonly string[] }
  | { readonly kind: "own" | "borrow"; readonly resource: ResourceType }
  | { readonly kind: "stream" | "future"; readonly element?: WitType }
  | { readonly kind: "error-context" };

export const primitiveKinds = [
  "bool",
  "u8",
  "u16",
  "u32",
  "u64",
  "s8",
  "s16",
  "s32",
  "s64",
  "f32",
  "f64",
  "char",
  "string",
] as const;

export type PrimitiveKind = (typeof primitiveKinds)[number];

export interface Field {
  readonly name: string;
  readonly type: WitType;
}

export interface Case {
  readonly name: string;
  readonly type?: WitType;
}

/** Two handles belong to one resource when they share this object. */
export interface ResourceType {
  readonly name: string;
}

export interface FunctionType {
  readonly params: readonly Field[];
  /** Absent when the function returns nothing. */
  readonly result?: WitType;
}

/** One imported or exported interface: `ns:pkg/ifc` with its optional `@version`. */
export interface InterfaceType {
  readonly name: string;
  /** The types that it names, its own and those it uses of others, a resource as its owned handle. The same type
   *  under several names, or in several interfaces of one component, is the same object; its first place defines it. */
  readonly types: ReadonlyMap<string, WitType>;
  /** By WIT name, methods as `[method]resource.name`. */
  readonly functions: ReadonlyMap<string, FunctionType>;
}

/** What a component asks for and offers, by interface name. A function that the world
 *  imports or exports outside of any interface stands under the name `$root`. */
export interface ComponentType {
  readonly imports: ReadonlyMap<string, InterfaceType>;
  readonly exports: ReadonlyMap<string, InterfaceType>;
}
