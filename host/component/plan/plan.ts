import type { ComponentType, FunctionType, ResourceType } from "../../core/wit/type.ts";
import type { CoreSignature } from "../binary/core-module.ts";
import type { CoreSort, StringEncoding } from "../binary/syntax.ts";

/** How an instance of a component is made and called. Components within it are dissolved: what they would do at run time
 *  is known before, so only core instances and the functions between them are left. Plain values, fit for structured clone. */
export interface ComponentPlan {
  readonly type: ComponentType;
  /** Where each core module lies in the component's bytes. */
  readonly modules: readonly ModuleSlice[];
  /** The core instances, in the order in which they are made. */
  readonly steps: readonly ModuleStep[];
  /** How many component instances there are: each has handles of its own. */
  readonly instances: number;
  readonly memories: readonly MemoryPlan[];
  readonly lowered: readonly LoweredFunction[];
  readonly lifted: readonly LiftedFunction[];
  readonly resources: ReadonlyMap<ResourceType, ResourcePlan>;
  /** By interface, then by function. */
  readonly exports: ReadonlyMap<string, ReadonlyMap<string, FunctionSource>>;
}

export interface ModuleSlice {
  readonly start: number;
  readonly end: number;
}

export interface ModuleStep {
  readonly module: number;
  readonly imports: readonly ModuleImports[];
}

/** All that is imported from one module name. */
export interface ModuleImports {
  readonly module: string;
  readonly items: readonly { readonly name: string; readonly item: CoreItem }[];
}

/** Something that core code imports, or that is called in it. */
export type CoreItem =
  | {
      readonly kind: "export";
      readonly instance: number;
      readonly name: string;
      readonly sort: CoreSort;
      readonly signature?: CoreSignature;
    }
  | { readonly kind: "lowered"; readonly index: number; readonly signature: CoreSignature }
  | {
      readonly kind: "resource-new" | "resource-rep" | "resource-drop";
      readonly resource: ResourceType;
      /** The component instance whose handles it is about. */
      readonly instance: number;
      readonly signature: CoreSignature;
    };

/** The memory through which values of some functions pass. */
export interface MemoryPlan {
  readonly encoding: StringEncoding;
  readonly memory: CoreItem | undefined;
  readonly realloc: CoreItem | undefined;
  readonly instance: number;
}

/** Where a function comes from: the host, or a core function of the component itself. */
export type FunctionSource =
  | {
      readonly kind: "host";
      readonly interfaceName: string;
      readonly functionName: string;
      readonly type: FunctionType;
    }
  | { readonly kind: "lifted"; readonly index: number };

/** A function as core code imports it (`canon lower`). */
export interface LoweredFunction {
  readonly source: FunctionSource;
  readonly type: FunctionType;
  readonly memory: number;
}

/** A core function as others call it (`canon lift`). */
export interface LiftedFunction {
  readonly core: CoreItem;
  readonly postReturn: CoreItem | undefined;
  readonly type: FunctionType;
  readonly memory: number;
}

/** A resource type of the host's, or one that a component instance defines. */
export type ResourcePlan =
  | { readonly kind: "host"; readonly interfaceName: string; readonly resourceName: string }
  | { readonly kind: "guest"; readonly instance: number; readonly destructor: CoreItem | undefined };
