import { closeSync, openSync } from "node:fs";
import type { GuestScope } from "../guest-scope.ts";
import type { Waiting } from "../waiting.ts";
import { FileErr, fileErrorCode } from "./error-code.ts";

export interface FileLimits {
  /** Files and folders open at once. */
  readonly openFilesMax: number;
  /** All in all. */
  readonly writtenBytesMax: number;
}

/** What one attempt has open and has written. */
export class AttemptFiles {
  readonly #scope: GuestScope;
  readonly #openMax: number;
  #openCount = 0;
  #bytesLeft: number;

  constructor(scope: GuestScope, { openFilesMax, writtenBytesMax }: FileLimits) {
    this.#scope = scope;
    this.#openMax = openFilesMax;
    this.#bytesLeft = writtenBytesMax;
  }

  get waiting(): Waiting {
    return this.#scope;
  }

  /** The answer of one call of the guest. An attempt that has ended opens nothing more. */
  answer<T>(run: () => T): T | Promise<T> {
    if (this.#scope.ended !== undefined) throw this.#scope.ended;
    try {
      return this.#scope.pace(run());
    } catch (error) {
      const code = fileErrorCode(error);
      throw code === undefined ? error : new FileErr(code);
    }
  }

  /** Opens what the attempt closes again at its end at the latest. Throws `insufficient-memory` where too much is open. */
  open<Handle>(open: () => Handle, close: (handle: Handle) => void): Opened<Handle> {
    if (this.#openCount >= this.#openMax) throw new FileErr("insufficient-memory");
    const handle = open();
    this.#openCount++;
    const closeOnce = () => {
      disown();
      this.#openCount--;
      close(handle);
    };
    const opened = new Opened(handle, closeOnce);
    const disown = this.#scope.own(() => opened.close());
    return opened;
  }

  openFile(path: string, flags: number, mode?: number): Opened<number> {
    return this.open(() => openSync(path, flags, mode), closeSync);
  }

  /** Counts what is written, once it is. Throws `quota` before where it would be too much. */
  write<T>(bytes: number, run: () => T): T {
    if (bytes > this.#bytesLeft) throw new FileErr("quota");
    const written = run();
    this.#bytesLeft -= bytes;
    return written;
  }
}

/** A handle of the system's, closed once nobody holds it any more. */
export class Opened<Handle> {
  #handle: { readonly of: Handle } | undefined;
  #holders = 1;
  readonly #close: () => void;

  constructor(handle: Handle, close: () => void) {
    this.#handle = { of: handle };
    this.#close = close;
  }

  /** Throws `bad-descriptor` when it has been closed: its number may by now stand for another's file. */
  get handle(): Handle {
    if (this.#handle === undefined) throw new FileErr("bad-descriptor");
    return this.#handle.of;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.close();
  }

  close(): void {
    if (this.#handle === undefined) return;
    this.#handle = undefined;
    this.#close();
  }
}
