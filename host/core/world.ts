import type { ComponentKind } from "./deployment.ts";
import { isCompatibleVersion, isReservedInterface, parseExtensionName, parseInterfaceName } from "./names.ts";
import { nearest } from "./nearest.ts";
import { functionDifference } from "./wit/difference.ts";
import { checkExport } from "./wit/signature.ts";
import type { ComponentType, FunctionType, InterfaceType } from "./wit/type.ts";

export interface WorldComponent {
  /** As the manifest names it. */
  readonly name: string;
  readonly kind: ComponentKind;
  readonly type: ComponentType;
}

/** What the host itself offers, by interface name with its version: the names of its functions, or any. */
export type Offers = ReadonlyMap<string, ReadonlySet<string> | "any">;

export interface HostOffers {
  readonly workflow: Offers;
  readonly activity: Offers;
}

/** Everything that keeps the components of a deployment from working together, one sentence each. An interface of the
 *  host's serves every import of a compatible version; one of a component's serves imports of that very version. */
export function checkWorld(components: readonly WorldComponent[], host: HostOffers): string[] {
  const exported = new Exported(components);
  return [
    ...exported.problems,
    ...components.flatMap((component) =>
      [...component.type.imports.values()].flatMap((imported) =>
        importProblems(component, imported, exported, host).map(
          (problem) => `the ${words[component.kind]} ${component.name} imports ${problem}`,
        ),
      ),
    ),
  ];
}

const words: Record<ComponentKind, string> = {
  workflow: "workflow",
  activity: "activity",
  activity_stub: "stub activity",
  activity_external: "external activity",
};

interface ExportedFunction {
  readonly component: string;
  readonly type: FunctionType;
}

/** The functions that a deployment's components offer to each other and to clients. */
class Exported {
  readonly #interfaces = new Map<string, Map<string, ExportedFunction>>();
  readonly problems: string[] = [];

  constructor(components: readonly WorldComponent[]) {
    for (const { name, type } of components) {
      for (const exported of callableInterfaces(type)) this.#add(name, exported);
    }
  }

  #add(component: string, { name, functions }: InterfaceType): void {
    const known = this.#interfaces.get(name) ?? new Map<string, ExportedFunction>();
    this.#interfaces.set(name, known);
    for (const [functionName, type] of functions) {
      const problem = checkExport(`${name}.${functionName}`, type);
      if (problem !== undefined) this.problems.push(`${component}: ${problem}`);
      const other = known.get(functionName);
      if (other === undefined) known.set(functionName, { component, type });
      else this.problems.push(`${name}.${functionName} is exported by ${other.component} and by ${component}`);
    }
  }

  functions(interfaceName: string): ReadonlyMap<string, ExportedFunction> | undefined {
    return this.#interfaces.get(interfaceName);
  }

  nearest(interfaceName: string): string | undefined {
    return nearest(interfaceName, this.#interfaces.keys())[0];
  }
}

/** The exported interfaces whose functions have a name to be called by. What a world exports outside of
 *  any interface, as the `init` of some JavaScript engines, has none. */
export function callableInterfaces({ exports }: ComponentType): readonly InterfaceType[] {
  return [...exports.values()].filter(({ name }) => parseInterfaceName(name) !== undefined);
}

function importProblems(
  component: WorldComponent,
  { name, functions }: InterfaceType,
  exported: Exported,
  host: HostOffers,
): readonly string[] {
  // An interface that is imported for its types alone asks for nothing.
  if (functions.size === 0) return [];
  const parsed = parseInterfaceName(name);
  if (parsed === undefined) {
    const names = [...functions.keys()].join(", ");
    return [`${names} outside of any interface of a package; nothing can be offered there`];
  }
  const extension = parseExtensionName(name);
  if (extension !== undefined) return extensionProblems(component, name, extension.base, exported);
  if (isReservedInterface(name)) return reservedProblems(component, name, functions, host);
  if (component.kind !== "workflow") return [`${name}; an activity can't call other components, only a workflow can`];
  return calledProblems(name, functions, exported);
}

function extensionProblems(
  component: WorldComponent,
  name: string,
  base: string,
  exported: Exported,
): readonly string[] {
  if (component.kind !== "workflow") return [`${name}, which only a workflow may`];
  return exported.functions(base) === undefined
    ? [`${name}, but no component of the deployment exports ${base}${near(exported, base)}`]
    : [];
}

function reservedProblems(
  component: WorldComponent,
  name: string,
  functions: InterfaceType["functions"],
  host: HostOffers,
): readonly string[] {
  const kind = component.kind === "workflow" ? "workflow" : "activity";
  const offered = offeredFunctions(host[kind], name);
  if (offered === "any") return [];
  if (offered !== undefined) {
    const missing = [...functions.keys()].filter((functionName) => !offered.has(functionName));
    return missing.map((functionName) => `${name}.${functionName}, which this host does not offer`);
  }
  const other = kind === "workflow" ? "activity" : "workflow";
  if (offeredFunctions(host[other], name) !== undefined) {
    return [`${name}, which only ${other === "activity" ? "an activity" : "a workflow"} may`];
  }
  const plain = parseInterfaceName(name)?.plain;
  const versions = [...host[kind].keys()].filter((offer) => parseInterfaceName(offer)?.plain === plain);
  return [
    `${name}, ${versions.length === 0 ? "which this host does not offer" : `but this host offers ${versions.join(", ")}`}`,
  ];
}

function offeredFunctions(offers: Offers, name: string): ReadonlySet<string> | "any" | undefined {
  const wanted = parseInterfaceName(name);
  for (const [offer, functions] of offers) {
    const offered = parseInterfaceName(offer);
    if (offered?.plain === wanted?.plain && isCompatibleVersion(wanted?.version, offered?.version)) return functions;
  }
  return undefined;
}

function calledProblems(name: string, functions: InterfaceType["functions"], exported: Exported): readonly string[] {
  const offered = exported.functions(name);
  if (offered === undefined) {
    return [`${name}, which no component of the deployment exports${near(exported, name)}`];
  }
  return [...functions].flatMap(([functionName, type]) => {
    const found = offered.get(functionName);
    if (found === undefined) return [`${name}.${functionName}, which no component of the deployment exports`];
    const difference = functionDifference(functionName, type, found.type);
    return difference === undefined ? [] : [`${name} as another than ${found.component} exports: ${difference}`];
  });
}

function near(exported: Exported, name: string): string {
  const found = exported.nearest(name);
  return found === undefined ? "" : `; did it mean ${found}?`;
}
