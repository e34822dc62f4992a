import { ByteQueue } from "./byte-queue.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { HttpErrorCode } from "./http-error-code.ts";
import type { Fields } from "./http-fields.ts";
import { type ByteSource, IoError, operationFailed, streamClosed } from "./streams.ts";
import { Flag } from "./waiting.ts";

const bufferedMax = 256 * 1024;

/** The bytes of a response on their way from the network to the guest, then its trailers. */
export class ResponseBody implements ByteSource {
  readonly readable = new Flag(false);
  /** The body has ended or failed, so what comes after it is known. */
  readonly complete = new Flag(false);
  readonly #queue: ByteQueue;
  readonly #wanted: () => void;
  #discards = false;
  #dropped = false;
  #ended = false;
  #trailers: Fields | undefined;
  #failure: HttpErrorCode | undefined;

  /** `wanted` is called when there is room again for what the network holds back. */
  constructor(held: HeldBytes, wanted: () => void) {
    this.#queue = new ByteQueue(held);
    this.#wanted = wanted;
  }

  /** Returns false when the network should hold back. Throws GuestTrap when the host holds too much for the guest. */
  push(chunk: Uint8Array): boolean {
    if (this.#discards) return true;
    this.#queue.push(chunk);
    this.readable.set(true);
    return this.#queue.length < bufferedMax;
  }

  /** An empty section of trailers is none: the guest would never let go of it. */
  end(trailers: Fields): void {
    this.#ended = true;
    if (this.#dropped || trailers.entries().length === 0) trailers[Symbol.dispose]();
    else this.#trailers = trailers;
    this.readable.set(true);
    this.complete.set(true);
  }

  fail(code: HttpErrorCode): void {
    this.#failure = code;
    this.readable.set(true);
    this.complete.set(true);
  }

  read(max: number): Uint8Array {
    if (this.#queue.length === 0) {
      if (this.#failure !== undefined) throw operationFailed(new IoError(describe(this.#failure), this.#failure));
      if (this.#ended) throw streamClosed();
      return new Uint8Array();
    }
    const full = this.#queue.length >= bufferedMax;
    const bytes = this.#queue.take(max);
    if (full && this.#queue.length < bufferedMax) this.#wanted();
    this.readable.set(this.#queue.length > 0 || this.complete.ready());
    return bytes;
  }

  /** The guest reads no more; what is left of the body only stands before its trailers. */
  discard(): void {
    this.#discards = true;
    this.#queue.clear();
    this.#wanted();
  }

  /** The guest won't ask for the trailers either. */
  drop(): void {
    this.discard();
    this.#dropped = true;
    this.#trailers?.[Symbol.dispose]();
  }

  /** Once complete. */
  trailers(): { readonly ok: Fields | undefined } | { readonly err: HttpErrorCode } {
    if (this.#failure !== undefined) return { err: this.#failure };
    return { ok: this.#trailers };
  }
}

function describe(code: HttpErrorCode): string {
  return code.tag === "internal-error" ? code.val : code.tag;
}
