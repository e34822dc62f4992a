import { type ComponentKind, isWritten } from "./deployment.ts";
import type { FunctionName } from "./ids.ts";
import {
  type ExtensionName,
  isCompatibleVersion,
  isReservedInterface,
  parseExtensionName,
  parseInterfaceName,
} from "./names.ts";
import { nearest } from "./nearest.ts";
import { functionDifference } from "./wit/difference.ts";
import { extensionFunctions } from "./wit/extension.ts";
import { checkExport } from "./wit/signature.ts";
import type { ComponentType, FunctionType, InterfaceType } from "./wit/type.ts";

export interface WorldComponent {
  /** As the manifest names it. */
  readonly name: string;
  readonly kind: ComponentKind;
  readonly type: ComponentType;
}

/** A component whose code runs: only that needs what it imports. */
interface Coded extends WorldComponent {
  readonly kind: "workflow" | "activity";
}

/** The functions that the host itself offers, by interface name with its version. */
export type Offers = ReadonlyMap<string, InterfaceType["functions"]>;

export interface HostOffers {
  readonly workflow: Offers;
  readonly activity: Offers;
}

/** Everything that keeps the components of a deployment from working together, one sentence each. An interface of the
 *  host's serves every import of a compatible version; one of a component's serves imports of that very version, or of
 *  none where it has none itself: packages of different versions stand side by side and are never taken for each other. */
export function checkWorld(components: readonly WorldComponent[], host: HostOffers): string[] {
  const exported = new Exported(components);
  return [
    ...exported.problems,
    ...components
      .filter(isCoded)
      .flatMap((component) =>
        [...component.type.imports.values()].flatMap((imported) =>
          importProblems(component, imported, exported, host).map(
            (problem) => `the ${component.kind} ${component.name} imports ${problem}`,
          ),
        ),
      ),
  ];
}

/** What keeps the exports of components from being called, one sentence each. */
export function checkExports(components: readonly WorldComponent[]): readonly string[] {
  return new Exported(components).problems;
}

function isCoded(component: WorldComponent): component is Coded {
  return hasCode(component.kind);
}

function hasCode(kind: ComponentKind): kind is Coded["kind"] {
  return kind === "workflow" || kind === "activity";
}

interface ExportedFunction {
  readonly component: string;
  readonly kind: ComponentKind;
  readonly type: FunctionType;
}

/** The functions that a deployment's components offer to each other and to clients. */
class Exported {
  readonly #interfaces = new Map<string, Map<string, ExportedFunction>>();
  readonly problems: string[] = [];

  constructor(components: readonly WorldComponent[]) {
    for (const component of components) {
      const callable = callableInterfaces(component.type);
      for (const exported of callable) this.#add(component, exported);
      if (callable.length === 0) this.problems.push(...forOtherHosts(component));
    }
  }

  #add({ name: component, kind }: WorldComponent, { name, functions }: InterfaceType): void {
    if (parseExtensionName(name) !== undefined) {
      this.problems.push(`${component}: ${name} is exported, which only the host itself may offer`);
      return;
    }
    const known = this.#interfaces.get(name) ?? new Map<string, ExportedFunction>();
    this.#interfaces.set(name, known);
    for (const [functionName, type] of functions) {
      const problem = checkExport(`${name}.${functionName}`, type);
      if (problem !== undefined) this.problems.push(`${component}: ${problem}`);
      const other = known.get(functionName);
      if (other === undefined) known.set(functionName, { component, kind, type });
      else this.problems.push(`${name}.${functionName} is exported by ${other.component} and by ${component}`);
    }
  }

  functions(interfaceName: string): ReadonlyMap<string, ExportedFunction> | undefined {
    return this.#interfaces.get(interfaceName);
  }

  /** What may have been meant by an interface that nobody exports: the same under other versions, or a similar name. */
  suggestion(interfaceName: string): string {
    const plain = parseInterfaceName(interfaceName)?.plain;
    const others = [...this.#interfaces.keys()].filter((name) => parseInterfaceName(name)?.plain === plain);
    if (others.length > 0) return `; there is ${others.join(", ")}`;
    return didItMean(interfaceName, this.#interfaces.keys());
  }
}

/** The exported interfaces whose functions have a name to be called by. What a world exports outside of any interface, as
 *  the `init` of some JavaScript engines, has none; what WASI defines, as the `run` of a command, is called by other hosts. */
export function callableInterfaces({ exports }: ComponentType): readonly InterfaceType[] {
  return [...exports.values()].filter(({ name }) => {
    const parsed = parseInterfaceName(name);
    return parsed !== undefined && parsed.namespace !== "wasi";
  });
}

/** A component that exports nothing but what WASI defines can't be called at all. */
function forOtherHosts({ name, kind, type }: WorldComponent): readonly string[] {
  const exported = [...type.exports.keys()].filter((each) => parseInterfaceName(each) !== undefined);
  if (exported.length === 0) return [];
  const wanted = `${kind === "workflow" ? "a workflow" : "an activity"} exports an interface of its own`;
  return [`${name} exports only ${exported.join(", ")}, which this host does not call; ${wanted}, as ns:pkg/ifc`];
}

/** The functions that a component of this type offers to be called. */
export function callableFunctions(type: ComponentType): readonly FunctionName[] {
  return callableInterfaces(type).flatMap(({ name: interfaceName, functions }) =>
    [...functions.keys()].map((name) => `${interfaceName}.${name}` as FunctionName),
  );
}

function importProblems(
  component: Coded,
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
  if (extension === undefined && isReservedInterface(name)) return reservedProblems(component, name, functions, host);
  if (component.kind === "activity") return [`${name}; an activity can't call other components, only a workflow can`];
  return extension === undefined
    ? calledProblems(name, functions, exported)
    : extensionProblems(name, functions, extension, exported);
}

function calledProblems(name: string, functions: InterfaceType["functions"], exported: Exported): readonly string[] {
  const offered = exported.functions(name);
  if (offered === undefined) {
    return [`${name}, which no component of the deployment exports${exported.suggestion(name)}`];
  }
  return [...functions].flatMap(([functionName, type]) => {
    const found = offered.get(functionName);
    if (found === undefined) {
      const suggestion = didItMean(functionName, offered.keys());
      return [`${name}.${functionName}, which no component of the deployment exports${suggestion}`];
    }
    return differenceProblem(functionName, type, found.type, `${name} as another than ${found.component} exports`);
  });
}

function extensionProblems(
  name: string,
  functions: InterfaceType["functions"],
  { kind, base }: ExtensionName,
  exported: Exported,
): readonly string[] {
  const extended = exported.functions(base);
  if (extended === undefined) {
    return [`${name}, but no component of the deployment exports ${base}${exported.suggestion(base)}`];
  }
  const offered = extensionFunctions(kind, new Map([...extended].map(([of, { type }]) => [of, type])));
  return [...functions].flatMap(([functionName, type]) => {
    const found = offered.get(functionName);
    const target = found && extended.get(found.of);
    if (found === undefined || target === undefined) {
      const suggestion = didItMean(functionName, offered.keys());
      return [`${name}.${functionName}, which the host does not offer beside ${base}${suggestion}`];
    }
    if (kind === "stub" && !isWritten(target.kind)) {
      const why = `${found.of} is run by the ${target.kind} ${target.component}: only a stub or external activity is written to`;
      return [`${name}.${functionName}, but ${why}`];
    }
    return differenceProblem(functionName, type, found.type, `${name} as another than the host offers it`);
  });
}

function reservedProblems(
  { kind }: Coded,
  name: string,
  functions: InterfaceType["functions"],
  host: HostOffers,
): readonly string[] {
  const offered = offeredFunctions(host[kind], name);
  if (offered !== undefined) {
    return [...functions].flatMap(([functionName, type]) => {
      const found = offered.get(functionName);
      if (found === undefined) {
        return [`${name}.${functionName}, which this host does not offer${didItMean(functionName, offered.keys())}`];
      }
      return differenceProblem(functionName, type, found, `${name} as another than the host offers it`);
    });
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

function offeredFunctions(offers: Offers, name: string): InterfaceType["functions"] | undefined {
  const wanted = parseInterfaceName(name);
  for (const [offer, functions] of offers) {
    const offered = parseInterfaceName(offer);
    if (offered?.plain === wanted?.plain && isCompatibleVersion(wanted?.version, offered?.version)) return functions;
  }
  return undefined;
}

function differenceProblem(name: string, imported: FunctionType, offered: FunctionType, problem: string): string[] {
  const difference = functionDifference(name, imported, offered);
  return difference === undefined ? [] : [`${problem}: ${difference}`];
}

function didItMean(name: string, candidates: Iterable<string>): string {
  const [found] = nearest(name, candidates);
  return found === undefined ? "" : `; did it mean ${found}?`;
}
