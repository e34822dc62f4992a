import type { Case, Field, FunctionType, PrimitiveKind, ResourceType, WitType } from "../core/wit/type.ts";
import type { Cursor } from "./binary.ts";
import type { ImportDescription, InstanceExport } from "./plan.ts";
import type { Scope, TypeEntry } from "./scope.ts";
import { newScope } from "./scope.ts";

/** Type constructors nested deeper than this are refused. */
const depthMax = 100;

const primitives = new Map<number, PrimitiveKind | "error-context">([
  [0x7f, "bool"],
  [0x7e, "s8"],
  [0x7d, "u8"],
  [0x7c, "s16"],
  [0x7b, "u16"],
  [0x7a, "s32"],
  [0x79, "u32"],
  [0x78, "s64"],
  [0x77, "u64"],
  [0x76, "f32"],
  [0x75, "f64"],
  [0x74, "char"],
  [0x73, "string"],
  [0x64, "error-context"],
]);

/** Reads the type section's grammar (component-model, Binary.md, "Type Definitions"). */
export class TypeReader {
  readonly #in: Cursor;

  constructor(cursor: Cursor) {
    this.#in = cursor;
  }

  /** One entry of a type section. */
  definition(scope: Scope): TypeEntry {
    const at = this.#in.position;
    const code = this.#in.byte();
    switch (code) {
      case 0x40:
      case 0x43:
        return { kind: "func", type: this.#functionType(scope), ...(code === 0x43 && { async: true }) };
      case 0x41:
        return { kind: "component", type: this.#declarations(scope) };
      case 0x42:
        return { kind: "instance", exports: this.#declarations(scope).exports };
      case 0x3f:
        return this.#resource();
      default:
        this.#in.position = at;
        return { kind: "value", type: this.#valueType(scope, code) };
    }
  }

  /** A type index, or a primitive written in its place. */
  value(scope: Scope): WitType {
    const byte = this.#in.bytes[this.#in.position] ?? 0;
    const primitive = primitives.get(byte);
    if (primitive !== undefined) {
      this.#in.byte();
      return { kind: primitive };
    }
    const entry = this.#entry(scope, this.#in.u32());
    if (entry.kind !== "value") return this.#in.fail(`a ${entry.kind} type stands where a value's type is wanted`);
    return entry.type;
  }

  /** What an import, or an export of an instance type, is said to be. */
  description(scope: Scope, name: string): ImportDescription {
    const sort = this.#in.byte();
    switch (sort) {
      case 0x00:
        this.#in.byte();
        this.#in.u32();
        return { sort: "module" };
      case 0x01: {
        const entry = this.#entry(scope, this.#in.u32());
        return entry.kind === "func"
          ? { sort: "func", type: entry.type }
          : this.#in.fail(`${name} is not of a function's type`);
      }
      case 0x03:
        return { sort: "type", type: this.#bound(scope, name) };
      case 0x04:
        this.#in.u32();
        return { sort: "component" };
      case 0x05: {
        const entry = this.#entry(scope, this.#in.u32());
        return entry.kind === "instance"
          ? { sort: "instance", exports: entry.exports }
          : this.#in.fail(`${name} is not of an instance's type`);
      }
      default:
        return this.#in.fail(`${name} is of the unknown sort ${sort}`);
    }
  }

  /** Takes what has been described into the scope's index spaces. */
  static bind(scope: Scope, of: ImportDescription): void {
    switch (of.sort) {
      case "func":
        scope.funcs.push(of.type);
        return;
      case "type":
        scope.types.push(of.type === undefined ? { kind: "opaque" } : { kind: "value", type: of.type });
        return;
      case "instance":
        scope.instances.push(of.exports);
        return;
      case "component":
        scope.components.push(new Map());
        return;
      case "module":
        return;
    }
  }

  #bound(scope: Scope, name: string): WitType | undefined {
    const bound = this.#in.byte();
    if (bound === 1) return { kind: "own", resource: { name } };
    const entry = this.#entry(scope, this.#in.u32());
    return entry.kind === "value" ? named(entry.type, name) : undefined;
  }

  #valueType(scope: Scope, code: number): WitType {
    if (primitives.has(code)) return this.value(scope);
    this.#in.byte();
    if (++scope.depth.now > depthMax * 100) this.#in.fail("its types are too many");
    switch (code) {
      case 0x72:
        return { kind: "record", fields: this.#fields(scope) };
      case 0x71:
        return { kind: "variant", cases: this.#in.list(() => this.#case(scope)) };
      case 0x70:
        return { kind: "list", element: this.value(scope) };
      case 0x67: {
        const element = this.value(scope);
        return { kind: "list", element, length: this.#in.u32() };
      }
      case 0x6f:
        return { kind: "tuple", items: this.#in.list(() => this.value(scope)) };
      case 0x6e:
        return { kind: "flags", flags: this.#in.list(() => this.#in.text()) };
      case 0x6d:
        return { kind: "enum", cases: this.#in.list(() => this.#in.text()) };
      case 0x6b:
        return { kind: "option", some: this.value(scope) };
      case 0x6a: {
        const ok = this.#optional(scope);
        const err = this.#optional(scope);
        return { kind: "result", ...(ok !== undefined && { ok }), ...(err !== undefined && { err }) };
      }
      case 0x69:
      case 0x68:
        return { kind: code === 0x69 ? "own" : "borrow", resource: this.#resourceAt(scope) };
      case 0x66:
      case 0x65: {
        const element = this.#optional(scope);
        return { kind: code === 0x66 ? "stream" : "future", ...(element !== undefined && { element }) };
      }
      default:
        return this.#in.fail(`0x${code.toString(16)} begins no type`);
    }
  }

  #optional(scope: Scope): WitType | undefined {
    return this.#in.byte() === 0 ? undefined : this.value(scope);
  }

  #fields(scope: Scope): Field[] {
    return this.#in.list(() => {
      const name = this.#in.text();
      return { name, type: this.value(scope) };
    });
  }

  #case(scope: Scope): Case {
    const name = this.#in.text();
    const type = this.#optional(scope);
    this.#in.byte(); // formerly "refines", always 0
    return type === undefined ? { name } : { name, type };
  }

  #resourceAt(scope: Scope): ResourceType {
    const entry = this.#entry(scope, this.#in.u32());
    if (entry.kind === "value" && entry.type.kind === "own") return entry.type.resource;
    return this.#in.fail("a handle is of something that is no resource");
  }

  #functionType(scope: Scope): FunctionType {
    const params = this.#fields(scope);
    const kind = this.#in.byte();
    if (kind === 0) return { params, result: this.value(scope) };
    if (this.#in.u32() !== 0) this.#in.fail("functions with named results are not known any more");
    return { params };
  }

  #resource(): TypeEntry {
    this.#in.byte(); // its representation, always i32
    const destructor = this.#in.byte() === 0 ? undefined : this.#in.u32();
    const type: WitType = { kind: "own", resource: { name: "resource" } };
    return { kind: "value", type, defines: destructor === undefined ? {} : { destructor } };
  }

  /** The declarations of a component or instance type. */
  #declarations(parent: Scope): { exports: Map<string, InstanceExport> } {
    const scope = newScope(parent);
    if (scope.level > depthMax) this.#in.fail(`it is nested more than ${depthMax} levels deep`);
    const exports = new Map<string, InstanceExport>();
    for (let left = this.#in.count(); left > 0; left--) {
      const kind = this.#in.byte();
      if (kind === 0x00) this.#in.fail("core types within component types are not supported");
      else if (kind === 0x01) scope.types.push(this.definition(scope));
      else if (kind === 0x02) this.#aliasInType(scope);
      else if (kind === 0x03 || kind === 0x04) {
        const name = readName(this.#in);
        const of = this.description(scope, name);
        TypeReader.bind(scope, of);
        if (kind === 0x04 && of.sort !== "component" && of.sort !== "module") exports.set(name, of);
      } else this.#in.fail(`0x${kind.toString(16)} begins no declaration`);
    }
    return { exports };
  }

  #aliasInType(scope: Scope): void {
    const sort = this.#in.byte();
    const coreSort = sort === 0 ? this.#in.byte() : undefined;
    const target = this.#in.byte();
    if (target === 2) {
      const count = this.#in.u32();
      const index = this.#in.u32();
      if (coreSort !== undefined) return;
      if (sort !== 0x03) return;
      scope.types.push(this.#entry(this.#outer(scope, count), index));
      return;
    }
    const instance = scope.instances[this.#in.u32()];
    const name = this.#in.text();
    const of = instance?.get(name);
    if (of === undefined) this.#in.fail(`an alias is of ${name}, which is not there`);
    TypeReader.bind(scope, of);
  }

  #outer(scope: Scope, count: number): Scope {
    let outer: Scope | undefined = scope;
    for (let i = 0; i < count; i++) outer = outer?.parent;
    return outer ?? this.#in.fail(`an alias reaches ${count} levels out`);
  }

  #entry(scope: Scope, index: number): TypeEntry {
    return scope.types[index] ?? this.#in.fail(`type ${index} is not there`);
  }
}

/** Import and export names carry a byte in front, which tells nothing any more. */
export function readName(cursor: Cursor): string {
  const kind = cursor.byte();
  if (kind > 1) cursor.fail("names with options are not supported");
  return cursor.text();
}

/** A type under the name by which it is exported or imported. */
export function named(type: WitType, name: string): WitType {
  switch (type.kind) {
    case "record":
    case "variant":
    case "enum":
    case "flags":
      return type.name === undefined ? { ...type, name } : type;
    case "own":
      return type;
    default:
      return type;
  }
}
