import type { Engine } from "./engine.ts";

/** The guest's types as jco writes them, made true for the engine that will run the guest. Text by relative path. */
export function typesFor(
  engine: Engine,
  world: string,
  types: Readonly<Record<string, string>>,
): Record<string, string> {
  const exported = exportedInterfaces(types[`${world}.d.ts`] ?? "");
  const adapted = Object.entries(types).map(([path, text]) => {
    const isExported = exported.some((name) => text.includes(`declare module '${name}'`));
    return [path, engine === "quickjs" ? forQuickJs(text, isExported) : forStarlingMonkey(text, isExported)] as const;
  });
  const files = Object.fromEntries(adapted);
  if (engine === "quickjs") {
    files["globals.d.ts"] = quickJsGlobals;
    files[`${world}.d.ts`] = `/// <reference path="./globals.d.ts" />\n${files[`${world}.d.ts`] ?? ""}`;
  }
  return files;
}

/** Beside the language itself, this is all that QuickJS has. */
const quickJsGlobals = `declare function atob(text: string): string;
declare function btoa(text: string): string;
declare function queueMicrotask(callback: () => void): void;
declare const performance: { now(): number };
`;

/** Libraries of TypeScript that describe the engine's globals. */
export const librariesOf: Readonly<Record<Engine, readonly string[]>> = {
  quickjs: ["es2024", "esnext.disposable"],
  starlingmonkey: ["es2024", "esnext.disposable", "webworker"],
};

function exportedInterfaces(worldText: string): string[] {
  return [...worldText.matchAll(/^\s*export \* as \w+ from '([^']+)'/gm)].map(([, name = ""]) => name);
}

const comment = /(\/\*[\s\S]*?\*\/|\/\/.*)/;
const functionLine = /^(\s*(?:export function|static|get)?\s*\w+\()(.*)(\): )(.*);$/;

/** Rewrites what is no comment, line by line. */
function eachLine(text: string, rewrite: (line: string) => string): string {
  return text
    .split(comment)
    .map((part, i) => (i % 2 === 1 ? part : part.split("\n").map(rewrite).join("\n")))
    .join("");
}

/** QuickJS: 64-bit integers are plain numbers (a bigint traps), a list is an Array unless it is one of bytes, and `none`
 *  arrives as null, while both null and undefined may be given. */
function forQuickJs(text: string, isExported: boolean): string {
  const received = (type: string) => type.replaceAll("| undefined", "| null");
  const given = (type: string) => type.replaceAll("| undefined", "| null | undefined");
  const [ofParams, ofResult] = isExported ? [received, given] : [given, received];
  return eachLine(text, (line) => {
    const plain = line
      .replaceAll(/\bbigint\b/g, "number")
      .replaceAll(/\b(?:Int8|Int16|Uint16|Int32|Uint32|Float32|Float64|BigInt64|BigUint64)Array\b/g, "number[]");
    const [, start, params, colon, result] = functionLine.exec(plain) ?? [];
    if (params !== undefined && result !== undefined) return `${start}${ofParams(params)}${colon}${ofResult(result)};`;
    return given(plain).replace(/^(\s*\w+\?: )(.*),$/, "$1$2 | null,");
  });
}

/** StarlingMonkey: an exported function may be asynchronous; the engine waits for its promise. */
function forStarlingMonkey(text: string, isExported: boolean): string {
  if (!isExported) return text;
  return eachLine(text, (line) => line.replace(functionLine, "$1$2$3$4 | Promise<$4>;"));
}
