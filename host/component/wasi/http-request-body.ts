import { GuestErr } from "../../core/wit/signature.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { type HttpErrorCode, internalError } from "./http-error-code.ts";
import { type Fields, sectionBytesMax } from "./http-fields.ts";
import { type ByteSink, IoError, operationFailed, streamClosed } from "./streams.ts";
import { Flag } from "./waiting.ts";

/** Bytes that wait for the network; beyond it the guest waits. */
const bufferedMax = 64 * 1024;

/** Where a body goes. */
export interface BodyTarget {
  /** Calls `taken` when the network has taken the bytes, and is given no more until then. */
  write(bytes: Uint8Array, taken: () => void): void;
  end(trailers: Fields | undefined): void;
  /** There will be no more, and what came is not the whole. */
  abandon(why: string): void;
}

/** The bytes of a request from the guest on their way to the network. */
export class RequestBody implements ByteSink {
  readonly writable = new Flag(true);
  readonly flushed = new Flag(true);
  readonly #lengthDeclared: bigint | undefined;
  readonly #bytesMax: bigint;
  readonly #queue: ByteQueue;
  readonly #tooLarge: () => void;
  #written = 0n;
  #state: "open" | "finished" | "closed" = "open";
  #trailers: Fields | undefined;
  #target: BodyTarget | undefined;
  /** How many of the bytes that wait are with the target already. */
  #sending = 0;
  #abandoned: string | undefined;

  /** `lengthDeclared` is the request's own content-length, where it has one. `tooLarge` hears of more than `bytesMax`. */
  constructor(lengthDeclared: bigint | undefined, bytesMax: number, held: HeldBytes, tooLarge: () => void) {
    this.#queue = new ByteQueue(held);
    this.#lengthDeclared = lengthDeclared;
    this.#bytesMax = BigInt(bytesMax);
    this.#tooLarge = tooLarge;
  }

  room(): number {
    if (this.#state !== "open") throw streamClosed();
    return bufferedMax - this.#queue.length;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#written += BigInt(bytes.length);
    if (this.#lengthDeclared !== undefined && this.#written > this.#lengthDeclared) {
      this.#refuse(`the body is longer than its content-length of ${this.#lengthDeclared}`);
    }
    if (this.#written > this.#bytesMax) {
      this.#tooLarge();
      this.#refuse(`the body is larger than the ${this.#bytesMax} bytes that the component may send`);
    }
    this.#queue.push(bytes);
    this.#feed();
  }

  /** The guest has written all. Throws GuestErr when that is not what the request declared. */
  finish(trailers?: Fields): void {
    if (this.#state !== "open") return;
    if (this.#lengthDeclared !== undefined && this.#written !== this.#lengthDeclared) {
      this.abandon(`the body ended after ${this.#written} of ${this.#lengthDeclared} bytes`);
      throw new GuestErr(this.#sizeCode());
    }
    if (this.#lengthDeclared !== undefined && trailers !== undefined) {
      const problem = "trailers can't follow a body whose content-length was declared";
      this.abandon(problem);
      throw new GuestErr(internalError(problem));
    }
    if (trailers !== undefined && trailers.bytes > sectionBytesMax) {
      this.abandon("the trailers are too large");
      throw new GuestErr({ tag: "HTTP-request-trailer-section-size", val: trailers.bytes });
    }
    this.#state = "finished";
    this.#trailers = trailers;
    this.#feed();
  }

  /** There will be no more: the other side must not take what it got for the whole. */
  abandon(why: string): void {
    if (this.#state !== "open") return;
    this.#abandoned = why;
    this.close();
    this.#target?.abandon(why);
  }

  /** Why the body will never be whole. */
  get abandoned(): string | undefined {
    return this.#abandoned;
  }

  /** The network takes no more. */
  close(): void {
    this.#state = "closed";
    this.#queue.clear();
    this.#sending = 0;
    this.#settle();
  }

  /** All of it, once, when the guest has finished it without trailers. */
  takeWhole(): Buffer | undefined {
    if (this.#state !== "finished" || this.#trailers !== undefined) return undefined;
    const whole = this.#queue.all();
    this.close();
    return whole;
  }

  sendTo(target: BodyTarget): void {
    this.#target = target;
    this.#feed();
  }

  #feed(): void {
    const target = this.#target;
    if (target !== undefined && this.#sending === 0) {
      if (this.#queue.length > 0) {
        const bytes = this.#queue.all();
        this.#sending = bytes.length;
        target.write(bytes, () => this.#sent());
      } else if (this.#state === "finished") {
        this.#target = undefined;
        target.end(this.#trailers);
      }
    }
    this.#settle();
  }

  #sent(): void {
    if (this.#state === "closed") return;
    this.#queue.skip(this.#sending);
    this.#sending = 0;
    this.#feed();
  }

  #settle(): void {
    this.writable.set(this.#state !== "open" || this.#queue.length < bufferedMax);
    this.flushed.set(this.#queue.length === this.#sending);
  }

  #refuse(problem: string): never {
    this.abandon(problem);
    throw operationFailed(new IoError(problem, this.#sizeCode()));
  }

  #sizeCode(): HttpErrorCode {
    return { tag: "HTTP-request-body-size", val: this.#written };
  }
}
