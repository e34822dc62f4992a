import type { ComponentType, FunctionType, InterfaceType, WitType } from "../../core/wit/type.ts";
import type { FunctionSource } from "./plan.ts";
import type { Entity, Exports } from "./scope.ts";

/** The interface under which functions stand that the world itself imports or exports. */
const rootName = "$root";

/** What a component asks for and offers, as the rest of the host knows it. */
export function componentType(imports: Exports, exports: Exports): ComponentType {
  return { imports: interfaces(imports), exports: interfaces(exports) };
}

/** Where each exported function comes from, by interface. */
export function exportedFunctions(exports: Exports): Map<string, Map<string, FunctionSource>> {
  const sources = new Map<string, Map<string, FunctionSource>>();
  for (const [name, members] of instances(exports)) {
    sources.set(
      name,
      new Map(
        [...functionsOf(members)].flatMap(([functionName, { source }]) =>
          source === undefined ? [] : [[functionName, source]],
        ),
      ),
    );
  }
  return sources;
}

function interfaces(entities: Exports): Map<string, InterfaceType> {
  return new Map(
    instances(entities).map(([name, members]) => {
      const functions = new Map([...functionsOf(members)].map(([functionName, { type }]) => [functionName, type]));
      return [name, { name, types: typesOf(members), functions }];
    }),
  );
}

interface Function {
  readonly type: FunctionType;
  readonly source: FunctionSource | undefined;
}

/** What each interface holds, and at last what stands outside of any. */
function instances(entities: Exports): (readonly [string, Exports])[] {
  const inside = [...entities].flatMap(([name, entity]) =>
    entity.sort === "instance" ? [[name, entity.exports] as const] : [],
  );
  return functionsOf(entities).size > 0 ? [...inside, [rootName, entities]] : inside;
}

function functionsOf(entities: Exports): Map<string, Function> {
  return new Map(
    [...entities].filter((entry): entry is [string, Extract<Entity, { sort: "func" }>] => entry[1].sort === "func"),
  );
}

function typesOf(entities: Exports): Map<string, WitType> {
  return new Map(
    [...entities].flatMap(([name, entity]) => {
      if (entity.sort !== "type") return [];
      if (entity.type.kind === "value") return [[name, entity.type.type] as const];
      return entity.type.kind === "resource" ? [[name, { kind: "own", resource: entity.type.resource }] as const] : [];
    }),
  );
}
