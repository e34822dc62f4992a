import { readdirSync, readlinkSync } from "node:fs";

/** What this process, all its threads together, has open of a folder. */
export function openBelow(folder: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // the listing's own
    }
  });
}
