import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { HostError } from "../../core/host-error.ts";
import { findPackage, ownPackage } from "./find-package.ts";
import { packagesDeclaredIn, packagesUsedIn, pointAt, type WitText, worldsIn } from "./wit-text.ts";

export interface WitFolder {
  /** A folder that jco and the engines can read: the author's package, and below `deps` all that it needs. */
  readonly path: string;
  /** The author's own files. */
  readonly files: readonly WitText[];
  readonly worlds: readonly string[];
}

/** Copies a WIT package together with the packages that it uses, into an empty folder. What the author's own `deps` does
 *  not hold is taken from the contract's packages, which Stele brings along, and from WASI's, which jco does. `also` names
 *  packages that are put there in any case. */
export async function composeWit(source: string, folder: string, also: readonly string[] = []): Promise<WitFolder> {
  const files = witFilesOf(source);
  const deps = statSync(source).isDirectory() ? join(source, "deps") : undefined;
  await mkdir(join(folder, "deps"), { recursive: true });
  for (const { path, text } of files) await writeFile(join(folder, basename(path)), text);
  const own = [...files];
  if (deps !== undefined && existsSync(deps)) {
    await cp(deps, join(folder, "deps"), { recursive: true, dereference: true });
    own.push(...globSync("**/*.wit", { cwd: deps }).map((path) => witText(join(deps, path))));
  }

  const known = new Set(own.flatMap(({ text }) => packagesDeclaredIn(text)));
  const add = async (name: string): Promise<boolean> => {
    if (known.has(name)) return true;
    known.add(name);
    const found = readPackage(name);
    if (found === undefined) return false;
    await mkdir(join(folder, "deps", fileNameOf(name)));
    for (const { path, text } of found) await writeFile(join(folder, "deps", fileNameOf(name), basename(path)), text);
    wanted.push(...found);
    return true;
  };
  const wanted = [...own];
  for (const name of also) await add(name);
  for (let file = wanted.shift(); file !== undefined; file = wanted.shift()) {
    for (const { name, position } of packagesUsedIn(file.text)) {
      if (!(await add(name))) throw unknownPackage(name, file, position);
    }
  }
  return { path: folder, files, worlds: files.flatMap(({ text }) => worldsIn(text)) };
}

/** Adds an import to a world of a composed folder. Its package must be there. */
export async function addImport(wit: WitFolder, world: string, interfaceName: string): Promise<void> {
  const file = wit.files.find(({ text }) => worldsIn(text).includes(world));
  if (file === undefined || file.text.includes(interfaceName)) return;
  const opening = new RegExp(`\\bworld\\s+%?${world}\\s*\\{`);
  await writeFile(join(wit.path, basename(file.path)), file.text.replace(opening, `$& import ${interfaceName};`));
}

function witFilesOf(source: string): WitText[] {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new HostError("wit-invalid", `there is no WIT at ${relative(process.cwd(), source)}`, {
      hint: "name the folder (or the one file) with the package that holds the world",
    });
  }
  if (stat.isFile()) return [witText(source)];
  const names = readdirSync(source).filter((name) => name.endsWith(".wit"));
  if (names.length === 0) {
    throw new HostError("wit-invalid", `${relative(process.cwd(), source)} holds no .wit file`, {
      hint: "its packages of others belong below deps/, the one with the world right here",
    });
  }
  return names.toSorted().map((name) => witText(join(source, name)));
}

function witText(path: string): WitText {
  return { path: relative(process.cwd(), path), text: readFileSync(path, "utf8") };
}

function fileNameOf(packageName: string): string {
  return packageName.replace(":", "-");
}

/** Folder of the contract's packages: each in one named `ns-name@version`. */
export function contractFolder(): string {
  return join(dirname(ownPackage() ?? import.meta.dirname), "wit");
}

function readPackage(name: string): WitText[] | undefined {
  const folders = name.startsWith("wasi:") ? wasiFolders() : [join(contractFolder(), fileNameOf(name))];
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    const files = witFilesOf(folder);
    if (files.some(({ text }) => packagesDeclaredIn(text).includes(name))) return files;
  }
  return undefined;
}

/** jco keeps one folder per WASI package below one per version. */
function wasiFolders(): string[] {
  const jco = findPackage("@bytecodealliance/jco");
  if (jco === undefined) return [];
  const builtin = join(dirname(jco), "lib", "wit", "builtin");
  return globSync("*/wasi-*", { cwd: builtin }).map((path) => join(builtin, path));
}

function unknownPackage(name: string, file: WitText, position: number): HostError {
  const { place, line } = pointAt(file, position);
  const [bare = name] = name.split("@");
  const contract = readdirSync(contractFolder()).map((folder) => folder.replace("-", ":"));
  const wasi = wasiFolders().flatMap((folder) => witFilesOf(folder).flatMap(({ text }) => packagesDeclaredIn(text)));
  const versions = [...contract, ...wasi].filter((other) => other.startsWith(`${bare}@`));
  return new HostError("wit-invalid", `${place}: the package ${name} is not here\n${line}`, {
    hint:
      versions.length > 0
        ? `there is ${versions.toSorted().join(", ")}`
        : `put its WIT below deps/ of ${dirname(file.path) || "."}; obelisk and wasi packages are found without`,
  });
}
