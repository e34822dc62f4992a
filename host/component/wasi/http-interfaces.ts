import { type AllowList, originOf, parseAuthority, type RequestTarget } from "../../core/allowed-host.ts";
import { GuestErr } from "../../core/wit/signature.ts";
import type { HostInterface } from "../../ports/components.ts";
import type { LogLevel } from "../../ports/journal.ts";
import type { GuestScope } from "./guest-scope.ts";
import type { HttpClient } from "./http-client.ts";
import type { BareCode } from "./http-error-code.ts";
import { HttpExchange } from "./http-exchange.ts";
import { Fields } from "./http-fields.ts";
import { FutureIncomingResponse, FutureTrailers, IncomingBody, IncomingResponse } from "./http-incoming.ts";
import { OutgoingBody, OutgoingRequest, RequestOptions, type Scheme } from "./http-outgoing.ts";
import { refusedResource } from "./refused.ts";
import type { IoError } from "./streams.ts";

export interface HttpParts {
  readonly client: HttpClient;
  readonly allowed: AllowList;
  /** Requests under way at once; a further one is refused. */
  readonly openRequestsMax: number;
}

/** Outgoing HTTP of one activity attempt. */
export function httpInterfaces(
  parts: HttpParts,
  scope: GuestScope,
  log: (level: LogLevel, message: string) => void,
): Readonly<Record<"wasi:http/types" | "wasi:http/outgoing-handler", HostInterface>> {
  const outgoing = new OutgoingHttp(parts, scope, log);
  return {
    "wasi:http/types": {
      Fields,
      OutgoingRequest: class extends OutgoingRequest {
        constructor(headers: Fields) {
          super(headers, scope);
        }
      },
      OutgoingBody,
      RequestOptions,
      FutureIncomingResponse,
      IncomingResponse,
      IncomingBody,
      FutureTrailers,
      httpErrorCode: (error: IoError) => error.httpCode,
      ...incoming,
    },
    "wasi:http/outgoing-handler": {
      handle: (request: OutgoingRequest, options: RequestOptions | undefined) => outgoing.handle(request, options),
    },
  } satisfies Readonly<Record<string, HostInterface>>;
}

/** Of a server's side, which no activity has. */
const incoming = {
  IncomingRequest: refusedResource("wasi:http/types.incoming-request", {
    methods: ["method", "pathWithQuery", "scheme", "authority", "headers", "consume"],
  }),
  OutgoingResponse: refusedResource("wasi:http/types.outgoing-response", {
    methods: ["statusCode", "setStatusCode", "headers", "body"],
  }),
  ResponseOutparam: refusedResource("wasi:http/types.response-outparam", {
    methods: ["sendInformational"],
    statics: ["set"],
  }),
};

class OutgoingHttp {
  readonly #parts: HttpParts;
  readonly #scope: GuestScope;
  readonly #log: (level: LogLevel, message: string) => void;
  #open = 0;

  constructor(parts: HttpParts, scope: GuestScope, log: (level: LogLevel, message: string) => void) {
    this.#parts = parts;
    this.#scope = scope;
    this.#log = log;
  }

  handle(request: OutgoingRequest, options: RequestOptions | undefined): FutureIncomingResponse {
    if (this.#scope.ended !== undefined) throw this.#scope.ended;
    const target = targetOf(request);
    this.#authorize(target);
    if (this.#open >= this.#parts.openRequestsMax) {
      this.#log("warn", `request to ${originOf(target)} refused: ${this.#open} requests of this attempt are open`);
      throw refused("connection-limit-reached");
    }
    this.#open++;
    const exchange: HttpExchange = new HttpExchange(
      this.#parts.client,
      {
        origin: originOf(target),
        method: target.method,
        path: pathOf(request),
        headers: request.headers(),
        body: request.bodyTaken,
        connectMs: milliseconds(options?.connectTimeout()),
        firstByteMs: milliseconds(options?.firstByteTimeout()),
        betweenBytesMs: milliseconds(options?.betweenBytesTimeout()),
      },
      () => {
        this.#open--;
        disown();
      },
    );
    const disown = this.#scope.own(() => exchange.abort());
    return new FutureIncomingResponse(exchange, this.#scope);
  }

  #authorize(target: RequestTarget): void {
    const { allowed } = this.#parts;
    if (allowed.allows(target)) return;
    const origin = originOf(target);
    const remedy = allowed.allowsOrigin(target)
      ? `the deployment allows this origin for other methods only; add "${target.method}" to its methods`
      : `add an allowed_host with pattern = "${origin}" to this activity in the deployment`;
    this.#log("warn", `request ${target.method} ${origin} denied: ${remedy}`);
    throw refused("HTTP-request-denied");
  }
}

function targetOf(request: OutgoingRequest): RequestTarget {
  const scheme = schemeOf(request.scheme());
  const authority = request.authority();
  const parsed = authority === undefined ? undefined : parseAuthority(scheme, authority);
  if (parsed === undefined) throw refused("HTTP-request-URI-invalid");
  const { tag, val } = request.method();
  const method = (tag === "other" ? (val ?? "") : tag).toUpperCase();
  if (method === "CONNECT") throw refused("HTTP-request-method-invalid");
  return { method, scheme, ...parsed };
}

/** HTTPS is what a request without a scheme gets. */
function schemeOf(scheme: Scheme | undefined): "http" | "https" {
  switch (scheme?.tag) {
    case "HTTP":
      return "http";
    case "HTTPS":
    case undefined:
      return "https";
    case "other":
      throw refused("HTTP-protocol-error");
  }
}

function pathOf(request: OutgoingRequest): string {
  const path = request.pathWithQuery() ?? "";
  return path.startsWith("/") ? path : `/${path}`;
}

function refused(tag: BareCode): GuestErr {
  return new GuestErr({ tag });
}

/** The longest that a timer of Node's takes. */
const timeoutMsMax = 2 ** 31 - 1;

/** From nanoseconds, rounded up; 0 for none. */
function milliseconds(duration: bigint | undefined): number {
  if (duration === undefined) return 0;
  return Math.max(1, Math.min(Math.ceil(Number(duration) / 1e6), timeoutMsMax));
}
