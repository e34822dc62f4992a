import { hash, randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { HostError } from "../../core/host-error.ts";
import type { Digest } from "../../core/ids.ts";
import type { LimitedModule, ModuleLimits } from "./limit-module.ts";

/** To be raised whenever limited modules come out otherwise: older entries are not taken for new ones then. */
const format = 8;

const hashBytes = 32;

/** Below this size, limiting the modules again takes less time than keeping them. */
const worthwhileBytes = 64 * 1024;

interface Entry {
  readonly limits: ModuleLimits;
  /** Of the module behind the header. */
  readonly length: number;
}

/** Limited core modules on disk, one file for each component: a hash over the rest, a header with its length in front, the
 *  modules. A file comes into being by a rename, so hosts that start together and hosts that are killed leave no half
 *  of one, and one that is damaged is made anew. */
export class ModuleCache {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The limited modules of a component: those that are kept, or else those that `make` makes, kept from now on. */
  modules(digest: Digest, make: () => LimitedModule[]): readonly LimitedModule[] {
    const file = join(this.#dir, `${digest.replace(":", "-")}-${format}.modules`);
    const kept = readEntry(file);
    if (kept !== undefined) return kept;
    const modules = make();
    if (modules.reduce((sum, { bytes }) => sum + bytes.length, 0) >= worthwhileBytes) this.#write(file, modules);
    return modules;
  }

  #write(file: string, modules: readonly LimitedModule[]): void {
    try {
      mkdirSync(this.#dir, { recursive: true });
      this.#sweep();
      putWhole(file, encode(modules));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new HostError("cache-failed", `the component cache ${this.#dir} can't be written: ${why}`, {
        hint: "make room, give the folder to the user who runs the host, or name another by XDG_CACHE_HOME",
        cause,
      });
    }
  }

  /** Removes what hosts that were killed have left half-written. */
  #sweep(): void {
    for (const name of readdirSync(this.#dir)) {
      const file = join(this.#dir, name);
      const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (name.endsWith(asideSuffix) && age > abandonedMs) rmSync(file, { force: true });
    }
  }
}

const asideSuffix = ".aside";
/** Nobody takes this long to write an entry. */
const abandonedMs = 10 * 60 * 1000;

function putWhole(file: string, content: Uint8Array): void {
  const aside = `${file}.${randomUUID()}${asideSuffix}`;
  const descriptor = openSync(aside, "wx");
  try {
    for (let written = 0; written < content.length; ) written += writeSync(descriptor, content, written);
    fsyncSync(descriptor);
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function encode(modules: readonly LimitedModule[]): Uint8Array {
  const entries: Entry[] = modules.map(({ bytes, limits }) => ({ limits, length: bytes.length }));
  const header = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const content = Buffer.concat([length, header, ...modules.map(({ bytes }) => bytes)]);
  return Buffer.concat([hash("sha256", content, "buffer"), content]);
}

/** Undefined when there is no entry, or one that is not as it was written. */
function readEntry(file: string): LimitedModule[] | undefined {
  let stored: Buffer;
  try {
    stored = readFileSync(file);
  } catch {
    return undefined; // not there, or not to be read: made anew, and its folder is heard of when it is written
  }
  const content = stored.subarray(hashBytes);
  if (stored.length < hashBytes + 4 || !hash("sha256", content, "buffer").equals(stored.subarray(0, hashBytes)))
    return undefined;
  const headerEnd = 4 + content.readUInt32LE(0);
  const entries = JSON.parse(content.toString("utf8", 4, headerEnd)) as readonly Entry[];
  let at = headerEnd;
  return entries.map(({ limits, length }) => {
    at += length;
    return { limits, bytes: content.subarray(at - length, at) };
  });
}
