import type { ComponentType, FunctionType, InterfaceType } from "../../core/wit/type.ts";
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
  for (const [name, functions] of grouped(exports)) {
    sources.set(
      name,
      new Map(
        [...functions].flatMap(([functionName, { source }]) => (source === undefined ? [] : [[functionName, source]])),
      ),
    );
  }
  return sources;
}

function interfaces(entities: Exports): Map<string, InterfaceType> {
  const types = new Map<string, InterfaceType>();
  for (const [name, functions] of grouped(entities)) {
    types.set(name, {
      name,
      functions: new Map([...functions].map(([functionName, { type }]) => [functionName, type])),
    });
  }
  return types;
}

interface Function {
  readonly type: FunctionType;
  readonly source: FunctionSource | undefined;
}

function grouped(entities: Exports): Map<string, Map<string, Function>> {
  const groups = new Map<string, Map<string, Function>>();
  for (const [name, entity] of entities) {
    if (entity.sort === "instance") groups.set(name, functionsOf(entity.exports));
  }
  const root = functionsOf(entities);
  if (root.size > 0) groups.set(rootName, root);
  return groups;
}

function functionsOf(entities: Exports): Map<string, Function> {
  return new Map(
    [...entities].filter((entry): entry is [string, Extract<Entity, { sort: "func" }>] => entry[1].sort === "func"),
  );
}
