import { parseAuthority } from "../../core/allowed-host.ts";
import { GuestErr } from "../../core/wit/signature.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { Fields } from "./http-fields.ts";
import type { RequestBody } from "./http-request-body.ts";
import { OutputStream } from "./streams.ts";
import type { Waiting } from "./waiting.ts";

export type Method = { readonly tag: string; readonly val?: string };
export type Scheme = { readonly tag: "HTTP" | "HTTPS" } | { readonly tag: "other"; readonly val: string };

const methodName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const pathSyntax = /^[/?][\u0021-\u007e]*$/;
const schemeSyntax = /^[A-Za-z][A-Za-z0-9+.-]*$/;

/** `wasi:http/types.outgoing-request` */
export class OutgoingRequest {
  readonly #headers: Fields;
  readonly #held: HeldBytes;
  /** How much of the texts below counts as held. */
  #counted = 0;
  readonly #waiting: Waiting;
  readonly #newBody: (headers: Fields) => RequestBody;
  #method: Method = { tag: "get" };
  #path: string | undefined;
  #scheme: Scheme | undefined;
  #authority: string | undefined;
  #body: RequestBody | undefined;

  constructor(headers: Fields, held: HeldBytes, waiting: Waiting, newBody: (headers: Fields) => RequestBody) {
    this.#headers = headers.freeze();
    this.#held = held;
    this.#waiting = waiting;
    this.#newBody = newBody;
  }

  /** What the guest has taken of the body so far. */
  get bodyTaken(): RequestBody | undefined {
    return this.#body;
  }

  body(): OutgoingBody {
    if (this.#body !== undefined) throw new GuestErr(undefined);
    this.#body = this.#newBody(this.#headers);
    return new OutgoingBody(this.#body, this.#waiting);
  }

  method(): Method {
    return this.#method;
  }

  setMethod(method: Method): void {
    if (method.tag === "other" && !methodName.test(method.val ?? "")) throw new GuestErr(undefined);
    this.#method = method;
    this.#count();
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && path !== "" && !pathSyntax.test(path)) throw new GuestErr(undefined);
    this.#path = path;
    this.#count();
  }

  scheme(): Scheme | undefined {
    return this.#scheme;
  }

  setScheme(scheme: Scheme | undefined): void {
    if (scheme?.tag === "other" && !schemeSyntax.test(scheme.val)) throw new GuestErr(undefined);
    this.#scheme = scheme;
    this.#count();
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && parseAuthority("https", authority) === undefined) throw new GuestErr(undefined);
    this.#authority = authority;
    this.#count();
  }

  /** The guest may let go of them before it does of the request. */
  headers(): Fields {
    return this.#headers.clone().freeze();
  }

  /** What is sent. */
  get fields(): Fields {
    return this.#headers;
  }

  /** It has been sent, or never will be. */
  release(): void {
    this.#headers[Symbol.dispose]();
    this.#held.remove(this.#counted);
    this.#counted = 0;
  }

  [Symbol.dispose](): void {
    this.release();
    this.#body?.abandon("the guest dropped the request");
  }

  #count(): void {
    const scheme = this.#scheme?.tag === "other" ? this.#scheme.val : undefined;
    const texts = [this.#method.val, this.#path, scheme, this.#authority];
    const bytes = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
    this.#held.remove(this.#counted);
    this.#counted = 0;
    this.#held.add(bytes);
    this.#counted = bytes;
  }
}

/** `wasi:http/types.outgoing-body` */
export class OutgoingBody {
  readonly #body: RequestBody;
  readonly #waiting: Waiting;
  #taken = false;

  constructor(body: RequestBody, waiting: Waiting) {
    this.#body = body;
    this.#waiting = waiting;
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    body.#body.finish(trailers);
  }

  write(): OutputStream {
    if (this.#taken) throw new GuestErr(undefined);
    this.#taken = true;
    return new OutputStream(this.#body, this.#waiting);
  }

  /** Dropped without `finish`, a body is incomplete. */
  [Symbol.dispose](): void {
    this.#body.abandon("the guest dropped the request's body before it was finished");
  }
}

/** `wasi:http/types.request-options`: durations in nanoseconds. */
export class RequestOptions {
  #connect: bigint | undefined;
  #firstByte: bigint | undefined;
  #betweenBytes: bigint | undefined;

  connectTimeout(): bigint | undefined {
    return this.#connect;
  }

  setConnectTimeout(duration: bigint | undefined): void {
    this.#connect = duration;
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByte;
  }

  setFirstByteTimeout(duration: bigint | undefined): void {
    this.#firstByte = duration;
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes;
  }

  setBetweenBytesTimeout(duration: bigint | undefined): void {
    this.#betweenBytes = duration;
  }
}
