import { assert, unreachable } from "../../core/assert.ts";
import type { FunctionType, ResourceType } from "../../core/wit/type.ts";
import { callLayout, coreSignature } from "../abi/layout.ts";
import { BinaryReader, malformed, shown, unsupported } from "../binary/binary-reader.ts";
import { readComponent } from "../binary/component-syntax.ts";
import { type ModuleHeader, readHeader, signatureText } from "../binary/core-module.ts";
import { Effort } from "../binary/effort.ts";
import type { CanonOptions, ComponentSyntax, Definition, Description, NamedRef } from "../binary/syntax.ts";
import { checkFits } from "./check-fits.ts";
import { componentType, exportedFunctions } from "./component-type.ts";
import type {
  ComponentPlan,
  CoreItem,
  LiftedFunction,
  LoweredFunction,
  MemoryPlan,
  ModuleSlice,
  ModuleStep,
  ResourcePlan,
} from "./plan.ts";
import { aliased, TypeResolver } from "./resolve-types.ts";
import { type CoreExports, type Entity, type Exports, Scope } from "./scope.ts";

/** Core instances and component instances of one component, at most. */
const instancesMax = 500;

export interface Resolved {
  readonly plan: ComponentPlan;
  /** Of the plan's core modules. */
  readonly headers: readonly ModuleHeader[];
}

/** Reads a component and works out how it is made. Throws HostError `component-invalid` or `component-refused`. */
export function resolveComponent(bytes: Uint8Array): Resolved {
  return new Resolver(bytes).resolve();
}

/** Follows the definitions of a component, and of those within it wherever they are instantiated, and notes down what will
 *  have to be done at run time. */
class Resolver {
  readonly #bytes: Uint8Array;
  readonly #effort = new Effort();
  readonly #types = new TypeResolver(this.#effort);
  readonly #modules: ModuleSlice[] = [];
  readonly #moduleOf = new Map<number, number>();
  readonly #headers: ModuleHeader[] = [];
  readonly #steps: ModuleStep[] = [];
  readonly #memories: MemoryPlan[] = [];
  readonly #lowered: LoweredFunction[] = [];
  readonly #lifted: LiftedFunction[] = [];
  readonly #resources = new Map<ResourceType, ResourcePlan>();
  readonly #imports = new Map<string, Entity>();
  #instances = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  resolve(): Resolved {
    const syntax = readComponent(this.#bytes, this.#effort);
    const exports = this.#instantiate(syntax, undefined, (name, of, scope, at) => this.#imported(name, of, scope, at));
    const plan: ComponentPlan = {
      type: componentType(this.#imports, exports),
      modules: this.#modules,
      steps: this.#steps,
      instances: this.#instances,
      memories: this.#memories,
      lowered: this.#lowered,
      lifted: this.#lifted,
      resources: this.#resources,
      exports: exportedFunctions(exports),
    };
    return { plan, headers: this.#headers };
  }

  /** Makes an instance of a component; `argument` gives what it imports. */
  #instantiate(syntax: ComponentSyntax, parent: Scope | undefined, argument: Argument): Exports {
    if (this.#instances >= instancesMax)
      throw unsupported(`the component makes more than ${instancesMax} instances of components`);
    const scope = new Scope(parent, this.#instances++);
    const exports = new Map<string, Entity>();
    for (const definition of syntax.definitions) this.#define(definition, scope, exports, argument);
    return exports;
  }

  #define(definition: Definition, scope: Scope, exports: Map<string, Entity>, argument: Argument): void {
    const { at } = definition;
    this.#effort.spend(1 + partsOf(definition));
    switch (definition.kind) {
      case "core-module":
        return scope.add({ sort: "core-module", module: this.#module(definition) });
      case "core-instance":
        return void scope.coreInstances.push(this.#coreInstance(definition, scope));
      case "core-bundle":
        return void scope.coreInstances.push(
          new Map(definition.items.map(({ name, sort, index }) => [name, scope.core(sort, index, at)])),
        );
      case "core-type":
        return;
      case "core-alias":
        return scope.addCore(definition.sort, coreAliased(definition, scope));
      case "component":
        return scope.add({ sort: "component", syntax: definition.syntax, scope });
      case "instance":
        return scope.add({ sort: "instance", exports: this.#instance(definition, scope) });
      case "bundle":
        return scope.add({
          sort: "instance",
          exports: new Map(definition.items.map(({ name, ref }) => [name, scope.get(ref.sort, ref.index, at)])),
        });
      case "alias":
        return scope.add(aliased(definition, scope));
      case "outer-alias":
        if (definition.sort === "core-type") return;
        return scope.add(scope.outer(definition.count, at).get(definition.sort, definition.index, at));
      case "type":
        return this.#type(definition, scope);
      case "lift":
        return this.#lift(definition, scope);
      case "lower":
        return this.#lower(definition, scope);
      case "resource-new":
      case "resource-drop":
      case "resource-rep":
        return this.#resourceFunction(definition, scope);
      case "import":
        return scope.add(argument(definition.name, definition.of, scope, at));
      case "export":
        return this.#export(definition, scope, exports);
      case "export-type":
        throw malformed(at, "an export without a value stands outside of a type");
      default:
        return unreachable(definition);
    }
  }

  /** What the component itself imports: it comes from the host. */
  #imported(name: string, of: Description, scope: Scope, at: number): Entity {
    if (this.#imports.has(name)) throw malformed(at, `two imports are named ${name}`);
    const interfaceName = of.sort === "instance" ? name : "$root";
    const resourceFor = (resourceName: string): ResourceType => {
      const resource: ResourceType = { name: resourceName };
      this.#resources.set(resource, { kind: "host", interfaceName, resourceName });
      return resource;
    };
    const entity = fromHost(this.#types.described(of, name, scope, at, resourceFor), interfaceName, name);
    this.#imports.set(name, entity);
    return entity;
  }

  #instance({ at, component, args }: Of<"instance">, scope: Scope): Exports {
    const { syntax, scope: outer } = scope.get("component", component, at);
    if (syntax === undefined)
      throw unsupported("the component makes instances of an imported component, which this host does not offer");
    const given = named(args, scope, at);
    return this.#instantiate(syntax, outer, (name, of, inner, importAt) => {
      const entity = given.get(name);
      if (entity === undefined) throw malformed(at, `an instance is made without its argument ${name}`);
      checkFits(entity, of, { name, scope: inner, at: importAt, types: this.#types, effort: this.#effort });
      return entity;
    });
  }

  #export({ at, name, ref, of }: Of<"export">, scope: Scope, exports: Map<string, Entity>): void {
    const own = scope.get(ref.sort, ref.index, at);
    const entity = of === undefined ? this.#exported(own, name) : this.#ascribed(own, of, name, scope, at);
    if (exports.has(name)) throw malformed(at, `two exports are named ${name}`);
    exports.set(name, entity);
    scope.add(entity);
  }

  #exported(entity: Entity, name: string): Entity {
    if (entity.sort !== "type") return entity;
    const { type } = entity;
    // A resource is named by its first export: all handles share the object.
    if (type.kind === "resource" && type.resource.name === "") (type.resource as { name: string }).name = name;
    return { sort: "type", type: this.#types.named(type, name) };
  }

  /** An export that is said to be of a type, which may name what its origin left nameless. */
  #ascribed(own: Entity, of: Description, name: string, scope: Scope, at: number): Entity {
    checkFits(own, of, { name, scope, at, types: this.#types, effort: this.#effort });
    const entity = this.#exported(own, name);
    return entity.sort === "func" && of.sort === "func"
      ? { ...entity, type: this.#types.functionAt(of.index, scope, at) }
      : entity;
  }

  #module({ start, end }: Of<"core-module">): number {
    const known = this.#moduleOf.get(start);
    if (known !== undefined) return known;
    const module = this.#modules.push({ start, end }) - 1;
    this.#moduleOf.set(start, module);
    this.#headers.push(readHeader(new BinaryReader(this.#bytes, start, end, this.#effort)));
    return module;
  }

  #coreInstance({ at, module: index, args }: Of<"core-instance">, scope: Scope): CoreExports {
    if (this.#steps.length >= instancesMax)
      throw unsupported(`the component makes more than ${instancesMax} instances of core modules`);
    const { module } = scope.get("core-module", index, at);
    const { imports, exports } = this.#headerOf(module);
    this.#effort.spend(imports.length + exports.size);
    const offered = new Map(args.map(({ name, instance }) => [name, coreInstanceAt(scope, instance, at)]));
    const bound = new Map<string, Map<string, CoreItem>>();
    for (const { module: from, name, sort, signature } of imports) {
      const item = offered.get(from)?.get(name);
      if (item === undefined) throw malformed(at, `a core module is given no ${shown(from)} ${shown(name)}`);
      if (sortOf(item) !== sort || item.signature !== signature)
        throw malformed(at, `a core module is given a ${shown(from)} ${shown(name)} of another type`);
      const items = bound.get(from) ?? new Map<string, CoreItem>();
      bound.set(from, items.set(name, item));
    }
    const given = [...bound].map(([from, items]) => ({
      module: from,
      items: [...items].map(([name, item]) => ({ name, item })),
    }));
    const instance = this.#steps.push({ module, imports: given }) - 1;
    return new Map([...exports].map(([name, of]) => [name, { kind: "export", instance, name, ...of } as const]));
  }

  #headerOf(module: number): ModuleHeader {
    const header = this.#headers[module];
    assert(header !== undefined, "each module's header is read when the module is");
    return header;
  }

  #type({ at, type }: Of<"type">, scope: Scope): void {
    if (type.kind !== "resource") return scope.add({ sort: "type", type: this.#types.type(type, scope, at) });
    const destructor = type.destructor === undefined ? undefined : scope.core("func", type.destructor, at);
    if (destructor !== undefined) expectSignature(destructor, "i32 > ", "a destructor", at);
    const resource: ResourceType = { name: "" };
    this.#resources.set(resource, { kind: "guest", instance: scope.instance, destructor });
    scope.add({ sort: "type", type: { kind: "resource", resource } });
  }

  #lift({ at, core, type: index, options }: Of<"lift">, scope: Scope): void {
    const type = this.#types.functionAt(index, scope, at);
    this.#effort.spend(this.#types.weight(type));
    const item = scope.core("func", core, at);
    const { params, results } = coreSignature(type, "lift");
    expectSignature(item, signatureText(params, results), "a lifted function", at);
    const postReturn = options.postReturn === undefined ? undefined : scope.core("func", options.postReturn, at);
    if (postReturn !== undefined) expectSignature(postReturn, signatureText(results, []), "a post-return function", at);
    const lifted = { core: item, postReturn, type, memory: this.#memory(options, type, "lift", scope, at) };
    scope.add({ sort: "func", type, source: { kind: "lifted", index: this.#lifted.push(lifted) - 1 } });
  }

  #lower({ at, func, options }: Of<"lower">, scope: Scope): void {
    const { type, source } = scope.get("func", func, at);
    assert(source !== undefined, "what is only described stays within its type");
    this.#effort.spend(this.#types.weight(type));
    const index = this.#lowered.push({ source, type, memory: this.#memory(options, type, "lower", scope, at) }) - 1;
    const { params, results } = coreSignature(type, "lower");
    scope.addCore("func", { kind: "lowered", index, signature: signatureText(params, results) });
  }

  /** The memory for the values of a function, shared among functions that name the same one. */
  #memory(options: CanonOptions, type: FunctionType, direction: "lift" | "lower", scope: Scope, at: number): number {
    const { encoding } = options;
    const memory = options.memory === undefined ? undefined : scope.core("memory", options.memory, at);
    const realloc = options.realloc === undefined ? undefined : scope.core("func", options.realloc, at);
    if (realloc !== undefined) expectSignature(realloc, "i32 i32 i32 i32 > i32", "an allocator", at);
    const needs = this.#needs(type, direction);
    if (memory === undefined && needs.memory) throw malformed(at, "a function is given no memory for its values");
    if (realloc === undefined && needs.realloc) throw malformed(at, "a function is given no allocator for its values");
    this.#effort.spend(this.#memories.length);
    const known = this.#memories.findIndex(
      (one) =>
        one.encoding === encoding &&
        one.instance === scope.instance &&
        one.memory === memory &&
        one.realloc === realloc,
    );
    return known >= 0 ? known : this.#memories.push({ encoding, memory, realloc, instance: scope.instance }) - 1;
  }

  #needs({ params, result }: FunctionType, direction: "lift" | "lower"): { memory: boolean; realloc: boolean } {
    const { paramsInMemory, resultInMemory } = callLayout(result === undefined ? { params } : { params, result });
    const paramsPoint = params.some(({ type }) => this.#types.measure(type).points);
    const resultPoints = result !== undefined && this.#types.measure(result).points;
    return {
      memory: paramsInMemory || resultInMemory || paramsPoint || resultPoints,
      realloc: direction === "lift" ? paramsInMemory || paramsPoint : resultPoints,
    };
  }

  #resourceFunction(
    { at, kind, resource: index }: Of<"resource-new" | "resource-rep" | "resource-drop">,
    scope: Scope,
  ): void {
    const { type } = scope.get("type", index, at);
    if (type.kind !== "resource") throw malformed(at, `type ${index} is wanted to be a resource`);
    const { resource } = type;
    const plan = this.#resources.get(resource);
    assert(plan !== undefined, "a resource is planned where it comes up");
    if (kind !== "resource-drop" && (plan.kind !== "guest" || plan.instance !== scope.instance)) {
      throw malformed(at, `${kind} is of a resource that the component does not define`);
    }
    const signature = kind === "resource-drop" ? "i32 > " : "i32 > i32";
    scope.addCore("func", { kind, resource, instance: scope.instance, signature });
  }
}

type Argument = (name: string, of: Description, scope: Scope, at: number) => Entity;
type Of<K extends Definition["kind"]> = Extract<Definition, { kind: K }>;

/** What a definition holds beside itself, each time that it is followed. */
function partsOf(definition: Definition): number {
  switch (definition.kind) {
    case "core-instance":
    case "instance":
      return definition.args.length;
    case "core-bundle":
    case "bundle":
      return definition.items.length;
    default:
      return 0;
  }
}

/** Marks the functions of an imported interface as the host's. */
function fromHost(entity: Entity, interfaceName: string, functionName: string): Entity {
  if (entity.sort === "func") {
    return { ...entity, source: { kind: "host", interfaceName, functionName, type: entity.type } };
  }
  if (entity.sort !== "instance") return entity;
  const exports = [...entity.exports].map(([name, inner]) => {
    if (inner.sort === "instance")
      throw unsupported(`${interfaceName} holds an interface of its own, which this host does not offer`);
    return [name, fromHost(inner, interfaceName, name)] as const;
  });
  return { sort: "instance", exports: new Map(exports) };
}

function named(refs: readonly NamedRef[], scope: Scope, at: number): Exports {
  return new Map(refs.map(({ name, ref }) => [name, scope.get(ref.sort, ref.index, at)]));
}

function coreInstanceAt(scope: Scope, index: number, at: number): CoreExports {
  const instance = scope.coreInstances[index];
  if (instance === undefined)
    throw malformed(at, `core instance ${index} is referred to, and ${scope.coreInstances.length} are there`);
  return instance;
}

function coreAliased({ at, sort, instance, name }: Of<"core-alias">, scope: Scope): CoreItem {
  const item = coreInstanceAt(scope, instance, at).get(name);
  if (item === undefined || sortOf(item) !== sort)
    throw malformed(at, `core instance ${instance} exports no ${sort} ${shown(name)}`);
  return item;
}

function sortOf(item: CoreItem): string {
  return item.kind === "export" ? item.sort : "func";
}

function expectSignature(item: CoreItem, wanted: string, what: string, at: number): void {
  if (item.signature === wanted) return;
  throw malformed(at, `${what} is a core function ${item.signature ?? "of no known type"}, where ${wanted} is wanted`);
}
