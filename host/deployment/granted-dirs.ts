import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import type { GrantedDir } from "../core/deployment.ts";
import type { Refuse } from "./granted-env.ts";
import type { Operator } from "./operator.ts";

const systemFolders = ["/proc", "/sys", "/dev", "/run"];

/** The folders as they are on the disk, symbolic links followed: what has been allowed is what will be opened. `own` are
 *  files and folders of the host, which no guest may see. */
export function grantedDirs(
  dirs: readonly GrantedDir[],
  operator: Operator,
  own: readonly string[],
  refuse: Refuse,
): readonly GrantedDir[] {
  const kept = own.map(realPath);
  return dirs.map((asked) => {
    const dir = { ...asked, host: realPath(asked.host) };
    const what = `the folder ${asked.host}`;
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
    return dir;
  });
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

function realPath(path: string): string {
  try {
    return realpathSync.native(path); // Node's own takes `..` in a link by the letter
  } catch {
    return resolve(path);
  }
}
