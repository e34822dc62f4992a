import { sameType } from "../../core/wit/difference.ts";
import type { FunctionType, WitType } from "../../core/wit/type.ts";
import { malformed } from "../binary/binary-reader.ts";
import type { Effort } from "../binary/effort.ts";
import type { Description } from "../binary/syntax.ts";
import type { TypeResolver } from "./resolve-types.ts";
import type { Entity, Scope } from "./scope.ts";

interface Place {
  readonly name: string;
  /** In which the description's indices count. */
  readonly scope: Scope;
  readonly at: number;
  readonly types: TypeResolver;
  readonly effort: Effort;
}

/** Checks that something is what it is said to be, so that nobody is told a type that it has not. Names of types may differ. */
export function checkFits(entity: Entity, of: Description, { name, scope, at, types, effort }: Place): void {
  const described = types.described(of, name, scope, at, (resourceName) => {
    const given = entity.sort === "instance" ? entity.exports.get(resourceName) : entity;
    if (given?.sort !== "type" || given.type.kind !== "resource")
      throw malformed(at, `${name} has no resource ${resourceName}`);
    return given.type.resource;
  });
  const problem = difference(entity, described, { types, effort });
  if (problem !== undefined) throw malformed(at, `${name} is not what it is said to be: ${problem}`);
}

function difference(
  entity: Entity,
  described: Entity,
  tools: { types: TypeResolver; effort: Effort },
): string | undefined {
  if (entity.sort !== described.sort) return `a ${entity.sort} instead of a ${described.sort}`;
  if (entity.sort === "func" && described.sort === "func") {
    tools.effort.spend(tools.types.weight(entity.type));
    return sameFunction(entity.type, described.type) ? undefined : "a function of another type";
  }
  if (entity.sort === "type" && described.sort === "type") {
    if (entity.type.kind !== described.type.kind)
      return `the type of a ${entity.type.kind} instead of that of a ${described.type.kind}`;
    if (entity.type.kind !== "value" || described.type.kind !== "value") return undefined;
    tools.effort.spend(tools.types.measure(entity.type.type).weight);
    return sameType(entity.type.type, described.type.type) ? undefined : "another type";
  }
  if (entity.sort !== "instance" || described.sort !== "instance") return undefined;
  for (const [name, wanted] of described.exports) {
    const given = entity.exports.get(name);
    const problem = given === undefined ? "it is not there" : difference(given, wanted, tools);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

function sameFunction(a: FunctionType, b: FunctionType): boolean {
  const same = (left: WitType | undefined, right: WitType | undefined) =>
    left === undefined || right === undefined ? left === right : sameType(left, right);
  return (
    a.params.length === b.params.length &&
    a.params.every((param, i) => same(param.type, b.params[i]?.type)) &&
    same(a.result, b.result)
  );
}
