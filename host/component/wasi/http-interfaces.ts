import { originOf, parseTarget, type RequestTarget } from "../../core/allowed-host.ts";
import type { ComponentLimits } from "../../core/deployment.ts";
import { GuestErr } from "../../core/wit/signature.ts";
import { timerMsMax } from "../../ports/clock.ts";
import type { HostInterface, MemoryAccount } from "../../ports/components.ts";
import type { LogLevel } from "../../ports/journal.ts";
import type { GuestScope } from "./guest-scope.ts";
import { HeldBytes } from "./held-bytes.ts";
import type { HttpClient } from "./http-client.ts";
import type { BareCode } from "./http-error-code.ts";
import { HttpExchange } from "./http-exchange.ts";
import { Fields, sectionBytesMax } from "./http-fields.ts";
import type { HttpGate, Permit } from "./http-gate.ts";
import { FutureIncomingResponse, FutureTrailers, IncomingBody, IncomingResponse } from "./http-incoming.ts";
import { OutgoingBody, OutgoingRequest, RequestOptions, type Scheme } from "./http-outgoing.ts";
import { RequestBody } from "./http-request-body.ts";
import type { AttemptSecrets } from "./http-secrets.ts";
import { refusedResource } from "./refused.ts";
import type { IoError } from "./streams.ts";

export interface HttpParts {
  /** Stands for the component where components take turns. */
  readonly component: string;
  readonly client: HttpClient;
  readonly gate: HttpGate;
  readonly secrets: AttemptSecrets;
  readonly limits: Pick<ComponentLimits, "openRequestsMax" | "requestBytesMax" | "responseBytesMax">;
  /** What the host holds for the attempt is taken from it. */
  readonly memory: MemoryAccount;
}

/** Outgoing HTTP of one activity attempt. */
export function httpInterfaces(
  parts: HttpParts,
  scope: GuestScope,
  log: (level: LogLevel, message: string) => void,
): Readonly<Record<"wasi:http/types" | "wasi:http/outgoing-handler", HostInterface>> {
  const held = new HeldBytes(parts.memory);
  scope.own(() => held.release());
  const outgoing = new OutgoingHttp(parts, held, scope, log);
  return {
    "wasi:http/types": {
      Fields: class extends Fields {
        constructor() {
          super(held);
        }

        /** Those of responses and their trailers too, which the guest does not make. */
        static override [Symbol.hasInstance](value: unknown): boolean {
          return value instanceof Fields;
        }

        static override fromList(entries: readonly (readonly [string, Uint8Array])[]): Fields {
          return Fields.fromList(entries, held);
        }
      },
      OutgoingRequest: class extends OutgoingRequest {
        constructor(headers: Fields) {
          super(headers, held, scope, (of) => outgoing.bodyFor(of));
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
  readonly #held: HeldBytes;
  readonly #scope: GuestScope;
  readonly #log: (level: LogLevel, message: string) => void;
  #open = 0;

  constructor(parts: HttpParts, held: HeldBytes, scope: GuestScope, log: (level: LogLevel, message: string) => void) {
    this.#parts = parts;
    this.#held = held;
    this.#scope = scope;
    this.#log = log;
  }

  bodyFor(headers: Fields): RequestBody {
    const { requestBytesMax } = this.#parts.limits;
    const problem = `a request was cut off: its body is larger than the ${requestBytesMax} bytes that the component may send`;
    return new RequestBody(declaredLength(headers), requestBytesMax, this.#held, () => this.#log("warn", problem));
  }

  handle(request: OutgoingRequest, options: RequestOptions | undefined): FutureIncomingResponse {
    try {
      return this.#begin(request, options);
    } catch (error) {
      request[Symbol.dispose]();
      throw error;
    }
  }

  #begin(request: OutgoingRequest, options: RequestOptions | undefined): FutureIncomingResponse {
    if (this.#scope.ended !== undefined) throw this.#scope.ended;
    const target = targetOf(request);
    const permit = this.#authorize(target);
    const headers = request.fields;
    const { component, client, secrets, limits } = this.#parts;
    checkHead(headers, request.bodyTaken);
    if (this.#open >= limits.openRequestsMax) {
      this.#log("warn", `request to ${originOf(target)} refused: ${this.#open} requests of this attempt are open`);
      throw refused("connection-limit-reached");
    }
    const log = (message: string) => this.#log("warn", message);
    this.#open++;
    const exchange: HttpExchange = new HttpExchange(
      client,
      {
        permit,
        asker: { component, attempt: this.#scope },
        headers,
        body: request.bodyTaken,
        secrets: secrets.forRequest(permit, log),
        held: this.#held,
        responseBytesMax: limits.responseBytesMax,
        connectMs: milliseconds(options?.connectTimeout()),
        firstByteMs: milliseconds(options?.firstByteTimeout()),
        betweenBytesMs: milliseconds(options?.betweenBytesTimeout()),
        log,
      },
      () => {
        this.#open--;
        request.release();
        disown();
      },
    );
    const disown = this.#scope.own(() => exchange.abort());
    return new FutureIncomingResponse(exchange, this.#scope);
  }

  #authorize(target: RequestTarget): Permit {
    const permit = this.#parts.gate.authorize(target);
    if (!("denied" in permit)) return permit;
    this.#log("warn", permit.denied);
    throw refused("HTTP-request-denied");
  }
}

function targetOf(request: OutgoingRequest): RequestTarget {
  const { tag, val } = request.method();
  const method = (tag === "other" ? (val ?? "") : tag).toUpperCase();
  if (method === "CONNECT") throw refused("HTTP-request-method-invalid");
  const scheme = schemeOf(request.scheme());
  const target = parseTarget(method, scheme, request.authority() ?? "", request.pathWithQuery() ?? "");
  if (target === "invalid") throw refused("HTTP-request-URI-invalid");
  if (target === "too-long") throw refused("HTTP-request-URI-too-long");
  return target;
}

/** A length that two readers could take differently would let one request hide another. */
function checkHead(headers: Fields, body: RequestBody | undefined): void {
  if (headers.bytes > sectionBytesMax) {
    throw new GuestErr({ tag: "HTTP-request-header-section-size", val: headers.bytes });
  }
  const lengths = headers.get("content-length");
  const length = declaredLength(headers);
  if (lengths.length > 1 || (lengths.length === 1 && length === undefined)) throw refused("HTTP-protocol-error");
  if (body === undefined && length !== undefined && length > 0n) {
    throw new GuestErr({ tag: "HTTP-request-body-size", val: length });
  }
}

function declaredLength(headers: Fields): bigint | undefined {
  const [value] = headers.get("content-length");
  const text = value === undefined ? "" : Buffer.from(value).toString("latin1");
  return /^\d{1,15}$/.test(text) ? BigInt(text) : undefined;
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

function refused(tag: BareCode): GuestErr {
  return new GuestErr({ tag });
}

/** From nanoseconds, rounded up; 0 for none. */
function milliseconds(duration: bigint | undefined): number {
  if (duration === undefined) return 0;
  return Math.max(1, Math.min(Math.ceil(Number(duration) / 1e6), timerMsMax));
}
