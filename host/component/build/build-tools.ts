import { readFileSync } from "node:fs";
import { HostError } from "../../core/host-error.ts";
import type { Engine } from "./engine.ts";
import { findPackage, ownPackage } from "./find-package.ts";

const packagesOf: Readonly<Record<Engine | "none", readonly string[]>> = {
  none: ["@bytecodealliance/jco"],
  quickjs: ["@bytecodealliance/jco"],
  starlingmonkey: ["@bytecodealliance/jco", "@bytecodealliance/componentize-js"],
};

/** Packages that only a build needs are optional: says which are missing, as HostError `build-failed`. */
export function requireTools(engine: Engine | "none"): void {
  const missing = packagesOf[engine].filter((name) => findPackage(name) === undefined);
  if (missing.length === 0) return;
  const what = engine === "none" ? "to build a component" : `to build with ${engine}`;
  throw new HostError("build-failed", `${what}, ${missing.join(" and ")} must be installed`, {
    hint: `npm install --save-dev ${missing.join(" ")}`,
  });
}

/** Version of an installed package; of Stele itself without a name. */
export function versionOf(name?: string): string {
  const file = name === undefined ? ownPackage() : findPackage(name);
  const found: unknown = file === undefined ? undefined : JSON.parse(readFileSync(file, "utf8"));
  const version = typeof found === "object" && found !== null && "version" in found ? found.version : undefined;
  return typeof version === "string" ? version : "unknown";
}
