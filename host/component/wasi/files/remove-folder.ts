import { randomUUID } from "node:crypto";
import { readdir, rename, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";

/** Removes a folder that nobody changes any more, if it is there. */
export async function removeFolder(folder: string): Promise<void> {
  if (await emptyFolder(folder)) await rmdir(folder);
}

/** Removes what is in a folder that nobody changes any more, and tells whether there is such a folder. However deep it is,
 *  no path grows long: folders within folders are moved up to the top before they are looked into. */
export async function emptyFolder(folder: string): Promise<boolean> {
  const prefix = randomUUID();
  const moved: string[] = [];
  let count = 0;
  const clear = async (path: string) => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const at = join(path, entry.name);
      if (!entry.isDirectory()) {
        await unlink(at);
        continue;
      }
      const top = join(folder, `${prefix}-${++count}`);
      await rename(at, top);
      moved.push(top);
    }
  };
  try {
    await clear(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  for (let next = moved.pop(); next !== undefined; next = moved.pop()) {
    await clear(next);
    await rmdir(next);
  }
  return true;
}
