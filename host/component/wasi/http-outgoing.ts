import { parseAuthority } from "../../core/allowed-host.ts";
import { GuestErr } from "../../core/wit/signature.ts";
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
  readonly #waiting: Waiting;
  readonly #newBody: (headers: Fields) => RequestBody;
  #method: Method = { tag: "get" };
  #path: string | undefined;
  #scheme: Scheme | undefined;
  #authority: string | undefined;
  #body: RequestBody | undefined;

  constructor(headers: Fields, waiting: Waiting, newBody: (headers: Fields) => RequestBody) {
    this.#headers = headers.freeze();
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
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && path !== "" && !pathSyntax.test(path)) throw new GuestErr(undefined);
    this.#path = path;
  }

  scheme(): Scheme | undefined {
    return this.#scheme;
  }

  setScheme(scheme: Scheme | undefined): void {
    if (scheme?.tag === "other" && !schemeSyntax.test(scheme.val)) throw new GuestErr(undefined);
    this.#scheme = scheme;
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && parseAuthority("https", authority) === undefined) throw new GuestErr(undefined);
    this.#authority = authority;
  }

  /** The guest may let go of them before it does of the request. */
  headers(): Fields {
    return this.#headers.clone().freeze();
  }

  /** What is sent. */
  get fields(): Fields {
    return this.#headers;
  }

  [Symbol.dispose](): void {
    this.#headers[Symbol.dispose]();
    this.#body?.abandon("the guest dropped the request");
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
