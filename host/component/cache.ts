import { hash, randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../core/host-error.ts";
import type { Digest } from "../core/ids.ts";

/** Counts up whenever limited modules come out otherwise, so that older entries are not taken for new ones. */
const format = 1;
const hashBytes = 32;

/** Limited core modules on disk, one file a component. Files appear whole, by a rename, so hosts
 *  that start together and a host that is killed do no harm; a damaged file is made anew. */
export class ModuleCache {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  modules(digest: Digest, memoryBytesMax: number, make: () => Uint8Array[]): readonly Uint8Array[] {
    const file = join(this.#dir, `${digest.slice("sha256:".length)}-${format}-${memoryBytesMax}.modules`);
    const kept = read(file);
    if (kept !== undefined) return kept;
    const modules = make();
    this.#write(file, modules);
    return modules;
  }

  #write(file: string, modules: readonly Uint8Array[]): void {
    const aside = `${file}.${process.pid}.${randomUUID()}`;
    try {
      mkdirSync(this.#dir, { recursive: true });
      const descriptor = openSync(aside, "wx");
      try {
        const content = encode(modules);
        for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(aside, file);
    } catch (cause) {
      rmSync(aside, { force: true });
      throw new HostError("cache-failed", `the component cache ${this.#dir} can't be written: ${String(cause)}`, {
        hint: "make room or name another folder for the cache",
        cause,
      });
    }
  }
}

/** A hash over the rest, then each module with its length before it. */
function encode(modules: readonly Uint8Array[]): Uint8Array {
  const parts = modules.flatMap((module) => [lengthOf(module), module]);
  const content = Buffer.concat(parts);
  return Buffer.concat([hash("sha256", content, "buffer"), content]);
}

function lengthOf(module: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(module.length);
  return length;
}

function read(file: string): Uint8Array[] | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined; // not there yet, or not readable: it is made anew
  }
  const content = bytes.subarray(hashBytes);
  if (bytes.length < hashBytes || !hash("sha256", content, "buffer").equals(bytes.subarray(0, hashBytes)))
    return undefined;
  const modules: Uint8Array[] = [];
  for (let at = 0; at < content.length; ) {
    const length = content.readUInt32LE(at);
    modules.push(content.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return modules;
}
