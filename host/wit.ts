import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { contractFolder } from "./component/build/wit-folder.ts";
import { packagesDeclaredIn } from "./component/build/wit-text.ts";
import { digestOf, readComponentType } from "./component/component.ts";
import { HostError } from "./core/host-error.ts";
import { authorPackages, type PackageText } from "./core/wit/author-packages.ts";
import { checkExports } from "./core/world.ts";
import { readComponentTypes } from "./deployment/read.ts";
import { hostOffers } from "./offers.ts";

/** A WIT file for the `deps` folder of an author's package. */
export interface WitFile {
  /** Relative to that folder. */
  readonly path: string;
  readonly text: string;
}

export interface DeploymentWit {
  /** The interfaces of the components, and those whose types they use. */
  readonly bases: readonly WitFile[];
  /** What the host itself offers beside each of them. */
  readonly extensions: readonly WitFile[];
  /** Components of the manifest that have not been built, so that nothing is known of them. */
  readonly missing: readonly string[];
}

/** What an author needs to call the components of a manifest, for a `deps` folder: the packages of the folder that it is
 *  in are left out. Throws HostError. */
export function deploymentWit(manifestPath: string, depsFolder?: string): DeploymentWit {
  const { components, missing } = readComponentTypes(manifestPath, { digestOf, readComponentType, offers: hostOffers });
  const problems = checkExports(components);
  if (problems.length > 0) {
    const lines = problems.map((line) => `  ${line}`).join("\n");
    throw new HostError("component-refused", `${manifestPath}: the components can't be called\n${lines}`);
  }
  const { bases, extensions } = authorPackages(
    components,
    depsFolder === undefined ? undefined : packagesAbove(depsFolder),
  );
  return { bases: bases.map(witFile), extensions: extensions.map(witFile), missing };
}

/** The packages of the host itself. */
export function supportWit(): readonly WitFile[] {
  const folder = contractFolder();
  const paths = globSync("*/*.wit", { cwd: folder }).toSorted();
  return paths.map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}

function packagesAbove(depsFolder: string): ReadonlySet<string> {
  const folder = dirname(resolve(depsFolder));
  const texts = globSync("*.wit", { cwd: folder }).map((path) => readFileSync(join(folder, path), "utf8"));
  return new Set(texts.flatMap(packagesDeclaredIn));
}

function witFile({ name, text }: PackageText): WitFile {
  return { path: `${name.replace(":", "-")}.wit`, text };
}
