import { realpathSync } from "node:fs";
import { resolve } from "node:path";

/** Where a path leads, symbolic links followed; the path itself where nothing is. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path); // Node's own takes `..` in a link by the letter
  } catch {
    return resolve(path);
  }
}
