import { assert, unreachable } from "../core/assert.ts";
import type { ResourceType } from "../core/wit/type.ts";
import type { HostImports, HostInterface } from "../ports/components.ts";
import type { CoreValue } from "./abi.ts";
import { type LiveFunction, lift, lower } from "./functions.ts";
import type { GuestState } from "./guest-state.ts";
import { HandleTable, type LiveResource } from "./handles.ts";
import { hostFunction, hostResource, MissingImport } from "./host-functions.ts";
import { GuestMemory } from "./memory.ts";
import type { CanonOptions, ComponentPlan, CoreSort, ImportDescription, PlanStep, Ref } from "./plan.ts";

/** Something that a component instance imports or exports. */
type Item =
  | { readonly sort: "func"; readonly func: LiveFunction }
  | { readonly sort: "instance"; readonly items: ReadonlyMap<string, Item> }
  | { readonly sort: "component"; readonly component: LiveComponent }
  | { readonly sort: "module"; readonly module: WebAssembly.Module }
  | { readonly sort: "type"; readonly resource: LiveResource | undefined };

/** A component within the component, with the surroundings that its outer aliases reach. */
interface LiveComponent {
  readonly plan: ComponentPlan;
  readonly outer: Linker;
}

type CoreFunction = (...values: CoreValue[]) => unknown;
type CoreExports = Readonly<Record<string, WebAssembly.ExportValue>>;

/** Follows a plan, step by step, and so makes one instance of a component. */
export class Linker {
  readonly #state: GuestState;
  readonly #modules: readonly WebAssembly.Module[];
  readonly #outer: Linker | undefined;
  readonly #handles = new HandleTable();
  readonly #core: Record<CoreSort, WebAssembly.ImportValue[]> = { func: [], table: [], memory: [], global: [] };
  readonly #coreModules: WebAssembly.Module[] = [];
  readonly #coreInstances: CoreExports[] = [];
  readonly #funcs: LiveFunction[] = [];
  readonly #types: (LiveResource | undefined)[] = [];
  readonly #instances: ReadonlyMap<string, Item>[] = [];
  readonly #components: LiveComponent[] = [];
  readonly #exports = new Map<string, Item>();

  constructor(state: GuestState, modules: readonly WebAssembly.Module[], outer?: Linker) {
    this.#state = state;
    this.#modules = modules;
    this.#outer = outer;
  }

  /** Makes the instance; returns what it exports. */
  link(plan: ComponentPlan, imports: (name: string, of: ImportDescription) => Item): ReadonlyMap<string, Item> {
    for (const step of plan.steps) this.#perform(step, imports);
    return this.#exports;
  }

  #perform(step: PlanStep, imports: (name: string, of: ImportDescription) => Item): void {
    switch (step.kind) {
      case "core-module":
        this.#coreModules.push(at(this.#modules, step.module));
        return;
      case "core-instance":
        return this.#instantiate(step);
      case "core-bundle":
        this.#coreInstances.push(
          Object.fromEntries(
            step.exports.map(({ name, sort, index }) => [name, at(this.#core[sort], index)]),
          ) as CoreExports,
        );
        return;
      case "core-alias":
        this.#core[step.sort].push(at(this.#coreInstances, step.instance)[step.name] as WebAssembly.ImportValue);
        return;
      case "component":
        this.#components.push({ plan: step.plan, outer: this });
        return;
      case "instance":
        return this.#instance(step);
      case "bundle":
        this.#instances.push(new Map(step.exports.map(([name, of]) => [name, this.#item(of)])));
        return;
      case "alias":
        return this.#bind(found(at(this.#instances, step.instance), step.name));
      case "outer":
        return this.#bind(this.#outermost(step.count).#item(step));
      case "type":
        return this.#type(step);
      case "import": {
        const item = declaredAs(step.of, imports(step.name, step.of));
        this.#adopt(step.of, item);
        return this.#bind(item);
      }
      case "export": {
        const item = this.#item(step.of);
        this.#exports.set(step.name, item);
        return this.#bind(item);
      }
      case "lift":
        return this.#lift(step);
      case "lower": {
        const memory = this.#memory(step.options);
        this.#core.func.push(
          suspending(
            lower(at(this.#funcs, step.func), memory, () => this.#state.enterHost()),
            this.#state,
          ),
        );
        return;
      }
      case "resource-new":
      case "resource-rep":
      case "resource-drop":
        this.#core.func.push(this.#resourceFunction(step.kind, step.resource));
        return;
      default:
        unreachable(step);
    }
  }

  #instantiate(step: Extract<PlanStep, { kind: "core-instance" }>): void {
    const imports: Record<string, CoreExports> = Object.create(null) as Record<string, CoreExports>;
    for (const [name, instance] of step.args) imports[name] = at(this.#coreInstances, instance);
    const { exports } = new WebAssembly.Instance(at(this.#coreModules, step.module), imports as WebAssembly.Imports);
    this.#state.adopt(exports);
    this.#coreInstances.push(exports);
  }

  #instance(step: Extract<PlanStep, { kind: "instance" }>): void {
    const { plan, outer } = at(this.#components, step.component);
    const args = new Map(step.args.map(([name, of]) => [name, this.#item(of)]));
    const inner = new Linker(this.#state, this.#modules, outer);
    this.#instances.push(inner.link(plan, (name) => found(args, name)));
  }

  #type(step: Extract<PlanStep, { kind: "type" }>): void {
    const { resource: type, destructor } = step;
    if (type === undefined) {
      this.#types.push(undefined);
      return;
    }
    const end = destructor === undefined ? undefined : (at(this.#core.func, destructor) as CoreFunction);
    const resource: LiveResource = { name: type.name, home: this.#handles, drop: (rep) => void end?.(rep as number) };
    this.#handles.define(type, resource);
    this.#types.push(resource);
  }

  #lift(step: Extract<PlanStep, { kind: "lift" }>): void {
    const core = WebAssembly.promising(at(this.#core.func, step.core) as CoreFunction) as CoreFunction;
    const { postReturn } = step.options;
    const after = postReturn === undefined ? undefined : (at(this.#core.func, postReturn) as CoreFunction);
    this.#funcs.push(lift(step.type, core, this.#memory(step.options), after));
  }

  #memory({ memory, realloc, encoding }: CanonOptions): GuestMemory {
    return new GuestMemory(
      memory === undefined ? undefined : (at(this.#core.memory, memory) as WebAssembly.Memory),
      realloc === undefined ? undefined : (at(this.#core.func, realloc) as never),
      encoding,
      this.#handles,
    );
  }

  #resourceFunction(kind: "resource-new" | "resource-rep" | "resource-drop", type: ResourceType): CoreFunction {
    const handles = this.#handles;
    switch (kind) {
      case "resource-new":
        return (rep) => handles.add(handles.resource(type), rep, true);
      case "resource-rep":
        return (handle) => handles.get(Number(handle), type).rep;
      case "resource-drop":
        return (handle) => {
          this.#state.enterHost();
          const { resource, rep, own } = handles.remove(Number(handle), type);
          if (own) this.#state.guard(() => resource.drop(rep));
        };
    }
  }

  /** Takes an item into its index space. */
  #bind(item: Item): void {
    switch (item.sort) {
      case "func":
        this.#funcs.push(item.func);
        return;
      case "instance":
        this.#instances.push(item.items);
        return;
      case "component":
        this.#components.push(item.component);
        return;
      case "module":
        this.#coreModules.push(item.module);
        return;
      case "type":
        this.#types.push(item.resource);
        return;
    }
  }

  /** Lets the names under which resources are imported stand for the resources that came. */
  #adopt(of: ImportDescription, item: Item): void {
    if (of.sort === "type" && of.type?.kind === "own" && item.sort === "type" && item.resource !== undefined) {
      this.#handles.define(of.type.resource, item.resource);
    }
    if (of.sort !== "instance" || item.sort !== "instance") return;
    for (const [name, inner] of of.exports) {
      const given = item.items.get(name);
      if (given !== undefined) this.#adopt(inner, given);
    }
  }

  #item({ sort, index }: Ref): Item {
    switch (sort) {
      case "func":
        return { sort, func: at(this.#funcs, index) };
      case "instance":
        return { sort, items: at(this.#instances, index) };
      case "component":
        return { sort, component: at(this.#components, index) };
      case "module":
        return { sort, module: at(this.#coreModules, index) };
      case "type":
        return { sort, resource: this.#types[index] };
    }
  }

  #outermost(count: number): Linker {
    if (count === 0) return this;
    assert(this.#outer !== undefined, "an outer alias was checked when the component was read");
    return this.#outer.#outermost(count - 1);
  }
}

/** What was given, under the types of the component that imports it: its handles know resources by its own names only. */
function declaredAs(of: ImportDescription, item: Item): Item {
  if (of.sort === "func" && item.sort === "func") {
    const { func } = item;
    return { sort: "func", func: { type: of.type, call: (args) => func.call(args) } };
  }
  if (of.sort !== "instance" || item.sort !== "instance") return item;
  const items = new Map(
    [...item.items].map(([name, given]) => {
      const inner = of.exports.get(name);
      return [name, inner === undefined ? given : declaredAs(inner, given)];
    }),
  );
  return { sort: "instance", items };
}

/** The host's side of a component's imports: one resource for each imported resource type. */
export function importsFrom(host: HostImports): (name: string, of: ImportDescription) => Item {
  const resources = new Map<ResourceType, LiveResource>();
  const item = (interfaceName: string, name: string, of: ImportDescription, offered: HostInterface): Item => {
    switch (of.sort) {
      case "func":
        return { sort: "func", func: hostFunction(interfaceName, name, of.type, offered) };
      case "type": {
        if (of.type?.kind !== "own") return { sort: "type", resource: undefined };
        let resource = resources.get(of.type.resource);
        if (resource === undefined) {
          resource = hostResource(of.type.resource);
          resources.set(of.type.resource, resource);
        }
        return { sort: "type", resource };
      }
      case "instance":
      case "component":
      case "module":
        throw new MissingImport(`${interfaceName} holds a ${of.sort}, which a host does not offer`);
    }
  };
  return (name, of) => {
    if (of.sort !== "instance") return item("$root", name, of, host("$root") ?? {});
    const offered = host(name);
    const items = new Map<string, Item>();
    for (const [member, inner] of of.exports) {
      if (offered === undefined && inner.sort === "func") throw new MissingImport(`the host does not offer ${name}`);
      items.set(member, item(name, member, inner, offered ?? {}));
    }
    return { sort: "instance", items };
  };
}

/** The guest's stack is put aside while a host function's promise is pending. */
function suspending(func: CoreFunction, state: GuestState): WebAssembly.ImportValue {
  return new WebAssembly.Suspending((...values: CoreValue[]) => state.guard(() => func(...values)));
}

function found(items: ReadonlyMap<string, Item>, name: string): Item {
  const item = items.get(name);
  if (item === undefined) throw new MissingImport(`nothing was given for ${name}`);
  return item;
}

function at<T>(space: readonly T[], index: number): T {
  const item = space[index];
  assert(item !== undefined, `index ${index} of ${space.length} was checked when the component was read`);
  return item;
}
