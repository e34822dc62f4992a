import { statSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import type { GrantedDir } from "../core/deployment.ts";
import type { Refuse } from "./granted-env.ts";
import type { Operator } from "./operator.ts";
import { realPath } from "./real-path.ts";

const systemFolders = ["/proc", "/sys", "/dev", "/run"];

/** Refuses folders that may not be granted. They were named by their real paths when they were deployed: one that is reached
 *  by a link now is another. `own` are files and folders of the host, which no guest may see. */
export function checkGrantedDirs(
  dirs: readonly GrantedDir[],
  operator: Operator,
  own: readonly string[],
  refuse: Refuse,
): void {
  const kept = own.map(realPath);
  for (const dir of dirs) {
    const what = `the folder ${dir.host}`;
    const real = realPath(dir.host);
    if (real !== dir.host) {
      refuse(`${what} is reached by a symbolic link, and leads to ${real}: deploy again if that is meant`);
      continue;
    }
    if (!isFolder(dir.host)) refuse(`${what} is not there, or is no folder`);
    if (!mayHave(dir, operator)) {
      refuse(`${what} is not within a folder that the operator lets a component ${dir.writable ? "write to" : "read"}`);
    }
    for (const path of systemFolders) {
      if (isWithin(path, dir.host) || isWithin(dir.host, path))
        refuse(`${what} holds, or is in, ${path}, where the system shows processes and devices as files`);
    }
    for (const path of kept) {
      if (isWithin(path, dir.host) || isWithin(dir.host, path))
        refuse(`${what} holds, or is in, the host's own ${path}`);
    }
  }
}

function mayHave({ host, writable }: GrantedDir, { dirs }: Operator): boolean {
  return dirs?.some((dir) => isWithin(host, realPath(dir.host)) && (dir.writable || !writable)) ?? true;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
