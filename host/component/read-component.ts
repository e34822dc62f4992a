import { assert } from "../core/assert.ts";
import { HostError } from "../core/host-error.ts";
import type { ComponentType, FunctionType, InterfaceType } from "../core/wit/type.ts";
import { Cursor } from "./binary.ts";
import {
  type CanonOptions,
  type ComponentPlan,
  type CoreSort,
  coreSorts,
  type ImportDescription,
  type InstanceExport,
  type PlanStep,
  type Ref,
  type Sort,
} from "./plan.ts";
import { newScope, type Scope } from "./scope.ts";
import { readName, TypeReader } from "./wit-types.ts";

/** Components nested deeper than this are refused. */
const depthMax = 32;

export interface ReadComponent {
  readonly type: ComponentType;
  readonly plan: ComponentPlan;
  /** The core modules of the component and of those within it, in the order of the plan's indices. */
  readonly modules: readonly Uint8Array[];
}

/** Reads a component binary (component-model, Binary.md). Throws HostError `component-invalid`, with the byte. */
export function readComponent(bytes: Uint8Array): ReadComponent {
  const cursor = new Cursor(bytes);
  checkPreamble(cursor);
  const modules: Uint8Array[] = [];
  const reader = new ComponentReader(cursor, undefined, modules);
  const plan = reader.read();
  return { type: { imports: reader.importedInterfaces(), exports: reader.exportedInterfaces() }, plan, modules };
}

/** Magic, then version 13 and layer 1 for a component; version 1 and layer 0 for a core module. */
function checkPreamble(cursor: Cursor): void {
  const preamble = Buffer.from(cursor.bytes.subarray(0, 8)).toString("hex");
  cursor.position = Math.min(8, cursor.end);
  if (preamble === "0061736d0d000100") return;
  if (preamble === "0061736d01000000") {
    throw new HostError("component-invalid", "this is a core WebAssembly module, not a component", {
      hint: "make a component of it: `stele build`, or wasm-tools component embed and component new",
    });
  }
  throw new HostError("component-invalid", "this is not a WebAssembly component: its first bytes are others", {
    hint: "name the .wasm file of a component",
  });
}

const sorts = new Map<number, Sort>([
  [0x01, "func"],
  [0x03, "type"],
  [0x04, "component"],
  [0x05, "instance"],
]);

class ComponentReader {
  readonly #in: Cursor;
  readonly #scope: Scope;
  readonly #modules: Uint8Array[];
  readonly #steps: PlanStep[] = [];
  readonly #imports = new Map<string, ImportDescription>();
  readonly #exports = new Map<string, InstanceExport>();

  constructor(cursor: Cursor, parent: Scope | undefined, modules: Uint8Array[]) {
    this.#in = cursor;
    this.#scope = newScope(parent);
    this.#modules = modules;
    if (this.#scope.level > depthMax) cursor.fail(`components are nested more than ${depthMax} levels deep`);
  }

  get exports(): ReadonlyMap<string, InstanceExport> {
    return this.#exports;
  }

  read(): ComponentPlan {
    while (!this.#in.done) {
      const id = this.#in.byte();
      this.#section(id, this.#in.part());
    }
    return { steps: this.#steps };
  }

  importedInterfaces(): ReadonlyMap<string, InterfaceType> {
    return interfacesOf(this.#imports);
  }

  exportedInterfaces(): ReadonlyMap<string, InterfaceType> {
    return interfacesOf(this.#exports);
  }

  #section(id: number, part: Cursor): void {
    switch (id) {
      case 0: // custom
      case 3: // core types: only core modules' own
        return;
      case 1:
        this.#steps.push({ kind: "core-module", module: this.#modules.push(part.rest()) - 1 });
        return;
      case 2:
        return this.#each(part, () => this.#coreInstance(part));
      case 4:
        return this.#component(part);
      case 5:
        return this.#each(part, () => this.#instance(part));
      case 6:
        return this.#each(part, () => this.#alias(part));
      case 7:
        return this.#each(part, () => this.#type(part));
      case 8:
        return this.#each(part, () => this.#canon(part));
      case 9:
        return part.fail("components with a start function are not supported");
      case 10:
        return this.#each(part, () => this.#import(part));
      case 11:
        return this.#each(part, () => this.#export(part));
      default:
        return part.fail(`section ${id} is not known`);
    }
  }

  #each(part: Cursor, item: () => void): void {
    for (let left = part.count(); left > 0; left--) item();
    if (!part.done) part.fail("a section is longer than what it holds");
  }

  #coreInstance(part: Cursor): void {
    const kind = part.byte();
    if (kind === 0) {
      const module = part.u32();
      const args = part.list(() => {
        const name = part.text();
        if (part.byte() !== 0x12) part.fail("a core instance is given something that is no instance");
        return [name, part.u32()] as const;
      });
      this.#steps.push({ kind: "core-instance", module, args });
    } else if (kind === 1) {
      const exports = part.list(() => ({ name: part.text(), sort: this.#coreSort(part), index: part.u32() }));
      this.#steps.push({ kind: "core-bundle", exports });
    } else part.fail(`0x${kind.toString(16)} begins no core instance`);
  }

  #coreSort(part: Cursor): CoreSort {
    const sort = coreSorts[part.byte()];
    return sort ?? part.fail("of a core instance only functions, tables, memories and globals are supported");
  }

  #component(part: Cursor): void {
    if (Buffer.from(part.bytes.subarray(part.position, part.position + 8)).toString("hex") !== "0061736d0d000100") {
      part.fail("a component within the component does not begin as one");
    }
    part.position += 8;
    const inner = new ComponentReader(part, this.#scope, this.#modules);
    this.#steps.push({ kind: "component", plan: inner.read() });
    this.#scope.components.push(inner.exports);
  }

  #instance(part: Cursor): void {
    const kind = part.byte();
    if (kind === 0) {
      const component = part.u32();
      const args = part.list(() => [part.text(), this.#ref(part)] as const);
      const exports = this.#scope.components[component] ?? part.fail(`component ${component} is not there`);
      this.#steps.push({ kind: "instance", component, args });
      this.#scope.instances.push(exports);
    } else if (kind === 1) {
      const exports = part.list(() => [readName(part), this.#ref(part)] as const);
      this.#steps.push({ kind: "bundle", exports });
      this.#scope.instances.push(new Map(exports.flatMap(([name, of]) => this.#described(part, name, of))));
    } else part.fail(`0x${kind.toString(16)} begins no instance`);
  }

  #ref(part: Cursor): Ref {
    const sort = this.#sort(part);
    return { sort, index: part.u32() };
  }

  #sort(part: Cursor): Sort {
    const code = part.byte();
    if (code === 0x00) {
      if (part.byte() === 0x11) return "module";
      return part.fail("of core definitions only modules are passed between components");
    }
    return sorts.get(code) ?? part.fail(`0x${code.toString(16)} is no sort of definition`);
  }

  #described(part: Cursor, name: string, { sort, index }: Ref): [string, InstanceExport][] {
    switch (sort) {
      case "func":
        return [[name, { sort, type: this.#func(part, index) }]];
      case "instance":
        return [[name, { sort, exports: this.#scope.instances[index] ?? part.fail(`instance ${index} is not there`) }]];
      case "type": {
        const entry = this.#scope.types[index] ?? part.fail(`type ${index} is not there`);
        return [[name, { sort, type: entry.kind === "value" ? entry.type : undefined }]];
      }
      case "component":
      case "module":
        return [];
    }
  }

  #func(part: Cursor, index: number): FunctionType {
    return this.#scope.funcs[index] ?? part.fail(`function ${index} is not there`);
  }

  #alias(part: Cursor): void {
    const code = part.byte();
    const core = code === 0 ? part.byte() : undefined;
    const target = part.byte();
    if (target === 0)
      this.#exportAlias(part, sorts.get(code) ?? part.fail("an alias of a core module is not supported"));
    else if (target === 1) {
      const sort = coreSorts[core ?? -1] ?? part.fail("an alias is of an unknown core sort");
      this.#steps.push({ kind: "core-alias", sort, instance: part.u32(), name: part.text() });
    } else if (target === 2) {
      this.#outerAlias(
        part,
        core === 0x11 ? "module" : (sorts.get(code) ?? part.fail("an outer alias is of an unknown sort")),
      );
    } else part.fail(`0x${target.toString(16)} is no target of an alias`);
  }

  #exportAlias(part: Cursor, sort: Sort): void {
    const instance = part.u32();
    const name = part.text();
    const of = this.#scope.instances[instance]?.get(name);
    if (of === undefined || of.sort !== sort) part.fail(`an alias is of the ${sort} ${name}, which is not there`);
    TypeReader.bind(this.#scope, of);
    this.#steps.push({ kind: "alias", sort, instance, name });
  }

  #outerAlias(part: Cursor, sort: Sort): void {
    const count = part.u32();
    const index = part.u32();
    let outer: Scope | undefined = this.#scope;
    for (let i = 0; i < count; i++) outer = outer?.parent;
    if (outer === undefined) part.fail(`an alias reaches ${count} levels out`);
    if (sort === "type") this.#scope.types.push(outer.types[index] ?? part.fail(`type ${index} is not there`));
    if (sort === "component")
      this.#scope.components.push(outer.components[index] ?? part.fail(`component ${index} is not there`));
    this.#steps.push({ kind: "outer", sort, count, index });
  }

  #type(part: Cursor): void {
    const entry = new TypeReader(part).definition(this.#scope);
    this.#scope.types.push(entry);
    if (entry.kind !== "value" || entry.defines === undefined) {
      this.#steps.push({ kind: "type" });
      return;
    }
    assert(entry.type.kind === "own", "a definition defines a resource");
    this.#steps.push({ kind: "type", resource: entry.type.resource, ...entry.defines });
  }

  #canon(part: Cursor): void {
    const code = part.byte();
    switch (code) {
      case 0x00: {
        part.byte();
        const core = part.u32();
        const options = this.#canonOptions(part);
        const entry = this.#scope.types[part.u32()];
        if (entry?.kind !== "func") return part.fail("a function is lifted to a type that is no function's");
        if (entry.async === true) return part.fail("asynchronous functions (WASI 0.3) are not supported");
        this.#scope.funcs.push(entry.type);
        this.#steps.push({ kind: "lift", core, type: entry.type, options });
        return;
      }
      case 0x01: {
        part.byte();
        const func = part.u32();
        this.#func(part, func);
        this.#steps.push({ kind: "lower", func, options: this.#canonOptions(part) });
        return;
      }
      case 0x02:
      case 0x03:
      case 0x04: {
        const entry = this.#scope.types[part.u32()];
        if (entry?.kind !== "value" || entry.type.kind !== "own")
          return part.fail("a resource operation is on something else");
        const kind = code === 0x02 ? "resource-new" : code === 0x03 ? "resource-drop" : "resource-rep";
        this.#steps.push({ kind, resource: entry.type.resource });
        return;
      }
      default:
        part.fail(`the canonical built-in 0x${code.toString(16)} (threads, tasks, streams) is not supported`);
    }
  }

  #canonOptions(part: Cursor): CanonOptions {
    const options: { -readonly [K in keyof CanonOptions]: CanonOptions[K] } = { encoding: "utf8" };
    for (let left = part.count(); left > 0; left--) {
      const code = part.byte();
      if (code === 0x00) options.encoding = "utf8";
      else if (code === 0x01) options.encoding = "utf16";
      else if (code === 0x02) options.encoding = "latin1+utf16";
      else if (code === 0x03) options.memory = part.u32();
      else if (code === 0x04) options.realloc = part.u32();
      else if (code === 0x05) options.postReturn = part.u32();
      else part.fail(`the canonical option 0x${code.toString(16)} is not supported`);
    }
    return options;
  }

  #import(part: Cursor): void {
    const name = readName(part);
    const of = new TypeReader(part).description(this.#scope, name);
    if (of.sort === "component" || of.sort === "module")
      part.fail(`it imports the ${of.sort} ${name}, which is not supported`);
    if (this.#imports.has(name)) part.fail(`it imports ${name} twice`);
    this.#imports.set(name, of);
    TypeReader.bind(this.#scope, of);
    this.#steps.push({ kind: "import", name, of });
  }

  #export(part: Cursor): void {
    const name = readName(part);
    const of = this.#ref(part);
    const ascribed = part.byte() === 0 ? undefined : new TypeReader(part).description(this.#scope, name);
    const [described] = this.#described(part, name, of);
    const known =
      ascribed !== undefined && ascribed.sort !== "component" && ascribed.sort !== "module" ? ascribed : described?.[1];
    if (this.#exports.has(name)) part.fail(`it exports ${name} twice`);
    if (known !== undefined) {
      this.#exports.set(name, known);
      TypeReader.bind(this.#scope, known);
    } else if (of.sort === "component") {
      this.#scope.components.push(this.#scope.components[of.index] ?? part.fail(`component ${of.index} is not there`));
    }
    this.#steps.push({ kind: "export", name, of });
  }
}

/** Functions outside of any interface are gathered under `$root`. */
function interfacesOf(all: ReadonlyMap<string, ImportDescription>): ReadonlyMap<string, InterfaceType> {
  const interfaces = new Map<string, InterfaceType>();
  const root = new Map<string, FunctionType>();
  for (const [name, of] of all) {
    if (of.sort === "func") root.set(name, of.type);
    else if (of.sort === "instance") {
      const functions = new Map<string, FunctionType>();
      for (const [member, inner] of of.exports) if (inner.sort === "func") functions.set(member, inner.type);
      interfaces.set(name, { name, functions });
    }
  }
  if (root.size > 0) interfaces.set("$root", { name: "$root", functions: root });
  return interfaces;
}
