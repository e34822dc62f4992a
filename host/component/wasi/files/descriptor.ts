import { fstatSync } from "node:fs";
import type { InputStream, OutputStream } from "../streams.ts";
import type { AttemptFiles } from "./attempt-files.ts";
import type { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { FileErr } from "./error-code.ts";
import type { Folder } from "./folder.ts";
import { descriptorStat, isSame, metadataHash, type NewTime } from "./metadata.ts";
import type { RegularFile } from "./regular-file.ts";

/** `path-flags` */
interface PathFlags {
  readonly symlinkFollow: boolean;
}

/** `open-flags` */
interface OpenFlags {
  readonly create: boolean;
  readonly directory: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
}

/** `descriptor-flags` */
interface DescriptorFlags {
  readonly read: boolean;
  readonly write: boolean;
  readonly fileIntegritySync: boolean;
  readonly dataIntegritySync: boolean;
  readonly requestedWriteSync: boolean;
  readonly mutateDirectory: boolean;
}

type Answer<T> = T | Promise<T>;

/** `wasi:filesystem/types.descriptor` */
export class Descriptor {
  readonly #of: Folder | RegularFile;
  readonly #files: AttemptFiles;

  /** Takes the caller's hold of what it is of. */
  constructor(of: Folder | RegularFile, files: AttemptFiles) {
    this.#of = of;
    this.#files = files;
  }

  readViaStream(offset: bigint): Answer<InputStream> {
    return this.#file((file) => file.readStream(offset));
  }

  writeViaStream(offset: bigint): Answer<OutputStream> {
    return this.#file((file) => file.writeStream(offset));
  }

  appendViaStream(): Answer<OutputStream> {
    return this.#file((file) => file.appendStream());
  }

  /** Taken note of by nobody. */
  advise(): Answer<void> {
    return this.#file(() => undefined);
  }

  syncData(): Answer<void> {
    return this.#either((of) => (of.type === "directory" ? of.sync() : of.syncContent()));
  }

  getFlags(): Answer<Partial<DescriptorFlags>> {
    return this.#either((of) => {
      if (of.type === "directory") return { read: true, mutateDirectory: of.mutable };
      const { read, write, sync } = of.rights;
      return { read, write, fileIntegritySync: sync };
    });
  }

  getType(): Answer<string> {
    return this.#either((of) => of.type);
  }

  setSize(size: bigint): Answer<void> {
    return this.#file((file) => file.resize(size));
  }

  setTimes(access: NewTime, modification: NewTime): Answer<void> {
    return this.#either((of) => {
      if (of.type === "directory") of.setTimes(".", false, access, modification);
      else of.setTimes(access, modification);
    });
  }

  read(length: bigint, offset: bigint): Answer<[Uint8Array, boolean]> {
    return this.#file((file) => file.read(length, offset));
  }

  write(bytes: Uint8Array, offset: bigint): Answer<bigint> {
    return this.#file((file) => file.write(bytes, offset));
  }

  readDirectory(): Answer<DirectoryEntryStream> {
    return this.#folder((folder) => folder.entries());
  }

  sync(): Answer<void> {
    return this.#either((of) => of.sync());
  }

  createDirectoryAt(path: string): Answer<void> {
    return this.#folder((folder) => folder.makeFolder(path));
  }

  stat(): Answer<object> {
    return this.#either((of) => descriptorStat(statsOf(of)));
  }

  statAt({ symlinkFollow }: PathFlags, path: string): Answer<object> {
    return this.#folder((folder) => descriptorStat(folder.stat(path, symlinkFollow)));
  }

  setTimesAt({ symlinkFollow }: PathFlags, path: string, access: NewTime, modification: NewTime): Answer<void> {
    return this.#folder((folder) => folder.setTimes(path, symlinkFollow, access, modification));
  }

  linkAt({ symlinkFollow }: PathFlags, path: string, to: Descriptor, newPath: string): Answer<void> {
    return this.#folder((folder) => folder.link(path, symlinkFollow, asFolder(to.#of), newPath));
  }

  openAt({ symlinkFollow }: PathFlags, path: string, how: OpenFlags, flags: DescriptorFlags): Answer<Descriptor> {
    return this.#folder((folder) => {
      const sync = flags.fileIntegritySync || flags.dataIntegritySync || flags.requestedWriteSync;
      return new Descriptor(folder.open(path, { ...how, ...flags, follow: symlinkFollow, sync }), this.#files);
    });
  }

  readlinkAt(path: string): Answer<string> {
    return this.#folder((folder) => folder.readLink(path));
  }

  removeDirectoryAt(path: string): Answer<void> {
    return this.#folder((folder) => folder.removeFolder(path));
  }

  renameAt(path: string, to: Descriptor, newPath: string): Answer<void> {
    return this.#folder((folder) => folder.rename(path, asFolder(to.#of), newPath));
  }

  symlinkAt(target: string, path: string): Answer<void> {
    return this.#folder((folder) => folder.makeLink(target, path));
  }

  unlinkFileAt(path: string): Answer<void> {
    return this.#folder((folder) => folder.unlink(path));
  }

  isSameObject(other: Descriptor): Answer<boolean> {
    return this.#either((of) => isSame(statsOf(of), statsOf(other.#of)));
  }

  metadataHash(): Answer<object> {
    return this.#either((of) => metadataHash(statsOf(of)));
  }

  metadataHashAt({ symlinkFollow }: PathFlags, path: string): Answer<object> {
    return this.#folder((folder) => metadataHash(folder.stat(path, symlinkFollow)));
  }

  [Symbol.dispose](): void {
    this.#of.opened.release();
  }

  #either<T>(run: (of: Folder | RegularFile) => T): Answer<T> {
    return this.#files.answer(() => run(this.#of));
  }

  #file<T>(run: (file: RegularFile) => T): Answer<T> {
    return this.#either((of) => {
      if (of.type === "directory") throw new FileErr("is-directory");
      return run(of);
    });
  }

  #folder<T>(run: (folder: Folder) => T): Answer<T> {
    return this.#either((of) => run(asFolder(of)));
  }
}

function asFolder(of: Folder | RegularFile): Folder {
  if (of.type === "directory") return of;
  throw new FileErr("not-directory");
}

function statsOf({ opened }: Folder | RegularFile) {
  return fstatSync(opened.handle, { bigint: true });
}
