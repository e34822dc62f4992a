import { findPackageJSON } from "node:module";
import { pathToFileURL } from "node:url";

/** Path of the package.json of a package as a module at `from` would find it, by default this one. */
export function findPackage(name: string, from?: string): string | undefined {
  try {
    return findPackageJSON(name, from === undefined ? import.meta.url : pathToFileURL(from));
  } catch {
    // Not installed is an answer here, not an error.
    return undefined;
  }
}

/** Path of Stele's own package.json. */
export function ownPackage(): string | undefined {
  return findPackage("..");
}
