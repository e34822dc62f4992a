import { GuestErr } from "../../core/wit/signature.ts";
import { GuestTrap } from "../../ports/components.ts";
import { Pollable, untilReady } from "./poll.ts";
import type { Condition, Waiting } from "./waiting.ts";

/** `wasi:io/error.error` */
export class IoError {
  readonly #text: string;
  /** The `wasi:http/types.error-code` behind it, where there is one. */
  readonly httpCode: unknown;

  constructor(text: string, httpCode?: unknown) {
    this.#text = text;
    this.httpCode = httpCode;
  }

  toDebugString(): string {
    return this.#text;
  }
}

export function streamClosed(): GuestErr {
  return new GuestErr({ tag: "closed" });
}

export function operationFailed(error: IoError): GuestErr {
  return new GuestErr({ tag: "last-operation-failed", val: error });
}

/** Where an input stream's bytes come from. */
export interface ByteSource {
  /** Bytes, the end or a failure are at hand. */
  readonly readable: Condition;
  /** At most `max` bytes: none when nothing is at hand. Throws GuestErr at the end and after a failure. */
  read(max: number): Uint8Array;
}

/** Where an output stream's bytes go. */
export interface ByteSink {
  /** There is room, or it will take no more. */
  readonly writable: Condition;
  /** All that was written has left. */
  readonly flushed: Condition;
  /** How many bytes it takes now. Throws GuestErr when it will take no more. */
  room(): number;
  write(bytes: Uint8Array): void;
}

/** The most that one read hands over, in bytes. */
const readMax = 64 * 1024;

/** `wasi:io/streams.input-stream` */
export class InputStream {
  readonly source: ByteSource;
  readonly #waiting: Waiting;

  constructor(source: ByteSource, waiting: Waiting) {
    this.source = source;
    this.#waiting = waiting;
  }

  read(length: bigint): Uint8Array | Promise<Uint8Array> {
    return this.#waiting.pace(this.source.read(atMost(length)));
  }

  blockingRead(length: bigint): Uint8Array | Promise<Uint8Array> {
    const max = atMost(length);
    if (max === 0 || this.source.readable.ready()) return this.#waiting.pace(this.source.read(max));
    return untilReady(this.#waiting, this.source.readable).then(() => this.source.read(max));
  }

  skip(length: bigint): bigint | Promise<bigint> {
    return sizeOf(this.read(length));
  }

  blockingSkip(length: bigint): bigint | Promise<bigint> {
    return sizeOf(this.blockingRead(length));
  }

  subscribe(): Pollable {
    return new Pollable(this.source.readable, this.#waiting);
  }
}

/** `wasi:io/streams.output-stream` */
export class OutputStream {
  readonly #sink: ByteSink;
  readonly #waiting: Waiting;

  constructor(sink: ByteSink, waiting: Waiting) {
    this.#sink = sink;
    this.#waiting = waiting;
  }

  checkWrite(): bigint | Promise<bigint> {
    return this.#waiting.pace(BigInt(this.#sink.room()));
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#sink.room()) {
      throw new GuestTrap(`wrote ${bytes.length} bytes where check-write permitted ${this.#sink.room()}`);
    }
    this.#sink.write(bytes);
  }

  /** Each chunk goes on its way by itself, so there is nothing to begin. */
  flush(): void {
    this.#sink.room();
  }

  blockingFlush(): void | Promise<void> {
    this.#sink.room();
    if (this.#sink.flushed.ready()) return undefined;
    return untilReady(this.#waiting, this.#sink.flushed).then(() => this.flush());
  }

  blockingWriteAndFlush(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length > this.#sink.room()) return this.#writeAll(bytes);
    this.#sink.write(bytes);
    return this.blockingFlush();
  }

  writeZeroes(length: bigint): void {
    this.write(zeroes(length));
  }

  blockingWriteZeroesAndFlush(length: bigint): void | Promise<void> {
    return this.blockingWriteAndFlush(zeroes(length));
  }

  splice(from: InputStream, length: bigint): bigint | Promise<bigint> {
    const bytes = from.source.read(Math.min(atMost(length), this.#sink.room()));
    this.#sink.write(bytes);
    return this.#waiting.pace(BigInt(bytes.length));
  }

  async blockingSplice(from: InputStream, length: bigint): Promise<bigint> {
    if (!this.#sink.writable.ready()) await untilReady(this.#waiting, this.#sink.writable);
    if (!from.source.readable.ready()) await untilReady(this.#waiting, from.source.readable);
    return this.splice(from, length);
  }

  subscribe(): Pollable {
    return new Pollable(this.#sink.writable, this.#waiting);
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length; ) {
      if (!this.#sink.writable.ready()) await untilReady(this.#waiting, this.#sink.writable);
      const chunk = bytes.subarray(sent, sent + this.#sink.room());
      this.#sink.write(chunk);
      sent += chunk.length;
    }
    await this.blockingFlush();
  }
}

function atMost(length: bigint): number {
  return length < BigInt(readMax) ? Number(length) : readMax;
}

function sizeOf(bytes: Uint8Array | Promise<Uint8Array>): bigint | Promise<bigint> {
  return bytes instanceof Promise ? bytes.then((read) => BigInt(read.length)) : BigInt(bytes.length);
}

function zeroes(length: bigint): Uint8Array {
  if (length > BigInt(readMax)) throw new GuestTrap(`${length} zeroes are more than a stream takes at once`);
  return new Uint8Array(Number(length));
}
