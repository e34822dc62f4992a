import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { HostError } from "../../core/host-error.ts";
import type { Engine } from "./engine.ts";
import { findPackage } from "./find-package.ts";
import { librariesOf } from "./guest-types.ts";
import { jsName, moduleExport } from "./js-names.ts";
import type { WorldExport } from "./tool-requests.ts";
import { pointAt } from "./wit-text.ts";

export interface TypeCheck {
  /** Absolute paths. */
  readonly source: string;
  readonly typesDir: string;
  readonly engine: Engine;
  readonly world: string;
  readonly exports: readonly WorldExport[];
  /** Where two files of this check may be written. */
  readonly folder: string;
}

/** Checks a TypeScript source against the guest's types, and its exports against the world. Throws HostError
 *  `build-failed` with each error and its line. Without a TypeScript compiler at hand nothing is checked. */
export async function checkTypes(check: TypeCheck): Promise<void> {
  const tsc = findCompiler(check.source);
  if (tsc === undefined) return;
  const exportsFile = join(check.folder, "exports.ts");
  const statements = exportStatements(check);
  await writeFile(exportsFile, statements.map(({ text }) => text).join("\n"));
  await writeFile(join(check.folder, "tsconfig.json"), JSON.stringify(configOf(check, exportsFile), null, 2));
  const output = await run(tsc, ["-p", join(check.folder, "tsconfig.json"), "--pretty", "false"]);
  const problems = [...new Set(problemsIn(output).map((problem) => describe(problem, check, exportsFile, statements)))];
  if (problems.length === 0 && output.code === 0) return;
  const what = problems.length === 1 ? "a type error" : `${problems.length} type errors`;
  throw new HostError(
    "build-failed",
    problems.length > 0 ? `${what}\n${problems.join("\n")}` : `the TypeScript compiler failed: ${output.text.trim()}`,
    { hint: `the world's types are in ${relative(process.cwd(), check.typesDir)}` },
  );
}

export function tsconfigBeside(source: string): string | undefined {
  const path = join(dirname(source), "tsconfig.json");
  return existsSync(path) ? path : undefined;
}

/** The author's compiler, or else the one that jco brings along. */
function findCompiler(source: string): string | undefined {
  const jco = findPackage("@bytecodealliance/jco");
  const found = findPackage("typescript", source) ?? (jco === undefined ? undefined : findPackage("typescript", jco));
  return found === undefined ? undefined : join(dirname(found), "bin", "tsc");
}

function configOf({ source, typesDir, engine, world }: TypeCheck, exportsFile: string): unknown {
  const beside = tsconfigBeside(source);
  return {
    ...(beside !== undefined && { extends: beside }),
    compilerOptions: {
      target: "es2024",
      module: "esnext",
      moduleResolution: "bundler",
      ...(beside === undefined && { strict: true }),
      lib: librariesOf[engine],
      types: [],
      allowImportingTsExtensions: true,
      allowJs: true,
      noEmit: true,
      skipLibCheck: true,
      composite: false,
      incremental: false,
    },
    files: [source, join(typesDir, `${world}.d.ts`), exportsFile],
    include: [],
  };
}

interface Statement {
  readonly text: string;
  /** What the statement is about, as the author would write it. */
  readonly name: string;
}

/** One line for each function that the world wants, so that the line of an error tells which. */
function exportStatements({ source, world, exports, typesDir }: TypeCheck): Statement[] {
  const worldText = readFileSync(join(typesDir, `${world}.d.ts`), "utf8");
  const statements = [{ text: `import * as guest from ${JSON.stringify(source)};`, name: "" }];
  for (const { interfaceName, functionName } of exports) {
    if (interfaceName === undefined) continue;
    const object = moduleExport(interfaceName);
    const name = jsName(functionName);
    const [, specifier = interfaceName] = new RegExp(`export \\* as ${object} from '([^']+)'`).exec(worldText) ?? [];
    statements.push({
      text: `guest.${object}.${name} satisfies (typeof import(${JSON.stringify(specifier)}))[${JSON.stringify(name)}];`,
      name: `${object}.${name}`,
    });
  }
  return statements;
}

interface Output {
  readonly text: string;
  readonly code: number | null;
}

function run(script: string, args: readonly string[]): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const output of [child.stdout, child.stderr])
      output.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.on("error", reject);
    child.on("close", (code) => resolve({ text, code }));
  });
}

interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  /** The compiler's lines below the first go on explaining it. */
  readonly message: string;
}

function problemsIn({ text }: Output): Problem[] {
  const problems: Problem[] = [];
  for (const line of text.split("\n")) {
    const [, file, row, column, code = "", message = ""] =
      /^(.+?)\((\d+),(\d+)\): error (TS\d+): (.*)$/.exec(line) ?? [];
    const last = problems.at(-1);
    if (file !== undefined) {
      problems.push({ file: resolve(file), line: Number(row), column: Number(column), code, message });
    } else if (last !== undefined && line.startsWith(" ")) {
      problems[problems.length - 1] = { ...last, message: `${last.message}\n${line}` };
    }
  }
  return problems;
}

const propertyMissing = new Set(["TS2339", "TS2551"]);

function describe(problem: Problem, check: TypeCheck, exportsFile: string, statements: readonly Statement[]): string {
  if (problem.file === exportsFile) {
    const { name = "" } = statements[problem.line - 1] ?? {};
    const { place, line } = exportPlace(check.source, name);
    return propertyMissing.has(problem.code)
      ? `${place}: the world wants an export ${name}`
      : `${place}: the export ${name} is not what the world wants: ${problem.message}${line}`;
  }
  const line = readFileSync(problem.file, "utf8").split("\n")[problem.line - 1] ?? "";
  const place = `${relative(process.cwd(), problem.file)}:${problem.line}:${problem.column}`;
  // What the compiler would have one do does not help: the engine has no more than this.
  const message = problem.message.replace(
    / Do you need to change your target library\?.*/,
    ` There is none in ${check.engine}.`,
  );
  return `${place}: ${message}\n  ${problem.line} | ${line}`;
}

/** Where the source seems to define `object.name`; only the file's name when it does so elsewhere. */
function exportPlace(source: string, name: string): { place: string; line: string } {
  const [object = "", functionName = ""] = name.split(".");
  const text = readFileSync(source, "utf8");
  const definition = new RegExp(`export const ${object}\\b[\\s\\S]*?\\b(${functionName})\\s*[(<:,}]`, "d").exec(text);
  const position = definition?.indices?.[1]?.[0];
  const path = relative(process.cwd(), source);
  if (position === undefined) return { place: path, line: "" };
  const { place, line } = pointAt({ path, text }, position);
  return { place, line: `\n${line}` };
}
