/** What can be read from WIT text without parsing it all: enough to find the packages that it needs. */
export interface WitText {
  /** Path as the author gave it, for messages. */
  readonly path: string;
  readonly text: string;
}

export interface PackageReference {
  /** `ns:name`, with `@version` when it has one. */
  readonly name: string;
  readonly position: number;
}

const version = String.raw`\d+\.\d+\.\d+(?:[-+][\w.+-]*\w)?`;
const packageName = String.raw`[a-z][\w-]*:[a-z][\w-]*`;

/** The same length, so that positions stay what they are. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "));
}

export function packagesDeclaredIn(text: string): string[] {
  const declared = new RegExp(String.raw`\bpackage\s+(${packageName})(@${version})?\s*[;{]`, "g");
  return [...withoutComments(text).matchAll(declared)].map(([, name = "", at = ""]) => name + at);
}

export function packagesUsedIn(text: string): PackageReference[] {
  const used = new RegExp(String.raw`(${packageName})/%?[a-z][\w-]*(@${version})?`, "g");
  return [...withoutComments(text).matchAll(used)].map(({ 1: name = "", 2: at = "", index }) => ({
    name: name + at,
    position: index,
  }));
}

export function worldsIn(text: string): string[] {
  return [...withoutComments(text).matchAll(/\bworld\s+%?([a-z][\w-]*)\s*\{/g)].map(([, name = ""]) => name);
}

/** `path:line:column`, then the line itself. */
export function pointAt({ path, text }: WitText, position: number): { place: string; line: string } {
  const before = text.slice(0, position);
  const start = before.lastIndexOf("\n") + 1;
  const number = before.split("\n").length;
  const [line = ""] = text.slice(start).split("\n");
  return { place: `${path}:${number}:${position - start + 1}`, line: `  ${number} | ${line}` };
}
