import type { PrimitiveKind } from "../../core/wit/type.ts";

/** A component as its bytes say it, not yet resolved: indices stand for what came before (component-model, Binary.md). */
export interface ComponentSyntax {
  readonly definitions: readonly Definition[];
}

/** Each definition takes the next place in the index space of its sort. `at` is where it stands in the file. */
export type Definition = { readonly at: number } & DefinitionForm;

type DefinitionForm =
  | { readonly kind: "core-module"; readonly start: number; readonly end: number }
  | { readonly kind: "core-instance"; readonly module: number; readonly args: readonly CoreArgument[] }
  | { readonly kind: "core-bundle"; readonly items: readonly CoreBundleItem[] }
  | { readonly kind: "core-type" }
  | { readonly kind: "core-alias"; readonly sort: CoreSort; readonly instance: number; readonly name: string }
  | { readonly kind: "component"; readonly syntax: ComponentSyntax }
  | { readonly kind: "instance"; readonly component: number; readonly args: readonly NamedRef[] }
  | { readonly kind: "bundle"; readonly items: readonly NamedRef[] }
  | { readonly kind: "alias"; readonly sort: Sort; readonly instance: number; readonly name: string }
  | { readonly kind: "outer-alias"; readonly sort: Sort | "core-type"; readonly count: number; readonly index: number }
  | { readonly kind: "type"; readonly type: TypeSyntax }
  | { readonly kind: "lift"; readonly core: number; readonly type: number; readonly options: CanonOptions }
  | { readonly kind: "lower"; readonly func: number; readonly options: CanonOptions }
  | { readonly kind: "resource-new" | "resource-drop" | "resource-rep"; readonly resource: number }
  | { readonly kind: "import"; readonly name: string; readonly of: Description }
  | { readonly kind: "export"; readonly name: string; readonly ref: Ref; readonly of: Description | undefined }
  /** Within the type of an instance or a component only. */
  | { readonly kind: "export-type"; readonly name: string; readonly of: Description };

export type CoreSort = "func" | "table" | "memory" | "global" | "tag";
export type Sort = "core-module" | "func" | "type" | "component" | "instance";

export interface Ref {
  readonly sort: Sort;
  readonly index: number;
}

export interface NamedRef {
  readonly name: string;
  readonly ref: Ref;
}

export interface CoreArgument {
  readonly name: string;
  readonly instance: number;
}

export interface CoreBundleItem {
  readonly name: string;
  readonly sort: CoreSort;
  readonly index: number;
}

export type StringEncoding = "utf8" | "utf16" | "latin1+utf16";

/** Numbers are indices of core functions and memories. */
export interface CanonOptions {
  readonly encoding: StringEncoding;
  readonly memory?: number;
  readonly realloc?: number;
  readonly postReturn?: number;
}

/** What an import or export is said to be; `index` is of a type. */
export type Description =
  | { readonly sort: "func" | "instance" | "component"; readonly index: number }
  | { readonly sort: "core-module" }
  | { readonly sort: "type"; readonly equals: number }
  | { readonly sort: "type"; readonly resource: true };

/** A primitive, or the index of a type. */
export type ValueSyntax = PrimitiveKind | "error-context" | number;

export interface LabelledSyntax {
  readonly name: string;
  readonly type: ValueSyntax;
}

export interface CaseSyntax {
  readonly name: string;
  readonly type: ValueSyntax | undefined;
}

export type TypeSyntax =
  | { readonly kind: "primitive"; readonly primitive: PrimitiveKind | "error-context" }
  | { readonly kind: "record"; readonly fields: readonly LabelledSyntax[] }
  | { readonly kind: "variant"; readonly cases: readonly CaseSyntax[] }
  | { readonly kind: "list"; readonly element: ValueSyntax; readonly length?: number }
  | { readonly kind: "tuple"; readonly items: readonly ValueSyntax[] }
  | { readonly kind: "flags" | "enum"; readonly names: readonly string[] }
  | { readonly kind: "option"; readonly some: ValueSyntax }
  | { readonly kind: "result"; readonly ok: ValueSyntax | undefined; readonly err: ValueSyntax | undefined }
  | { readonly kind: "own" | "borrow"; readonly resource: number }
  | { readonly kind: "stream" | "future"; readonly element: ValueSyntax | undefined }
  | { readonly kind: "func"; readonly params: readonly LabelledSyntax[]; readonly result: ValueSyntax | undefined }
  | { readonly kind: "resource"; readonly destructor: number | undefined }
  | { readonly kind: "instance" | "component"; readonly declarations: readonly Definition[] };
