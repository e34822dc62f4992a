import { FileErr } from "./error-code.ts";

/** A path as the guest gives it, or as a symbolic link has it. */
export interface ParsedPath {
  /** Without empty ones and `.`; `..` is still among them. */
  readonly names: readonly string[];
  /** It ends as the path of a folder does. */
  readonly folderOnly: boolean;
}

/** Linux's PATH_MAX without the byte that ends it. */
const pathBytesMax = 4095;

/** Throws FileErr for a path that is empty, absolute, too long or has a NUL in it. */
export function parsePath(path: string): ParsedPath {
  if (path === "") throw new FileErr("no-entry");
  if (path.includes("\0")) throw new FileErr("invalid");
  if (path.startsWith("/")) throw new FileErr("not-permitted");
  if (Buffer.byteLength(path) > pathBytesMax) throw new FileErr("name-too-long");
  return { names: path.split("/").filter((name) => name !== "" && name !== "."), folderOnly: /(^|\/)\.?$/.test(path) };
}

/** Whether a relative path, read from a folder that lies `depth` below another, stays below that other. */
export function staysBelow({ names }: ParsedPath, depth: number): boolean {
  let at = depth;
  return names.every((name) => (at += name === ".." ? -1 : 1) >= 0);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A name of the host's as a guest can have it; undefined for one that is not UTF-8. */
export function guestName(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
