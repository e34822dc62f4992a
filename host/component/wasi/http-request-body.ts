import { Readable } from "node:stream";
import { GuestErr } from "../../core/wit/signature.ts";
import type { HttpErrorCode } from "./http-error-code.ts";
import { type ByteSink, IoError, operationFailed, streamClosed } from "./streams.ts";
import { Flag } from "./waiting.ts";

/** Bytes that wait for the network; beyond it the guest waits. */
const bufferedMax = 64 * 1024;

/** The bytes of a request from the guest on their way to the network. */
export class RequestBody implements ByteSink {
  readonly writable = new Flag(true);
  readonly flushed = new Flag(true);
  readonly #lengthDeclared: bigint | undefined;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #written = 0n;
  #state: "open" | "finished" | "closed" = "open";
  #stream: Readable | undefined;
  /** The stream asks for more. */
  #hungry = false;
  /** The stream has got all. */
  #fed = false;
  #abandoned: string | undefined;

  /** `lengthDeclared` is the request's own content-length, where it has one. */
  constructor(lengthDeclared: bigint | undefined) {
    this.#lengthDeclared = lengthDeclared;
  }

  room(): number {
    if (this.#state !== "open") throw streamClosed();
    return bufferedMax - this.#buffered;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#written += BigInt(bytes.length);
    if (this.#lengthDeclared !== undefined && this.#written > this.#lengthDeclared) {
      const problem = `the body is longer than its content-length of ${this.#lengthDeclared}`;
      this.abandon(problem);
      throw operationFailed(new IoError(problem, this.#sizeCode()));
    }
    this.#chunks.push(bytes);
    this.#buffered += bytes.length;
    this.#settle();
    this.#feed();
  }

  /** The guest has written all. Throws GuestErr when that is not what the request declared. */
  finish(): void {
    if (this.#state !== "open") return;
    if (this.#lengthDeclared !== undefined && this.#written !== this.#lengthDeclared) {
      this.abandon(`the body ended after ${this.#written} of ${this.#lengthDeclared} bytes`);
      throw new GuestErr(this.#sizeCode());
    }
    this.#state = "finished";
    this.#settle();
    this.#feed();
  }

  /** There will be no more: the other side must not take what it got for the whole. */
  abandon(why: string): void {
    if (this.#state !== "open") return;
    this.#abandoned = why;
    this.close();
    this.#stream?.destroy(new Error(why));
  }

  /** Why the body will never be whole. */
  get abandoned(): string | undefined {
    return this.#abandoned;
  }

  /** The network takes no more. */
  close(): void {
    this.#state = "closed";
    this.#chunks = [];
    this.#buffered = 0;
    this.#settle();
  }

  /** What to send: all of it when the guest has already finished, otherwise a stream. */
  start(): Buffer | Readable | null {
    if (this.#state === "finished") {
      const whole = Buffer.concat(this.#chunks);
      this.#chunks = [];
      this.#buffered = 0;
      this.#settle();
      return whole.length === 0 ? null : whole;
    }
    this.#stream = new Readable({
      highWaterMark: bufferedMax,
      read: () => {
        this.#hungry = true;
        this.#feed();
      },
    });
    // What went wrong reaches the guest by the exchange; without a listener it would end the thread.
    this.#stream.on("error", () => undefined);
    this.#stream.once("close", () => this.close());
    return this.#stream;
  }

  #feed(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#fed) return;
    while (this.#hungry) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) break;
      this.#buffered -= chunk.length;
      this.#hungry = stream.push(chunk);
    }
    if (this.#state === "finished" && this.#chunks.length === 0) {
      this.#fed = true;
      stream.push(null);
    }
    this.#settle();
  }

  #settle(): void {
    this.writable.set(this.#state !== "open" || this.#buffered < bufferedMax);
    this.flushed.set(this.#chunks.length === 0);
  }

  #sizeCode(): HttpErrorCode {
    return { tag: "HTTP-request-body-size", val: this.#written };
  }
}
