import { constants, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, futimesSync } from "node:fs";
import type { InputStream, OutputStream } from "../streams.ts";
import type { AttemptFiles, Opened } from "./attempt-files.ts";
import { FileErr } from "./error-code.ts";
import { bytesAtOnce, FileInputStream, FileOutputStream, readAt, writeAll } from "./file-streams.ts";
import { type NewTime, newSeconds } from "./metadata.ts";
import { pathOf } from "./walk.ts";

export interface FileRights {
  readonly read: boolean;
  readonly write: boolean;
  /** Each write returns once the disk has what it wrote. */
  readonly sync: boolean;
  /** The file lies in a folder that may be changed. */
  readonly mutable: boolean;
}

/** A regular file that the guest has open. */
export class RegularFile {
  readonly type = "regular-file";
  readonly opened: Opened<number>;
  readonly rights: FileRights;
  readonly #files: AttemptFiles;

  constructor(opened: Opened<number>, rights: FileRights, files: AttemptFiles) {
    this.opened = opened;
    this.rights = rights;
    this.#files = files;
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    const max = length < BigInt(bytesAtOnce) ? Number(length) : bytesAtOnce;
    const bytes = readAt(this.#readable, max, position(offset));
    return [bytes, bytes.length < max];
  }

  readStream(offset: bigint): InputStream {
    void this.#readable;
    return new FileInputStream(this.opened, position(offset), this.#files);
  }

  /** Returns how many bytes it wrote. */
  write(bytes: Uint8Array, offset: bigint): bigint {
    const chunk = bytes.subarray(0, bytesAtOnce);
    this.#writeAt(chunk, position(offset));
    return BigInt(chunk.length);
  }

  writeStream(offset: bigint): OutputStream {
    void this.#writable;
    let at = position(offset);
    return new FileOutputStream(
      this.opened.hold(),
      (bytes) => {
        this.#writeAt(bytes, at);
        at += bytes.length;
      },
      this.#files,
    );
  }

  /** Opens the file once more, so that the system itself finds the end for each write. */
  appendStream(): OutputStream {
    const appending = this.#files.openFile(
      pathOf(this.#writable),
      constants.O_WRONLY | constants.O_APPEND | (this.rights.sync ? constants.O_SYNC : 0),
    );
    return new FileOutputStream(
      appending,
      (bytes) => {
        this.#files.write(bytes.length, () => writeAll(appending.handle, bytes, null));
      },
      this.#files,
    );
  }

  resize(size: bigint): void {
    const file = this.#writable;
    const bytes = position(size);
    this.#files.write(Math.max(bytes - sizeOf(file), 0), () => ftruncateSync(file, bytes));
  }

  setTimes(access: NewTime, modification: NewTime): void {
    if (!this.rights.mutable) throw new FileErr("read-only");
    const file = this.opened.handle;
    const { atimeNs, mtimeNs } = fstatSync(file, { bigint: true });
    futimesSync(file, newSeconds(access, atimeNs), newSeconds(modification, mtimeNs));
  }

  sync(): void {
    fsyncSync(this.opened.handle);
  }

  syncContent(): void {
    fdatasyncSync(this.opened.handle);
  }

  get #readable(): number {
    if (!this.rights.read) throw new FileErr("bad-descriptor");
    return this.opened.handle;
  }

  get #writable(): number {
    if (!this.rights.write) throw new FileErr("bad-descriptor");
    return this.opened.handle;
  }

  /** A gap before the bytes counts with them: it makes the file as large. */
  #writeAt(bytes: Uint8Array, at: number): void {
    const file = this.#writable;
    const gap = Math.max(at - sizeOf(file), 0);
    this.#files.write(gap + bytes.length, () => writeAll(file, bytes, at));
  }
}

function sizeOf(file: number): number {
  return fstatSync(file).size;
}

/** An offset or a size. */
function position(offset: bigint): number {
  if (offset > BigInt(Number.MAX_SAFE_INTEGER - bytesAtOnce)) throw new FileErr("overflow");
  return Number(offset);
}
