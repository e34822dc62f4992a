import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import type { AttemptFiles, Opened } from "./attempt-files.ts";
import { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { FileErr, fileErrorCode } from "./error-code.ts";
import { type NewTime, newSeconds, typeOf } from "./metadata.ts";
import { parsePath, staysBelow } from "./paths.ts";
import { RegularFile } from "./regular-file.ts";
import { linkTarget, oPath, type Place, pathOf, walk } from "./walk.ts";

/** What a new file, folder or link counts as written, in bytes: what one takes of a disk when it is empty. */
const entryBytes = 4096;

const openingFolder = constants.O_RDONLY | constants.O_DIRECTORY;

/** How a guest asks to open a path. */
export interface Opening {
  readonly follow: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly directory: boolean;
  readonly read: boolean;
  readonly write: boolean;
  readonly mutateDirectory: boolean;
  /** Each write returns once the disk has what it wrote. */
  readonly sync: boolean;
}

/** A folder that the guest has open; all that it names lies below. What may be done there is the same for all folders below
 *  a granted one. */
export class Folder {
  readonly type = "directory";
  readonly opened: Opened<number>;
  readonly mutable: boolean;
  readonly #files: AttemptFiles;

  constructor(opened: Opened<number>, mutable: boolean, files: AttemptFiles) {
    this.opened = opened;
    this.mutable = mutable;
    this.#files = files;
  }

  /** A folder of the host's, whose path is not the guest's. */
  static granted(host: string, mutable: boolean, files: AttemptFiles): Folder {
    return new Folder(files.openFile(host, openingFolder), mutable, files);
  }

  open(path: string, how: Opening): Folder | RegularFile {
    if (how.write || how.create || how.truncate || how.mutateDirectory) this.#mustBeMutable();
    if (how.create && how.directory) throw new FileErr("invalid");
    const exclusive = how.create && how.exclusive;
    return this.#at(path, how.follow && !exclusive, (place) => {
      return (how.create ? this.#create(place, how) : undefined) ?? this.#openExisting(place, how);
    });
  }

  entries(): DirectoryEntryStream {
    return new DirectoryEntryStream(pathOf(this.opened.handle), this.#files);
  }

  stat(path: string, follow: boolean): BigIntStats {
    return this.#at(path, follow, (place) => lstatSync(place.path, { bigint: true }));
  }

  setTimes(path: string, follow: boolean, access: NewTime, modification: NewTime): void {
    this.#changeAt(path, follow, (place) => {
      const { atimeNs, mtimeNs } = lstatSync(place.path, { bigint: true });
      lutimesSync(place.path, newSeconds(access, atimeNs), newSeconds(modification, mtimeNs));
    });
  }

  makeFolder(path: string): void {
    this.#makeAt(path, (place) => mkdirSync(place.path));
  }

  removeFolder(path: string): void {
    this.#changeAt(path, false, (place) => rmdirSync(place.path));
  }

  unlink(path: string): void {
    this.#changeAt(path, false, (place) => unlinkSync(place.path));
  }

  rename(path: string, to: Folder, newPath: string): void {
    this.#changeAt(path, false, (place) => {
      to.#changeAt(newPath, false, (newPlace) => renameSync(place.path, newPlace.path));
    });
  }

  /** A hard link lets its file be written to, so both folders have to be writable. */
  link(path: string, follow: boolean, to: Folder, newPath: string): void {
    this.#changeAt(path, follow, (place) => {
      to.#makeAt(newPath, (newPlace) => linkSync(place.path, newPlace.path));
    });
  }

  /** The host follows no link out of a folder; others who read there may, so none is made that leads out. */
  makeLink(target: string, path: string): void {
    const parsed = parsePath(target);
    this.#makeAt(path, (place) => {
      if (!staysBelow(parsed, place.depth)) throw new FileErr("not-permitted");
      symlinkSync(target, place.path);
    });
  }

  readLink(path: string): string {
    const target = this.#at(path, false, (place) => linkTarget(place.path));
    if (target.startsWith("/")) throw new FileErr("not-permitted");
    return target;
  }

  sync(): void {
    fsyncSync(this.opened.handle);
  }

  #at<T>(path: string, follow: boolean, visit: (place: Place) => T): T {
    return walk(this.opened.handle, path, follow, visit);
  }

  #changeAt(path: string, follow: boolean, change: (place: Place) => void): void {
    this.#mustBeMutable();
    this.#at(path, follow, change);
  }

  #makeAt(path: string, make: (place: Place) => void): void {
    this.#changeAt(path, false, (place) => this.#files.write(entryBytes, () => make(place)));
  }

  #mustBeMutable(): void {
    if (!this.mutable) throw new FileErr("read-only");
  }

  /** Undefined when there is something already, and that will do. */
  #create(place: Place, how: Opening): RegularFile | undefined {
    if (place.folderOnly) return undefined;
    const flags = accessOf(how) | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    try {
      const opened = this.#files.write(entryBytes, () => this.#files.openFile(place.path, flags, 0o666));
      return this.#file(opened, how);
    } catch (error) {
      if (how.exclusive || fileErrorCode(error) !== "exist") throw error;
      return undefined;
    }
  }

  /** Looks at what it is before it opens it: opening a device or a pipe may have effects. */
  #openExisting({ path, folderOnly }: Place, how: Opening): Folder | RegularFile {
    const found = openSync(path, oPath | constants.O_NOFOLLOW);
    try {
      switch (typeOf(fstatSync(found, { bigint: true }))) {
        case "directory":
          if (how.write || how.truncate || how.create) throw new FileErr("is-directory");
          return new Folder(this.#files.openFile(pathOf(found), openingFolder), this.mutable, this.#files);
        case "regular-file": {
          if (how.directory || folderOnly) throw new FileErr("not-directory");
          const flags = accessOf(how) | (how.truncate ? constants.O_TRUNC : 0);
          return this.#file(this.#files.openFile(pathOf(found), flags), how);
        }
        case "symbolic-link":
          throw new FileErr(how.directory ? "not-directory" : "loop");
        default:
          throw new FileErr("not-permitted");
      }
    } finally {
      closeSync(found);
    }
  }

  #file(opened: Opened<number>, how: Opening): RegularFile {
    const rights = { read: how.read || !how.write, write: how.write, sync: how.sync, mutable: this.mutable };
    return new RegularFile(opened, rights, this.#files);
  }
}

/** A file that is opened for nothing can be read. */
function accessOf({ read, write, sync }: Opening): number {
  const access = write ? (read ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  return access | (sync ? constants.O_SYNC : 0);
}
