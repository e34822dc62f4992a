import { GuestErr } from "../../core/wit/signature.ts";
import type { HttpErrorCode } from "./http-error-code.ts";
import type { ExchangeResponse, HttpExchange } from "./http-exchange.ts";
import type { Fields } from "./http-fields.ts";
import { Pollable } from "./poll.ts";
import { InputStream } from "./streams.ts";
import type { Waiting } from "./waiting.ts";

type Result<Ok, Err> = { readonly tag: "ok"; readonly val: Ok } | { readonly tag: "err"; readonly val: Err };

/** `wasi:http/types.future-incoming-response` */
export class FutureIncomingResponse {
  readonly #exchange: HttpExchange;
  readonly #waiting: Waiting;
  #taken = false;

  constructor(exchange: HttpExchange, waiting: Waiting) {
    this.#exchange = exchange;
    this.#waiting = waiting;
  }

  subscribe(): Pollable {
    return new Pollable(this.#exchange.settled, this.#waiting);
  }

  get(): Result<Result<IncomingResponse, HttpErrorCode>, undefined> | undefined {
    const { outcome } = this.#exchange;
    if (outcome === undefined) return undefined;
    if (this.#taken) return { tag: "err", val: undefined };
    this.#taken = true;
    if ("err" in outcome) return { tag: "ok", val: { tag: "err", val: outcome.err } };
    const response = new IncomingResponse(this.#exchange, outcome.ok, this.#waiting);
    return { tag: "ok", val: { tag: "ok", val: response } };
  }

  /** A response that nobody will take is not waited for. */
  [Symbol.dispose](): void {
    if (this.#taken) return;
    const { outcome } = this.#exchange;
    this.#exchange.abort();
    if (outcome === undefined || !("ok" in outcome)) return;
    outcome.ok.headers[Symbol.dispose]();
    outcome.ok.body.drop();
  }
}

/** `wasi:http/types.incoming-response` */
export class IncomingResponse {
  readonly #exchange: HttpExchange;
  readonly #response: ExchangeResponse;
  readonly #waiting: Waiting;
  #consumed = false;

  constructor(exchange: HttpExchange, response: ExchangeResponse, waiting: Waiting) {
    this.#exchange = exchange;
    this.#response = response;
    this.#waiting = waiting;
  }

  status(): number {
    return this.#response.status;
  }

  /** The guest may let go of them more than once. */
  headers(): Fields {
    return this.#response.headers.clone().freeze();
  }

  consume(): IncomingBody {
    if (this.#consumed) throw new GuestErr(undefined);
    this.#consumed = true;
    return new IncomingBody(this.#exchange, this.#response, this.#waiting);
  }

  [Symbol.dispose](): void {
    this.#response.headers[Symbol.dispose]();
    if (this.#consumed) return;
    this.#exchange.abort();
    this.#response.body.drop();
  }
}

/** `wasi:http/types.incoming-body` */
export class IncomingBody {
  readonly #exchange: HttpExchange;
  readonly #response: ExchangeResponse;
  readonly #waiting: Waiting;
  #streamed = false;
  #finished = false;

  constructor(exchange: HttpExchange, response: ExchangeResponse, waiting: Waiting) {
    this.#exchange = exchange;
    this.#response = response;
    this.#waiting = waiting;
  }

  static finish(body: IncomingBody): FutureTrailers {
    body.#finished = true;
    body.#response.body.discard();
    return new FutureTrailers(body.#response, body.#waiting);
  }

  stream(): InputStream {
    if (this.#streamed) throw new GuestErr(undefined);
    this.#streamed = true;
    return new InputStream(this.#response.body, this.#waiting);
  }

  /** Dropped without `finish`: nobody wants the rest, so it is not transferred. */
  [Symbol.dispose](): void {
    if (this.#finished) return;
    this.#exchange.abort();
    this.#response.body.drop();
  }
}

/** `wasi:http/types.future-trailers` */
export class FutureTrailers {
  readonly #response: ExchangeResponse;
  readonly #waiting: Waiting;
  #taken = false;

  constructor(response: ExchangeResponse, waiting: Waiting) {
    this.#response = response;
    this.#waiting = waiting;
  }

  subscribe(): Pollable {
    return new Pollable(this.#response.body.complete, this.#waiting);
  }

  get(): Result<Result<Fields | undefined, HttpErrorCode>, undefined> | undefined {
    if (!this.#response.body.complete.ready()) return undefined;
    if (this.#taken) return { tag: "err", val: undefined };
    this.#taken = true;
    const trailers = this.#response.body.trailers();
    return {
      tag: "ok",
      val: "err" in trailers ? { tag: "err", val: trailers.err } : { tag: "ok", val: trailers.ok },
    };
  }

  [Symbol.dispose](): void {
    if (!this.#taken) this.#response.body.drop();
  }
}
