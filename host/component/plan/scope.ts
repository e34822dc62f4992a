import type { FunctionType, ResourceType, WitType } from "../../core/wit/type.ts";
import { malformed } from "../binary/binary-reader.ts";
import type { ComponentSyntax, CoreSort, Definition, Sort } from "../binary/syntax.ts";
import type { CoreItem, FunctionSource } from "./plan.ts";

/** Something in an index space of a component. */
export type Entity =
  | { readonly sort: "core-module"; readonly module: number }
  /** `source` is absent in the type of an instance: there the function is only described. */
  | { readonly sort: "func"; readonly type: FunctionType; readonly source: FunctionSource | undefined }
  | { readonly sort: "type"; readonly type: TypeEntity }
  | { readonly sort: "component"; readonly syntax: ComponentSyntax | undefined; readonly scope: Scope }
  | { readonly sort: "instance"; readonly exports: Exports };

export type Exports = ReadonlyMap<string, Entity>;

export type TypeEntity =
  | { readonly kind: "value"; readonly type: WitType }
  | { readonly kind: "func"; readonly type: FunctionType }
  | { readonly kind: "resource"; readonly resource: ResourceType }
  /** Of an instance or a component: read again, in its scope, wherever it is used. */
  | { readonly kind: "instance" | "component"; readonly declarations: readonly Definition[]; readonly scope: Scope };

/** A core instance's exports by name, or what was bundled into one. */
export type CoreExports = ReadonlyMap<string, CoreItem>;

type Space = { [S in Sort]: Extract<Entity, { sort: S }>[] };
type CoreSpace = Record<CoreSort, CoreItem[]>;

/** The index spaces of a component, or of a type, as far as they have been filled. */
export class Scope {
  readonly parent: Scope | undefined;
  /** The component instance that is being put together. */
  readonly instance: number;
  readonly coreInstances: CoreExports[] = [];
  readonly #space: Space = { "core-module": [], func: [], type: [], component: [], instance: [] };
  readonly #core: CoreSpace = { func: [], table: [], memory: [], global: [], tag: [] };

  constructor(parent: Scope | undefined, instance: number) {
    this.parent = parent;
    this.instance = instance;
  }

  add(entity: Entity): void {
    (this.#space[entity.sort] as Entity[]).push(entity);
  }

  addCore(sort: CoreSort, item: CoreItem): void {
    this.#core[sort].push(item);
  }

  /** Throws HostError `component-invalid`, naming byte `at`, when there is no such entity. */
  get<S extends Sort>(sort: S, index: number, at: number): Extract<Entity, { sort: S }> {
    const entity = this.#space[sort][index];
    if (entity === undefined)
      throw malformed(at, `${sort} ${index} is referred to, and ${this.#space[sort].length} are there`);
    return entity;
  }

  core(sort: CoreSort, index: number, at: number): CoreItem {
    const item = this.#core[sort][index];
    if (item === undefined)
      throw malformed(at, `core ${sort} ${index} is referred to, and ${this.#core[sort].length} are there`);
    return item;
  }

  outer(count: number, at: number): Scope {
    if (count === 0) return this;
    if (this.parent === undefined) throw malformed(at, "an alias reaches out of the component");
    return this.parent.outer(count - 1, at);
  }
}
