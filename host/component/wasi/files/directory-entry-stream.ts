import { type Dir, type Dirent, opendirSync } from "node:fs";
import type { AttemptFiles, Opened } from "./attempt-files.ts";
import { guestName } from "./paths.ts";

interface DirectoryEntry {
  readonly type: string;
  readonly name: string;
}

/** A folder whose names are bytes: Node's types know only those whose names are text. */
interface RawDir extends Pick<Dir, "closeSync"> {
  readSync(): Dirent<Buffer> | null;
}

/** `wasi:filesystem/types.directory-entry-stream`. Names that are not UTF-8 are passed over: no guest could say them. */
export class DirectoryEntryStream {
  readonly #files: AttemptFiles;
  readonly #dir: Opened<RawDir>;

  constructor(path: string, files: AttemptFiles) {
    this.#files = files;
    this.#dir = files.open(
      () => opendirSync(path, { encoding: "buffer" as BufferEncoding }) as unknown as RawDir,
      (dir) => dir.closeSync(),
    );
  }

  /** Undefined at the end. */
  readDirectoryEntry(): DirectoryEntry | undefined | Promise<DirectoryEntry | undefined> {
    return this.#files.answer(() => {
      for (;;) {
        const entry = this.#dir.handle.readSync();
        if (entry === null) return undefined;
        const name = guestName(entry.name);
        if (name !== undefined) return { type: entryType(entry), name };
      }
    });
  }

  [Symbol.dispose](): void {
    this.#dir.release();
  }
}

function entryType(entry: Dirent<Buffer>): string {
  if (entry.isFile()) return "regular-file";
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "symbolic-link";
  if (entry.isFIFO()) return "fifo";
  if (entry.isSocket()) return "socket";
  if (entry.isCharacterDevice()) return "character-device";
  return entry.isBlockDevice() ? "block-device" : "unknown";
}
