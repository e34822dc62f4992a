import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { HeldBytes } from "./held-bytes.ts";
import type { HttpClient } from "./http-client.ts";
import { type HttpErrorCode, httpErrorCode, internalError } from "./http-error-code.ts";
import type { Fields } from "./http-fields.ts";
import { type Permit, permittedAddresses } from "./http-gate.ts";
import type { BodyTarget, RequestBody } from "./http-request-body.ts";
import { ResponseBody } from "./http-response-body.ts";
import { ResponseFlow } from "./http-response-flow.ts";
import { ResponseReader } from "./http-response-reader.ts";
import { type RequestSecrets, SecretMisplaced } from "./http-secrets.ts";
import { linesOf, type Outgoing, outgoingOf } from "./http-wire.ts";
import type { Asker } from "./name-lookups.ts";
import { Flag } from "./waiting.ts";

export interface ExchangeRequest {
  readonly permit: Permit;
  /** Where attempts take turns. */
  readonly asker: Asker;
  readonly headers: Fields;
  /** Undefined when the guest never asked for the body. */
  readonly body: RequestBody | undefined;
  readonly secrets: RequestSecrets;
  readonly held: HeldBytes;
  readonly responseBytesMax: number;
  /** Milliseconds; 0 for no limit but the attempt's deadline. */
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
  /** Hears why a request was refused on the way. */
  readonly log: (message: string) => void;
}

export interface ExchangeResponse {
  readonly status: number;
  readonly headers: Fields;
  readonly body: ResponseBody;
}

/** The longest that resolving a name and opening a connection may take, whatever the guest allows. */
const connectMsMax = 60_000;

/** One request and its response. Redirects are answers like any other. */
export class HttpExchange {
  /** The response's head has come, or the request has failed. */
  readonly settled = new Flag(false);
  readonly #client: HttpClient;
  readonly #request: ExchangeRequest;
  readonly #closed: () => void;
  #outcome: { readonly ok: ExchangeResponse } | { readonly err: HttpErrorCode } | undefined;
  #wire: ClientRequest | undefined;
  #over = false;
  #resolving = false;
  #timer: NodeJS.Timeout | undefined;

  /** `closed` is called once, when the exchange needs nothing of the network any more. */
  constructor(client: HttpClient, request: ExchangeRequest, closed: () => void) {
    this.#client = client;
    this.#request = request;
    this.#closed = closed;
    this.#limit(Math.min(request.connectMs || connectMsMax, connectMsMax), "connection-timeout");
    // A guest that writes its body at once has finished it by then, so that its length is known.
    setImmediate(() => {
      this.#start().catch((error: unknown) => this.#failed(error));
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
    this.#wire?.destroy();
  }

  async #start(): Promise<void> {
    if (this.#over) return;
    const { permit, headers, body, secrets, log } = this.#request;
    const addresses = permittedAddresses(permit, await this.#resolve(permit.target.host));
    if (this.#over) return;
    if ("denied" in addresses) {
      log(addresses.denied);
      return this.abort({ tag: "destination-IP-prohibited" });
    }
    if (body?.abandoned !== undefined) return this.abort(internalError(body.abandoned));
    const outgoing = outgoingOf(permit.target, headers, body, secrets);
    const wire = this.#client.request(permit.target, outgoing, addresses);
    this.#wire = wire;
    this.#listen(wire, outgoing);
    if (outgoing.whole !== undefined) wire.end(outgoing.whole);
    else body?.sendTo(this.#bodyTarget(wire, outgoing));
  }

  /** A lookup can't be taken back: until it has settled the exchange needs the network, though it may be over. */
  async #resolve(host: string): Promise<readonly string[]> {
    this.#resolving = true;
    try {
      return await this.#client.resolve(host, this.#request.asker, () => !this.#over);
    } finally {
      this.#resolving = false;
      if (this.#over) this.#closed();
    }
  }

  #listen(wire: ClientRequest, outgoing: Outgoing): void {
    wire.on("socket", (socket: Socket) => {
      const connected = () => this.#limit(this.#request.firstByteMs, "connection-read-timeout");
      if (socket.connecting) socket.once("encrypted" in socket ? "secureConnect" : "connect", connected);
      else connected();
    });
    wire.on("response", (response) => this.#guarded(() => this.#receive(response, outgoing)));
    wire.on("upgrade", (_response, socket) => {
      socket.destroy();
      this.abort({ tag: "HTTP-protocol-error" });
    });
    wire.on("error", (error) => this.#failed(error));
  }

  #receive(response: IncomingMessage, { mask }: Outgoing): void {
    if (this.#over) return;
    const { betweenBytesMs, responseBytesMax, held, log } = this.#request;
    const reader = new ResponseReader(response, mask, held);
    const { refused } = reader;
    if (refused !== undefined) {
      log(`a response was refused: ${refused.why}, so the secrets of its request can't be hidden`);
      return this.abort(refused.code);
    }
    const limit = (ms: number) => this.#limit(ms, "connection-read-timeout");
    const flow = new ResponseFlow(response);
    const body = new ResponseBody(held, () => {
      if (this.#over) return;
      limit(betweenBytesMs);
      flow.resume();
    });
    limit(betweenBytesMs);
    let received = 0;
    const pass = (bytes: Uint8Array) => {
      if (bytes.length > 0 && !body.push(bytes)) {
        limit(0);
        flow.pause();
      } else this.#timer?.refresh();
    };
    response.on("data", (chunk: Buffer) => {
      if (this.#over) return;
      received += chunk.length;
      if (received <= responseBytesMax) return this.#guarded(() => pass(reader.body(chunk)));
      log(
        `a response was cut off: its body is larger than the ${responseBytesMax} bytes that the component may receive`,
      );
      this.abort({ tag: "HTTP-response-body-size", val: BigInt(received) });
    });
    response.on("end", () => {
      // The next request may have its socket, which nothing may pause from now on.
      flow.resume();
      if (this.#over) return;
      this.#guarded(() => {
        body.push(reader.rest());
        body.end(reader.trailers());
        this.#end();
      });
    });
    response.on("error", (error) => this.#failed(error));
    this.#settle({ ok: { status: response.statusCode ?? 0, headers: reader.headers(), body } });
  }

  /** An event of the network that can't be taken fails this exchange alone. */
  #guarded(take: () => void): void {
    try {
      take();
    } catch (error) {
      this.#failed(error);
    }
  }

  #bodyTarget(wire: ClientRequest, { bodySecrets }: Outgoing): BodyTarget {
    return {
      write: (bytes, taken) => {
        const sent = bodySecrets?.push(bytes) ?? bytes;
        if (sent.length === 0) return taken();
        wire.write(sent, (error) => {
          if (!error) this.#guarded(taken);
        });
      },
      end: (trailers) => {
        const rest = bodySecrets?.end();
        if (rest !== undefined && rest.length > 0) wire.write(rest);
        if (trailers !== undefined) wire.addTrailers(this.#trailers(trailers));
        wire.end();
      },
      abandon: (why) => this.abort(internalError(why)),
    };
  }

  #trailers(fields: Fields): [string, string][] {
    return linesOf(fields).map(([name, value]) => [name, this.#request.secrets.trailer(value)]);
  }

  /** Bounds the time until the next step; 0 for no bound. */
  #limit(ms: number, code: "connection-timeout" | "connection-read-timeout"): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#timer = ms === 0 ? undefined : setTimeout(() => this.abort({ tag: code }), ms);
  }

  #failed(error: unknown): void {
    if (error instanceof SecretMisplaced) return this.abort(internalError(error.message));
    const code = httpErrorCode(error, this.#outcome === undefined ? "head" : "body");
    const { mask } = this.#request.secrets;
    this.abort(code.tag === "internal-error" && mask !== undefined ? internalError(mask.text(code.val)) : code);
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

  /** A service may answer before it has heard all: then nobody reads the rest of the request. */
  #end(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#over = true;
    this.#request.body?.close();
    if (this.#wire?.writableEnded === false) this.#wire.destroy();
    if (!this.#resolving) this.#closed();
  }
}
