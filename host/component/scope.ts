import type { FunctionType, WitType } from "../core/wit/type.ts";
import type { InstanceExport } from "./plan.ts";

export type TypeEntry =
  | {
      readonly kind: "value";
      readonly type: WitType;
      /** Present where a resource type is defined, not merely named. */
      readonly defines?: { readonly destructor?: number };
    }
  | { readonly kind: "func"; readonly type: FunctionType; readonly async?: boolean }
  | { readonly kind: "instance"; readonly exports: ReadonlyMap<string, InstanceExport> }
  | { readonly kind: "component"; readonly type: { readonly exports: ReadonlyMap<string, InstanceExport> } }
  /** Something that has no values, such as an exported function type. */
  | { readonly kind: "opaque" };

/** What is known of the index spaces of one component, or component type, while it is read. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly level: number;
  readonly types: TypeEntry[];
  readonly funcs: FunctionType[];
  readonly instances: ReadonlyMap<string, InstanceExport>[];
  /** What each component exports. */
  readonly components: ReadonlyMap<string, InstanceExport>[];
  readonly depth: { now: number };
}

export function newScope(parent: Scope | undefined): Scope {
  const level = parent === undefined ? 0 : parent.level + 1;
  return { parent, level, types: [], funcs: [], instances: [], components: [], depth: parent?.depth ?? { now: 0 } };
}
