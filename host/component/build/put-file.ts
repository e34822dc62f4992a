import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { HostError } from "../../core/host-error.ts";

/** Puts a file in place whole or not at all, whoever else writes it at the same time. */
export async function putFile(path: string, contents: Uint8Array | string): Promise<void> {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(aside, contents, { flush: true });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    const why = error instanceof Error ? error.message : String(error);
    throw new HostError("build-failed", `cannot write ${path}: ${why}`, { cause: error });
  }
}
