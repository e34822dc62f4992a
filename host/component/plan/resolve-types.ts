import { unreachable } from "../../core/assert.ts";
import type { Case, Field, FunctionType, ResourceType, WitType } from "../../core/wit/type.ts";
import { malformed, shown, unsupported } from "../binary/binary-reader.ts";
import type { Effort } from "../binary/effort.ts";
import type { Definition, Description, TypeSyntax, ValueSyntax } from "../binary/syntax.ts";
import { type Entity, type Exports, Scope, type TypeEntity } from "./scope.ts";

/** Parts within parts of one type, at most, and all parts of one written out, at most. */
const depthMax = 100;
const weightMax = 50_000;

interface Measure {
  readonly depth: number;
  readonly weight: number;
  /** Whether a borrowed handle is somewhere in it. */
  readonly borrows: boolean;
  /** Whether a string or a list is: these are passed as pointers. */
  readonly points: boolean;
}

type CompoundSyntax = Exclude<TypeSyntax, { kind: "resource" | "func" | "instance" | "component" | "own" | "borrow" }>;

/** What a resource of the type of an instance stands for, by its name there. */
export type ResourceFor = (name: string) => ResourceType;

/** Turns types as the bytes say them into types that stand for themselves. */
export class TypeResolver {
  readonly #effort: Effort;
  readonly #measures = new WeakMap<WitType, Measure>();

  constructor(effort: Effort) {
    this.#effort = effort;
  }

  /** The type that a definition makes; a resource is made by who knows its destructor. */
  type(syntax: Exclude<TypeSyntax, { kind: "resource" }>, scope: Scope, at: number): TypeEntity {
    switch (syntax.kind) {
      case "func":
        return { kind: "func", type: this.#function(syntax, scope, at) };
      case "instance":
      case "component":
        return { kind: syntax.kind, declarations: syntax.declarations, scope };
      case "own":
      case "borrow": {
        const entity = scope.get("type", syntax.resource, at).type;
        if (entity.kind !== "resource")
          throw malformed(at, `${syntax.kind} is of type ${syntax.resource}, which is no resource`);
        return { kind: "value", type: this.#measured({ kind: syntax.kind, resource: entity.resource }, [], at) };
      }
      default:
        return { kind: "value", type: this.#compound(syntax, scope, at) };
    }
  }

  /** What an import or export of this description is, when it comes from nowhere yet. */
  described(of: Description, name: string, scope: Scope, at: number, resourceFor: ResourceFor): Entity {
    switch (of.sort) {
      case "core-module":
        throw unsupported(`the component imports the core module ${name}, which this host does not offer`);
      case "func":
        return { sort: "func", type: this.functionAt(of.index, scope, at), source: undefined };
      case "instance":
        return { sort: "instance", exports: this.instance(of.index, scope, at, resourceFor) };
      case "component":
        return { sort: "component", syntax: undefined, scope };
      case "type":
        if ("equals" in of) return { sort: "type", type: this.named(scope.get("type", of.equals, at).type, name) };
        return { sort: "type", type: { kind: "resource", resource: resourceFor(name) } };
      default:
        return unreachable(of);
    }
  }

  functionAt(index: number, scope: Scope, at: number): FunctionType {
    const { type } = scope.get("type", index, at);
    if (type.kind !== "func") throw malformed(at, `type ${index} is wanted to be a function's`);
    return type.type;
  }

  /** The exports of an instance of a type. */
  instance(index: number, scope: Scope, at: number, resourceFor: ResourceFor): Exports {
    const { type } = scope.get("type", index, at);
    if (type.kind !== "instance") throw malformed(at, `type ${index} is wanted to be an instance's`);
    const inner = new Scope(type.scope, scope.instance);
    const exports = new Map<string, Entity>();
    for (const declaration of type.declarations) this.#declare(declaration, inner, exports, resourceFor);
    return exports;
  }

  #declare(declaration: Definition, scope: Scope, exports: Map<string, Entity>, resourceFor: ResourceFor): void {
    const { at } = declaration;
    this.#effort.spend(1);
    switch (declaration.kind) {
      case "type": {
        const { type } = declaration;
        if (type.kind === "resource") throw malformed(at, "the type of an instance defines a resource");
        scope.add({ sort: "type", type: this.type(type, scope, at) });
        return;
      }
      case "alias":
        return scope.add(aliased(declaration, scope));
      case "outer-alias":
        if (declaration.sort === "core-type") return;
        return scope.add(scope.outer(declaration.count, at).get(declaration.sort, declaration.index, at));
      case "export-type": {
        const entity = this.described(declaration.of, declaration.name, scope, at, resourceFor);
        if (exports.has(declaration.name)) throw malformed(at, `two exports are named ${declaration.name}`);
        exports.set(declaration.name, entity);
        return scope.add(entity);
      }
      default:
        throw malformed(at, `the type of an instance holds a ${declaration.kind}`);
    }
  }

  #function({ params, result }: Extract<TypeSyntax, { kind: "func" }>, scope: Scope, at: number): FunctionType {
    const returned = result === undefined ? undefined : this.#value(result, scope, at);
    if (returned !== undefined && this.measure(returned).borrows)
      throw malformed(at, "a function returns a borrowed handle");
    this.#effort.spend(params.length);
    return {
      params: params.map(({ name, type }) => ({ name, type: this.#value(type, scope, at) })),
      ...(returned !== undefined && { result: returned }),
    };
  }

  #compound(syntax: CompoundSyntax, scope: Scope, at: number): WitType {
    const value = (of: ValueSyntax) => this.#value(of, scope, at);
    const optional = (of: ValueSyntax | undefined) => (of === undefined ? undefined : value(of));
    switch (syntax.kind) {
      case "primitive":
        return primitive(syntax.primitive);
      case "record":
        return this.#record(
          syntax.fields.map(({ name, type }) => ({ name, type: value(type) })),
          at,
        );
      case "variant":
        return this.#variant(
          syntax.cases.map(({ name, type }) => (type === undefined ? { name } : { name, type: value(type) })),
          at,
        );
      case "list": {
        const element = value(syntax.element);
        const { length } = syntax;
        if (length === undefined) return this.#measured({ kind: "list", element }, [element], at);
        return this.#measured({ kind: "list", element, length }, [element], at, length);
      }
      case "tuple": {
        const items = syntax.items.map(value);
        return this.#measured({ kind: "tuple", items }, items, at);
      }
      case "flags":
        return this.#measured({ kind: "flags", flags: syntax.names }, [], at);
      case "enum":
        return this.#measured({ kind: "enum", cases: syntax.names }, [], at);
      case "option": {
        const some = value(syntax.some);
        return this.#measured({ kind: "option", some }, [some], at);
      }
      case "result": {
        const [ok, err] = [optional(syntax.ok), optional(syntax.err)];
        const result = { kind: "result", ...(ok !== undefined && { ok }), ...(err !== undefined && { err }) } as const;
        return this.#measured(result, [ok, err], at);
      }
      case "stream":
      case "future":
        throw unsupported(
          `the component uses a ${syntax.kind}, which this host does not have`,
          "build it for WASI 0.2",
        );
    }
  }

  #record(fields: readonly Field[], at: number): WitType {
    const types = fields.map((field) => field.type);
    return this.#measured({ kind: "record", fields }, types, at);
  }

  #variant(cases: readonly Case[], at: number): WitType {
    const payloads = cases.map((of) => of.type);
    return this.#measured({ kind: "variant", cases }, payloads, at);
  }

  #value(syntax: ValueSyntax, scope: Scope, at: number): WitType {
    if (typeof syntax === "string") return primitive(syntax);
    const { type } = scope.get("type", syntax, at);
    if (type.kind !== "value") throw malformed(at, `type ${syntax} is a ${type.kind}'s, where one of values is wanted`);
    return type.type;
  }

  /** A type under the name by which it is first imported or exported. */
  named(entity: TypeEntity, name: string): TypeEntity {
    if (entity.kind !== "value") return entity;
    const { type } = entity;
    const nameable = type.kind === "record" || type.kind === "variant" || type.kind === "enum" || type.kind === "flags";
    if (!nameable || type.name !== undefined) return entity;
    const copy = { ...type, name };
    this.#measures.set(copy, this.measure(type));
    return { kind: "value", type: copy };
  }

  /** How large a type is when it is written out. */
  measure(type: WitType): Measure {
    return this.#measures.get(type) ?? { depth: 1, weight: 1, borrows: false, points: type.kind === "string" };
  }

  /** Of all that a function takes and gives. */
  weight({ params, result }: FunctionType): number {
    const all = [...params.map((param) => param.type), ...(result === undefined ? [] : [result])];
    return all.reduce((sum, type) => sum + this.measure(type).weight, 1);
  }

  #measured<T extends WitType>(type: T, parts: readonly (WitType | undefined)[], at: number, times = 1): T {
    const measures = parts.filter((part) => part !== undefined).map((part) => this.measure(part));
    const depth = 1 + measures.reduce((most, part) => Math.max(most, part.depth), 0);
    const own = type.kind === "enum" ? type.cases.length : type.kind === "flags" ? type.flags.length : 0;
    const weight = 1 + own + times * measures.reduce((sum, part) => sum + part.weight, parts.length);
    if (depth > depthMax) throw malformed(at, `a type is nested more than ${depthMax} levels deep`);
    if (weight > weightMax) throw malformed(at, `a type has more than ${weightMax} parts`);
    this.#effort.spend(1 + parts.length + own);
    const borrows = type.kind === "borrow" || measures.some((part) => part.borrows);
    const points = (type.kind === "list" && type.length === undefined) || measures.some((part) => part.points);
    this.#measures.set(type, { depth, weight, borrows, points });
    return type;
  }
}

export function aliased({ at, sort, instance, name }: Extract<Definition, { kind: "alias" }>, scope: Scope): Entity {
  const entity = scope.get("instance", instance, at).exports.get(name);
  if (entity?.sort !== sort) throw malformed(at, `instance ${instance} exports no ${sort} ${shown(name)}`);
  return entity;
}

const primitives = new Map<string, WitType>();

function primitive(kind: Extract<ValueSyntax, string>): WitType {
  if (kind === "error-context")
    throw unsupported("the component uses error-context, which this host does not have", "build it for WASI 0.2");
  const type = primitives.get(kind) ?? { kind };
  primitives.set(kind, type);
  return type;
}
