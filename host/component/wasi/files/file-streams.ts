import { readSync, writeSync } from "node:fs";
import {
  type ByteSink,
  type ByteSource,
  InputStream,
  OutputStream,
  operationFailed,
  streamClosed,
} from "../streams.ts";
import { always } from "../waiting.ts";
import type { AttemptFiles, Opened } from "./attempt-files.ts";
import { FileIoError, fileErrorCode } from "./error-code.ts";

/** The most that is read or written at once, in bytes. */
export const bytesAtOnce = 64 * 1024;

/** A disk is never waited for: what is read is at hand, what is written has left. */
export class FileSource implements ByteSource {
  readonly readable = always;
  readonly #file: Opened<number>;
  #position: number;
  #failed = false;

  constructor(file: Opened<number>, position: number) {
    this.#file = file;
    this.#position = position;
  }

  read(max: number): Uint8Array {
    if (this.#failed) throw streamClosed();
    const bytes = failing(
      () => readAt(this.#file.handle, max, this.#position),
      () => {
        this.#failed = true;
      },
    );
    if (bytes.length === 0 && max > 0) throw streamClosed();
    this.#position += bytes.length;
    return bytes;
  }
}

/** Writes all of `bytes`, wherever it is that the next ones go. */
export type WriteNext = (bytes: Uint8Array) => void;

export class FileSink implements ByteSink {
  readonly writable = always;
  readonly flushed = always;
  readonly #write: WriteNext;
  #failed = false;

  constructor(write: WriteNext) {
    this.#write = write;
  }

  room(): number {
    if (this.#failed) throw streamClosed();
    return bytesAtOnce;
  }

  write(bytes: Uint8Array): void {
    failing(
      () => this.#write(bytes),
      () => {
        this.#failed = true;
      },
    );
  }
}

/** A stream keeps its file open. */
export class FileInputStream extends InputStream {
  readonly #file: Opened<number>;

  constructor(file: Opened<number>, position: number, files: AttemptFiles) {
    super(new FileSource(file, position), files.waiting);
    this.#file = file.hold();
  }

  [Symbol.dispose](): void {
    this.#file.release();
  }
}

export class FileOutputStream extends OutputStream {
  readonly #file: Opened<number>;

  /** Takes the caller's hold of the file. */
  constructor(file: Opened<number>, write: WriteNext, files: AttemptFiles) {
    super(new FileSink(write), files.waiting);
    this.#file = file;
  }

  [Symbol.dispose](): void {
    this.#file.release();
  }
}

/** Fewer bytes than `max` at the end of the file alone. */
export function readAt(file: number, max: number, position: number): Uint8Array {
  const bytes = new Uint8Array(max);
  let read = 0;
  while (read < max) {
    const more = readSync(file, bytes, read, max - read, position + read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

/** At the file's end, as the system keeps it, when `position` is null. */
export function writeAll(file: number, bytes: Uint8Array, position: number | null): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written, position === null ? null : position + written);
  }
}

/** What goes wrong below a stream is the last that the guest hears of it. */
function failing<T>(run: () => T, failed: () => void): T {
  try {
    return run();
  } catch (error) {
    const code = fileErrorCode(error);
    if (code === undefined) throw error;
    failed();
    throw operationFailed(new FileIoError(code));
  }
}
