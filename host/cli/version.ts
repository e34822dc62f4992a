import { createRequire } from "node:module";
import { assert } from "../core/assert.ts";

/** The package's version. */
export function version(): string {
  const manifest: unknown = createRequire(import.meta.url)("stele/package.json");
  assert(manifest instanceof Object && "version" in manifest, "the package has no version");
  return String(manifest.version);
}
