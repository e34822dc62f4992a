import type { Dispatcher } from "undici";
import type { HttpClient } from "./http-client.ts";
import { type HttpErrorCode, httpErrorCode, internalError } from "./http-error-code.ts";
import { Fields } from "./http-fields.ts";
import type { RequestBody } from "./http-request-body.ts";
import { ResponseBody } from "./http-response-body.ts";
import { Flag } from "./waiting.ts";

export interface ExchangeRequest {
  /** `scheme://host:port` */
  readonly origin: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Fields;
  /** Undefined when the guest never asked for the body. */
  readonly body: RequestBody | undefined;
  /** Milliseconds; 0 for no limit but the attempt's deadline. */
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
}

export interface ExchangeResponse {
  readonly status: number;
  readonly headers: Fields;
  readonly body: ResponseBody;
}

/** One request and its response. Redirects are answers like any other. */
export class HttpExchange {
  /** The response's head has come, or the request has failed. */
  readonly settled = new Flag(false);
  readonly #closed: () => void;
  #outcome: { readonly ok: ExchangeResponse } | { readonly err: HttpErrorCode } | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  /** `closed` is called once, when the exchange needs nothing of the network any more. */
  constructor(client: HttpClient, request: ExchangeRequest, closed: () => void) {
    this.#closed = closed;
    // A guest that writes its body at once has finished it by then, so that its length is known.
    setImmediate(() => {
      client.dispatcher().then(
        (dispatcher) => this.#start(dispatcher, request),
        (error: unknown) => this.#failed(request, error),
      );
    });
  }

  /** Once settled. */
  get outcome(): { readonly ok: ExchangeResponse } | { readonly err: HttpErrorCode } | undefined {
    return this.#outcome;
  }

  /** Ends it at once: the connection is closed. Nothing happens when it is over already. */
  abort(code: HttpErrorCode = { tag: "connection-terminated" }): void {
    if (this.#over) return;
    this.#fail(code);
    this.#controller?.abort(aborted);
  }

  #start(dispatcher: Dispatcher, request: ExchangeRequest): void {
    if (this.#over) return;
    if (request.body?.abandoned !== undefined) return this.#fail(internalError(request.body.abandoned));
    this.#limit(request.connectMs, "connection-timeout");
    const options: Dispatcher.DispatchOptions = {
      origin: request.origin,
      method: request.method,
      path: request.path,
      headers: request.headers.entries().flatMap(([name, value]) => [name, Buffer.from(value).toString("latin1")]),
      body: request.body?.start() ?? null,
      // Of undici's timers some are half a second late, so the exchange has its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    try {
      dispatcher.dispatch(options, this.#handler(request));
    } catch (error) {
      this.#failed(request, error);
    }
  }

  #handler(request: ExchangeRequest): Dispatcher.DispatchHandler {
    let body: ResponseBody | undefined;
    return {
      onRequestStart: (controller) => {
        this.#controller = controller;
        if (this.#over) return controller.abort(aborted);
        this.#limit(request.firstByteMs, "connection-read-timeout");
      },
      onResponseStart: (controller, status) => {
        if (status < 200 || this.#over) return;
        body = new ResponseBody(() => {
          this.#limit(request.betweenBytesMs, "connection-read-timeout");
          controller.resume();
        });
        this.#limit(request.betweenBytesMs, "connection-read-timeout");
        this.#settle({ ok: { status, headers: receivedFields(controller.rawHeaders), body } });
      },
      onResponseData: (controller, chunk) => {
        if (body?.push(chunk) === false) {
          this.#limit(0, "connection-read-timeout");
          controller.pause();
        } else this.#timer?.refresh();
      },
      onResponseEnd: (controller) => {
        body?.end(receivedFields(controller.rawTrailers));
        request.body?.close();
        this.#end();
      },
      onResponseError: (_controller, error) => this.#failed(request, error),
    };
  }

  /** Bounds the time until the next step; 0 for no bound. */
  #limit(ms: number, code: "connection-timeout" | "connection-read-timeout"): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#timer = ms === 0 ? undefined : setTimeout(() => this.abort({ tag: code }), ms);
  }

  #failed(request: ExchangeRequest, error: unknown): void {
    request.body?.close();
    if (this.#over) return;
    this.#fail(httpErrorCode(error, this.#outcome === undefined ? "head" : "body"));
  }

  #fail(code: HttpErrorCode): void {
    this.#end();
    if (this.#outcome === undefined) this.#settle({ err: code });
    else if ("ok" in this.#outcome) this.#outcome.ok.body.fail(code);
  }

  #settle(outcome: { ok: ExchangeResponse } | { err: HttpErrorCode }): void {
    this.#outcome = outcome;
    this.settled.set(true);
  }

  #end(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#over = true;
    this.#closed();
  }
}

const aborted = new Error("the exchange was ended");

/** Name and value in turn, as undici hands them over from HTTP/1.1. */
function receivedFields(raw: Dispatcher.DispatchController["rawHeaders"]): Fields {
  if (!Array.isArray(raw)) return Fields.received([]);
  const parts = raw.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part));
  const entries: [string, Uint8Array][] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    entries.push([(parts[at] as Buffer).toString("latin1"), new Uint8Array(parts[at + 1] as Buffer)]);
  }
  return Fields.received(entries);
}
