import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { basename, extname, join, relative, resolve } from "node:path";
import { HostError } from "../../core/host-error.ts";
import type { Engine } from "./engine.ts";
import { asyncMark, missingMark } from "./epilogue.ts";
import { putFile } from "./put-file.ts";
import { withoutInitExport } from "./sections.ts";
import { ToolFailure, type ToolProcess, ToolTimeout } from "./tool-process.ts";
import type { Bundle, StarlingMonkeyFeature } from "./tool-requests.ts";

export interface Guest {
  /** Absolute path of the entry. */
  readonly source: string;
  readonly bundle: Bundle;
  /** Folder with the world and all that it needs. */
  readonly wit: string;
  readonly world: string;
  readonly engine: Engine;
  /** Where files may be written for the engine. */
  readonly folder: string;
  /** The world asks for wasi:http itself. */
  readonly importsHttp: boolean;
}

/** Puts the bundled guest into its engine. Throws HostError `build-failed`. */
export async function componentize(tools: ToolProcess, guest: Guest): Promise<Uint8Array> {
  const { source, bundle, wit, world, engine } = guest;
  const name = `${basename(source, extname(source))}.js`;
  try {
    switch (engine) {
      case "quickjs": {
        // It must be a file, and the folder around it is open to the guest while it starts.
        const file = join(guest.folder, "bundle", name);
        await putFile(file, bundle.code);
        return withoutInitExport(await tools.call("quickjs", { wit, world, code: bundle.code, name: file }));
      }
      case "starlingmonkey":
        return await tools.call("starlingmonkey", { wit, world, code: bundle.code, name, features: featuresOf(guest) });
    }
  } catch (error) {
    throw error instanceof ToolFailure ? engineFailed(error, guest, name) : error;
  }
}

/** The global, not a property or a key of that name. */
const globalFetch = /(?<![.\w$"'`-])(?:(?:globalThis|self)\.)?fetch\b(?!["'`-]|\s*:)/;

/** Clocks and random numbers come from the host, which hands a workflow its own; without these features the engine
 *  traps or repeats what it drew at build time. `fetch` drags wasi:http in, which no workflow may import. */
function featuresOf({ bundle, importsHttp }: Guest): StarlingMonkeyFeature[] {
  const usesHttp = importsHttp || globalFetch.test(bundle.code);
  return ["stdio", "random", "clocks", ...(usesHttp ? (["http"] as const) : [])];
}

function engineFailed(failure: ToolFailure, { source, bundle, engine }: Guest, name: string): HostError {
  const shown = relative(process.cwd(), source);
  const failed = (message: string, hint?: string) =>
    new HostError("build-failed", message, { cause: failure, ...(hint !== undefined && { hint }) });

  if (failure instanceof ToolTimeout) {
    return failed(`${shown}: ${engine} is ${failure.message}`, "does it loop where the module is loaded?");
  }
  const [, missing] = new RegExp(`${missingMark} (.*)`).exec(failure.message) ?? [];
  if (missing !== undefined) {
    const [object = "", functionName = ""] = (missing.split(",")[0] ?? "").split(".");
    return failed(
      `${shown}: the world wants an export ${missing}`,
      `export const ${object} = { ${functionName}(…) { … } };`,
    );
  }
  const [, asynchronous] = new RegExp(`${asyncMark} (.*)`).exec(failure.message) ?? [];
  if (asynchronous !== undefined) {
    return failed(
      `${shown}: ${asynchronous} is async, and ${engine} has nothing to wait for`,
      "leave `async` and `await` away",
    );
  }
  const [, unknown] = /module ['"]([\w-]+:[\w-]+\/[^'"]+)['"]/.exec(failure.message) ?? [];
  if (unknown !== undefined) {
    return failed(`${shown}: ${unknown} is imported, but not by the world`, `add \`import ${unknown};\` to the world`);
  }
  const said = failure.message.split("\n").find((line) => line.includes("Error: ")) ?? failure.message;
  const message = /\w*Error: .*/.exec(said)?.[0] ?? said.trim();
  const place = placeOf(failure.message, bundle, name);
  return failed(place === undefined ? `${shown}: ${message}` : `${place.name}: ${message}\n${place.line}`);
}

/** Where in the author's files the engine stopped, from its line and column in the bundle. */
function placeOf(message: string, bundle: Bundle, name: string): { name: string; line: string } | undefined {
  const [, row, column] = new RegExp(`${RegExp.escape(name)}:(\\d+):(\\d+)`).exec(message) ?? [];
  if (row === undefined || column === undefined) return undefined;
  const origin = new SourceMap(JSON.parse(bundle.map) as SourceMapPayload).findOrigin(Number(row), Number(column));
  if (!("fileName" in origin)) return undefined;
  const file = bundle.files.find((path) => resolve(path).endsWith(origin.fileName.replace(/^(\.\.\/)+/, "")));
  if (file === undefined) return undefined;
  const line = readFileSync(file, "utf8").split("\n")[origin.lineNumber - 1] ?? "";
  return {
    name: `${relative(process.cwd(), file)}:${origin.lineNumber}:${origin.columnNumber}`,
    line: `  ${origin.lineNumber} | ${line}`,
  };
}
