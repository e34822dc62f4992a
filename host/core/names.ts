import { type FunctionName, nameCharactersMax } from "./ids.ts";
import { nearest } from "./nearest.ts";
import { type Parsed, parsed, refused } from "./parsed.ts";

export interface SplitFunctionName {
  /** `ns:pkg/ifc`, with its `@version` when the package has one. */
  readonly interfaceName: string;
  readonly functionName: string;
}

export interface InterfaceName {
  /** `ns:pkg/ifc`. */
  readonly plain: string;
  readonly namespace: string;
  readonly package: string;
  readonly interface: string;
  readonly version: string | undefined;
}

/** What the host itself offers beside an exported interface: `ns:pkg-obelisk-ext/ifc` and its likes. */
export interface ExtensionName {
  readonly kind: "ext" | "schedule" | "stub";
  /** The interface that is extended, version included. */
  readonly base: string;
}

const label = "[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*";
const semver = String.raw`\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?`;
const labelPattern = new RegExp(`^${label}$`);
const interfacePattern = new RegExp(`^((${label}):(${label})/(${label}))(?:@(${semver}))?$`);
const extensionPattern = /^(.+)-obelisk-(ext|schedule|stub)$/;
const reservedNamespaces: ReadonlySet<string> = new Set(["wasi", "obelisk", "stele"]);

export function parseInterfaceName(text: string): InterfaceName | undefined {
  const [, plain, namespace, pkg, name, version] = interfacePattern.exec(text) ?? [];
  if (plain === undefined || namespace === undefined || pkg === undefined || name === undefined) return undefined;
  return { plain, namespace, package: pkg, interface: name, version };
}

/** Reads `ns:pkg/ifc.fn` or `ns:pkg/ifc@1.2.0.fn`. */
export function parseFunctionName(text: string): Parsed<FunctionName> {
  if (text.length > nameCharactersMax) {
    return refused(`a function's name has at most ${nameCharactersMax} characters, and this one has ${text.length}`);
  }
  const { interfaceName, functionName } = splitFunctionName(text as FunctionName);
  if (parseInterfaceName(interfaceName) !== undefined && labelPattern.test(functionName)) {
    return parsed(text as FunctionName);
  }
  return refused(
    `${JSON.stringify(text)} is no function name; wanted ns:pkg/ifc.fn, ` +
      "with @version after the interface when its package has one, as in shop:checkout/orders@1.2.0.place",
  );
}

/** The function is named after the last dot: versions hold dots, names of functions do not. */
export function splitFunctionName(name: FunctionName): SplitFunctionName {
  const dot = name.lastIndexOf(".");
  return { interfaceName: name.slice(0, Math.max(dot, 0)), functionName: name.slice(dot + 1) };
}

/** Finds the function that a name, or its short form `.../ifc.fn`, stands for. The version may be left out of the short form.
 *  `owner` is said to have no other. */
export function resolveFunctionName(
  text: string,
  known: readonly FunctionName[],
  owner = "the deployment",
): Parsed<FunctionName> {
  const exact = known.find((name) => name === text);
  if (exact !== undefined) return parsed(exact);
  if (text.startsWith(".../")) return resolveShort(text, known, owner);
  const parsedName = parseFunctionName(text);
  if (!parsedName.ok) return refused(parsedName.problem + suggestion(nearest(text, known, 3)));
  return refused(`${owner} has no function ${text}${suggestion(nearest(text, known, 3))}`);
}

function resolveShort(text: string, known: readonly FunctionName[], owner: string): Parsed<FunctionName> {
  const shorts = known.map((name) => ({ name, forms: shortForms(name) }));
  const [found, ...others] = shorts.filter(({ forms }) => forms.includes(text)).map(({ name }) => name);
  if (found === undefined) {
    const near = new Set(nearest(text, new Set(shorts.flatMap(({ forms }) => forms)), 3));
    const names = shorts.filter(({ forms }) => forms.some((form) => near.has(form))).map(({ name }) => name);
    return refused(`${owner} has no function ${text}${suggestion(names)}`);
  }
  if (others.length === 0) return parsed(found);
  return refused(`${text} stands for several functions; write one of them in full: ${[found, ...others].join(", ")}`);
}

function shortForms(name: FunctionName): readonly string[] {
  const { interfaceName, functionName } = splitFunctionName(name);
  const short = interfaceName.slice(interfaceName.indexOf("/"));
  return [...new Set([short, short.replace(/@.*$/, "")])].map((ifc) => `...${ifc}.${functionName}`);
}

function suggestion(near: readonly string[]): string {
  return near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
}

/** Reads `ns:pkg-obelisk-ext/ifc`, `-obelisk-schedule` and `-obelisk-stub`. */
export function parseExtensionName(interfaceName: string): ExtensionName | undefined {
  const name = parseInterfaceName(interfaceName);
  const [, base, kind] = extensionPattern.exec(name?.package ?? "") ?? [];
  if (name === undefined || (kind !== "ext" && kind !== "schedule" && kind !== "stub")) return undefined;
  const version = name.version === undefined ? "" : `@${name.version}`;
  return { kind, base: `${name.namespace}:${base}/${name.interface}${version}` };
}

/** The interface that the host offers beside `base`. */
export function extensionInterfaceName({ kind, base }: ExtensionName): string {
  return base.replace("/", `-obelisk-${kind}/`);
}

/** Whether an interface is the host's own to offer, not another component's. */
export function isReservedInterface(interfaceName: string): boolean {
  const name = parseInterfaceName(interfaceName);
  if (name === undefined) return true;
  return reservedNamespaces.has(name.namespace) || extensionPattern.test(name.package);
}

/** Whether what is offered under one version serves who asks for the other: equal up to the first
 *  part that is not zero, as semantic versioning has it. Who names no version takes any. */
export function isCompatibleVersion(wanted: string | undefined, offered: string | undefined): boolean {
  if (wanted === undefined || offered === undefined || wanted === offered) return true;
  const track = (version: string) => /^(?:0\.0\.\d+|0\.\d+|\d+)(?=\.|$)/.exec(version)?.[0];
  return !wanted.includes("-") && !offered.includes("-") && track(wanted) === track(offered);
}

/** `HTTP-request-denied` to `httpRequestDenied`, as jco names functions, fields and flags. */
export function kebabToCamel(name: string): string {
  const pascal = kebabToPascal(name);
  const first = name.indexOf("-");
  const length = first < 0 ? name.length : first;
  return pascal.slice(0, length).toLowerCase() + pascal.slice(length);
}

/** `output-stream` to `OutputStream`, as jco names resources. */
export function kebabToPascal(name: string): string {
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join("");
}

/** `line-item` to `line_item`, as names stand in JSON. */
export function kebabToSnake(name: string): string {
  return name.replaceAll("-", "_");
}
