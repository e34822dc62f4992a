import type { IncomingMessage } from "node:http";
import type { HeldBytes } from "./held-bytes.ts";
import { type HttpErrorCode, internalError } from "./http-error-code.ts";
import { Fields } from "./http-fields.ts";
import type { MaskedStream, SecretMask } from "./secret-mask.ts";

interface Refusal {
  readonly code: HttpErrorCode;
  readonly why: string;
}

/** What a guest gets to see of a response: the secrets that its request carried are hidden. */
export class ResponseReader {
  readonly #response: IncomingMessage;
  readonly #mask: SecretMask | undefined;
  readonly #stream: MaskedStream | undefined;
  readonly #held: HeldBytes;

  constructor(response: IncomingMessage, mask: SecretMask | undefined, held: HeldBytes) {
    this.#response = response;
    this.#mask = mask;
    this.#stream = mask?.stream();
    this.#held = held;
  }

  /** Why the guest may not see it: its bytes could not be searched. */
  get refused(): Refusal | undefined {
    if (this.#mask === undefined) return undefined;
    if (this.#response.statusCode === 206) {
      const why = "it is a part of the whole";
      return { code: internalError(`the response is refused: ${why}`), why };
    }
    const { "content-encoding": content, "transfer-encoding": transfer } = this.#response.headers;
    if (content !== undefined && !/^(?:identity)?$/i.test(content.trim())) {
      return encoded("HTTP-response-content-coding", this.#mask.text(content));
    }
    if (transfer !== undefined && !/^(?:chunked|identity)$/i.test(transfer.trim())) {
      return encoded("HTTP-response-transfer-coding", this.#mask.text(transfer));
    }
    return undefined;
  }

  headers(): Fields {
    return this.#fields(this.#response.rawHeaders);
  }

  /** What can be told of the body after one more chunk of it. */
  body(chunk: Buffer): Buffer {
    return this.#stream?.push(chunk) ?? chunk;
  }

  /** What is left of the body when it has ended. */
  rest(): Buffer {
    return this.#stream?.end() ?? Buffer.alloc(0);
  }

  trailers(): Fields {
    return this.#fields(this.#response.rawTrailers);
  }

  /** From name and value in turn, the values as Latin-1. */
  #fields(raw: readonly string[]): Fields {
    const parts = raw.map((part) => Buffer.from(part, "latin1")).map((part) => this.#mask?.bytes(part) ?? part);
    const entries = parts.flatMap((name, at): [string, Uint8Array][] =>
      at % 2 === 0 ? [[name.toString("latin1"), new Uint8Array(parts[at + 1] ?? [])]] : [],
    );
    return Fields.received(entries, this.#held);
  }
}

function encoded(tag: "HTTP-response-content-coding" | "HTTP-response-transfer-coding", val: string): Refusal {
  return { code: { tag, val }, why: `it is encoded (${val})` };
}
