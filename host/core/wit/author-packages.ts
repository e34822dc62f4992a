import { type ComponentKind, isWritten } from "../deployment.ts";
import { HostError } from "../host-error.ts";
import { type ExtensionName, extensionInterfaceName, isReservedInterface } from "../names.ts";
import { sameType } from "./difference.ts";
import { extensionFunctions } from "./extension.ts";
import { interfaceText, packageOf } from "./interface-text.ts";
import { obeliskTypes } from "./obelisk-types.ts";
import type { ComponentType, FunctionType, InterfaceType, WitType } from "./type.ts";
import { TypeHomes } from "./type-homes.ts";

/** A WIT package and its text. */
export interface PackageText {
  /** `ns:pkg`, with its `@version` when it has one. */
  readonly name: string;
  readonly text: string;
}

interface AuthorComponent {
  readonly kind: ComponentKind;
  readonly type: ComponentType;
}

/** The packages that an author who calls a deployment's components writes against: theirs, and the host's extensions of
 *  them. Those of the host itself and of WASI are texts already. The author's own packages are left out, and so is what
 *  stands beside them: it would depend on what depends on it. Throws HostError `component-refused` when components
 *  disagree about a type. */
export function authorPackages(
  components: readonly AuthorComponent[],
  own: ReadonlySet<string> = new Set(),
): {
  readonly bases: readonly PackageText[];
  readonly extensions: readonly PackageText[];
} {
  const homes = new TypeHomes();
  for (const { type } of components) homes.addComponent(type);
  for (const types of obeliskTypes) homes.add(types);
  const known = merged(components);
  const isForeign = ({ name }: InterfaceType) => !own.has(packageOf(name));
  return {
    bases: packageTexts(reached(known, homes).filter(isForeign), homes),
    extensions: packageTexts([...known.values()].filter(isForeign).flatMap(extensionsOf), homes),
  };
}

/** What is known of an interface from all components together. */
interface Known {
  readonly name: string;
  readonly types: Map<string, WitType>;
  /** Those that a component exports. */
  readonly functions: Map<string, FunctionType>;
  /** Those whose result others write. */
  readonly stubs: Map<string, FunctionType>;
}

function merged(components: readonly AuthorComponent[]): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  const at = ({ name, types }: InterfaceType): Known => {
    const here: Known = known.get(name) ?? { name, types: new Map(), functions: new Map(), stubs: new Map() };
    known.set(name, here);
    for (const [typeName, type] of types) addType(here, typeName, type);
    return here;
  };
  for (const { kind, type } of components) {
    for (const imported of type.imports.values()) at(imported);
    for (const exported of type.exports.values()) {
      const { functions, stubs } = at(exported);
      for (const [name, functionType] of exported.functions) {
        functions.set(name, functionType);
        if (isWritten(kind)) stubs.set(name, functionType);
      }
    }
  }
  return new Map([...known].filter(([name]) => !isReservedInterface(name)));
}

function addType({ name, types }: Known, typeName: string, type: WitType): void {
  const other = types.get(typeName);
  if (other !== undefined && !sameType(other, type)) {
    throw new HostError("component-refused", `the components do not agree on what the type ${name}.${typeName} is`, {
      hint: "build them against the same WIT, or give the package another version",
    });
  }
  if (other === undefined) types.set(typeName, type);
}

/** The interfaces that components export, and those whose types they use. */
function reached(known: ReadonlyMap<string, Known>, homes: TypeHomes): InterfaceType[] {
  const found = new Set([...known.values()].filter(({ functions }) => functions.size > 0));
  for (const { types, functions } of found) {
    const signatures = [...functions.values()].flatMap(typesOf);
    for (const { interfaceName } of homes.within([...types.values(), ...signatures])) {
      const used = known.get(interfaceName);
      // A set goes on to what is added to it while it is walked.
      if (used !== undefined) found.add(used);
    }
  }
  return [...found];
}

function typesOf({ params, result }: FunctionType): WitType[] {
  return [...params.map(({ type }) => type), ...(result === undefined ? [] : [result])];
}

function extensionsOf({ name: base, functions, stubs }: Known): InterfaceType[] {
  const offered = (kind: ExtensionName["kind"], of: InterfaceType["functions"]): InterfaceType[] => {
    const offers = [...extensionFunctions(kind, of)].map(([name, { type }]) => [name, type] as const);
    if (offers.length === 0) return [];
    return [{ name: extensionInterfaceName({ kind, base }), types: new Map(), functions: new Map(offers) }];
  };
  return [...offered("ext", functions), ...offered("schedule", functions), ...offered("stub", stubs)];
}

function packageTexts(interfaces: readonly InterfaceType[], homes: TypeHomes): PackageText[] {
  const packages = Map.groupBy(interfaces, ({ name }) => packageOf(name));
  return [...packages]
    .map(([name, members]) => {
      const texts = members.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((one) => interfaceText(one, homes));
      return { name, text: `${[`package ${name};`, ...texts].join("\n\n")}\n` };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
