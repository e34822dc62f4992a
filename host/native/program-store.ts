import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { HostError } from "../core/host-error.ts";
import type { Digest } from "../core/ids.ts";
import { type Parsed, parsed, refused } from "../core/parsed.ts";

/** The host's own copies of the programs that deployments name, by digest: what was digested is what runs. */
export class ProgramStore {
  readonly #folder: string;
  /** Digested in this host's life. */
  readonly #checked = new Map<Digest, Promise<boolean>>();

  /** `folder` is an absolute path, made when a program is kept. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps a copy, durably. Throws HostError: `component-refused` when the file is no longer the one that was digested. */
  async keep(path: string, digest: Digest): Promise<void> {
    const file = this.#fileOf(digest);
    const aside = `${file}.${process.pid}`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await chmod(this.#folder, 0o700);
      if (await isDigest(file, digest)) return;
      await rm(aside, { force: true });
      await copyFile(path, aside);
      await chmod(aside, 0o500);
      if (!(await isDigest(aside, digest))) throw changed(path, digest);
      await sync(aside);
      await rename(aside, file);
      await sync(this.#folder);
      this.#checked.delete(digest);
    } catch (cause) {
      await rm(aside, { force: true });
      if (cause instanceof HostError) throw cause;
      throw new HostError("journal-io", `the program ${path} can't be kept in ${this.#folder}: ${reason(cause)}`, {
        hint: "make room in the data folder, or make it writable",
        cause,
      });
    }
  }

  /** The copy to be run, digested once more before the first time. */
  async file(digest: Digest): Promise<Parsed<string>> {
    const file = this.#fileOf(digest);
    let checked = this.#checked.get(digest);
    if (checked === undefined) {
      checked = isDigest(file, digest);
      this.#checked.set(digest, checked);
    }
    if (await checked) return parsed(file);
    this.#checked.delete(digest);
    return refused(`${file} is not the program ${digest} any more: deploy it again`);
  }

  /** Removes the copies of all other programs, and what a host that was killed had begun to copy. Only for a host that owns
   *  the folder, and while nothing is being kept. What can't be removed stays: the next start tries again. */
  async keepOnly(digests: readonly Digest[]): Promise<void> {
    const kept = new Set(digests.map((digest) => this.#fileOf(digest)));
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(this.#folder, name));
    const gone = files.filter((file) => !kept.has(file));
    await Promise.allSettled(gone.map((file) => rm(file)));
  }

  #fileOf(digest: Digest): string {
    return join(this.#folder, digest.replace(/^sha256:/, ""));
  }
}

function changed(path: string, digest: Digest): HostError {
  return new HostError("component-refused", `the program ${path} is not ${digest} any more`, {
    hint: "it was written while it was being deployed: deploy again",
  });
}

async function isDigest(file: string, digest: Digest): Promise<boolean> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash);
  } catch {
    return false;
  }
  return `sha256:${hash.digest("hex")}` === digest;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
