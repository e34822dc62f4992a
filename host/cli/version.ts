import { readFileSync } from "node:fs";

/** The package's version; its manifest lies two folders up in the sources and three in the build. */
export function version(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as Record<
        string,
        string
      >;
      if (name === "stele" && found !== undefined) return found;
    } catch {
      // not in this place
    }
  }
  return "unknown";
}
