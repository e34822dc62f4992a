import { closeSync, constants, existsSync, lstatSync, openSync, readlinkSync } from "node:fs";
import { FileErr } from "./error-code.ts";
import { guestName, parsePath } from "./paths.ts";

/** Where a path leads: a name in a folder, whether or not something has it. */
export interface Place {
  /** For the system's functions; as good as a pair of folder and name, for as long as the visit lasts. */
  readonly path: string;
  /** How far the folder lies below the root. */
  readonly depth: number;
  /** The guest's path ends as that of a folder does. */
  readonly folderOnly: boolean;
}

/** For a handle that only stands for a file or folder. Not among Node's constants. */
export const oPath = 0o10000000;

const linksMax = 32;
/** Of a path and all links on its way: bounds the time of a walk, and the folders that it holds open. */
const namesMax = 256;

const openFiles = "/proc/self/fd";

/** Only Linux has a path for a name below an open folder, which is what makes a walk safe. */
export function canWalk(): boolean {
  return process.platform === "linux" && existsSync(openFiles);
}

/** The open file or folder itself. */
export function pathOf(fd: number): string {
  return `${openFiles}/${fd}`;
}

/** Walks a guest's path from an open folder and calls `visit` with the place that it leads to. Each folder on the way is
 *  opened by its name in the one before, so whatever others rename meanwhile, the walk stays below the root. Links on the
 *  way are followed, one at its end only if asked or if the path is a folder's. Throws FileErr or a system error. */
export function walk<T>(root: number, path: string, followLast: boolean, visit: (place: Place) => T): T {
  const folders: number[] = [];
  try {
    return visit(placeOf(root, path, followLast, folders));
  } finally {
    for (const folder of folders) closeSync(folder);
  }
}

function placeOf(root: number, path: string, followLast: boolean, folders: number[]): Place {
  const parsed = parsePath(path);
  const left = parsed.names.toReversed();
  let { folderOnly } = parsed;
  let [links, names] = [0, 0];
  for (;;) {
    const parent = pathOf(folders.at(-1) ?? root);
    const name = left.pop();
    if (name === undefined) return { path: `${parent}/.`, depth: folders.length, folderOnly };
    if (++names > namesMax) throw new FileErr("name-too-long");
    if (name === "..") {
      leave(folders);
      continue;
    }
    const [entry, last] = [`${parent}/${name}`, left.length === 0];
    const place = { path: entry, depth: folders.length, folderOnly };
    if (last && !followLast && !folderOnly) return place;
    const found = lstatSync(entry, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) {
      if (++links > linksMax) throw new FileErr("loop");
      const target = parsePath(linkTarget(entry));
      if (last) folderOnly ||= target.folderOnly;
      left.push(...target.names.toReversed());
    } else if (last) {
      if (folderOnly && found?.isDirectory() === false) throw new FileErr("not-directory");
      return place;
    } else folders.push(openSync(entry, oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW));
  }
}

function leave(folders: number[]): void {
  const folder = folders.pop();
  if (folder === undefined) throw new FileErr("not-permitted");
  closeSync(folder);
}

/** What a symbolic link says. */
export function linkTarget(path: string): string {
  const target = guestName(readlinkSync(path, { encoding: "buffer" }));
  if (target === undefined) throw new FileErr("illegal-byte-sequence");
  return target;
}
