import type { FunctionType, ResourceType, WitType } from "../core/wit/type.ts";

/** Sorts of the core index spaces, as the binary numbers them. */
export const coreSorts = ["func", "table", "memory", "global"] as const;
export type CoreSort = (typeof coreSorts)[number];

/** Sorts of the component's own index spaces that have something at run time. */
export type Sort = "module" | "func" | "type" | "component" | "instance";

export interface Ref {
  readonly sort: Sort;
  readonly index: number;
}

export interface CanonOptions {
  readonly encoding: "utf8" | "utf16" | "latin1+utf16";
  /** Indices into the core index spaces. */
  readonly memory?: number;
  readonly realloc?: number;
  readonly postReturn?: number;
}

/** What is done, in this order, to make an instance. Everything that a step makes takes the next place in its index space. */
export type PlanStep =
  | { readonly kind: "core-module"; readonly module: number }
  | {
      readonly kind: "core-instance";
      readonly module: number;
      readonly args: readonly (readonly [name: string, instance: number])[];
    }
  | {
      readonly kind: "core-bundle";
      readonly exports: readonly { readonly name: string; readonly sort: CoreSort; readonly index: number }[];
    }
  | { readonly kind: "core-alias"; readonly sort: CoreSort; readonly instance: number; readonly name: string }
  | { readonly kind: "component"; readonly plan: ComponentPlan }
  | {
      readonly kind: "instance";
      readonly component: number;
      readonly args: readonly (readonly [name: string, of: Ref])[];
    }
  | { readonly kind: "bundle"; readonly exports: readonly (readonly [name: string, of: Ref])[] }
  | { readonly kind: "alias"; readonly sort: Sort; readonly instance: number; readonly name: string }
  | { readonly kind: "outer"; readonly sort: Sort; readonly count: number; readonly index: number }
  | { readonly kind: "type"; readonly resource?: ResourceType; readonly destructor?: number }
  | { readonly kind: "import"; readonly name: string; readonly of: ImportDescription }
  | { readonly kind: "export"; readonly name: string; readonly of: Ref }
  | { readonly kind: "lift"; readonly core: number; readonly type: FunctionType; readonly options: CanonOptions }
  | { readonly kind: "lower"; readonly func: number; readonly options: CanonOptions }
  | { readonly kind: "resource-new" | "resource-rep" | "resource-drop"; readonly resource: ResourceType };

export type InstanceExport =
  | { readonly sort: "func"; readonly type: FunctionType }
  | { readonly sort: "instance"; readonly exports: ReadonlyMap<string, InstanceExport> }
  | { readonly sort: "type"; readonly type: WitType | undefined };

export type ImportDescription = InstanceExport | { readonly sort: "component" } | { readonly sort: "module" };

export interface ComponentPlan {
  readonly steps: readonly PlanStep[];
}
