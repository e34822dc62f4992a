import { patternsOf } from "./secret-patterns.ts";

/** Replaces every occurrence of some values in what comes back, in all the forms in which they may come, by asterisks. */
export class SecretMask {
  readonly #expressions: readonly RegExp[];
  /** The most bytes that one occurrence takes. */
  readonly longest: number;

  constructor(values: readonly string[]) {
    const patterns = values.flatMap(patternsOf);
    this.#expressions = patterns.map(({ source }) => new RegExp(source, "g"));
    this.longest = Math.max(0, ...patterns.map(({ longest }) => longest));
  }

  /** Of the whole. */
  bytes(bytes: Uint8Array): Buffer {
    const masked = Buffer.from(bytes);
    this.#fill(masked, masked.toString("latin1"));
    return masked;
  }

  text(text: string): string {
    if (this.#expressions.length === 0) return text;
    const masked = Buffer.from(text);
    return this.#fill(masked, masked.toString("latin1")) ? masked.toString() : text;
  }

  /** Of what comes in pieces. */
  stream(): MaskedStream {
    return new MaskedStream((masked, bytes) => this.#fill(masked, bytes.toString("latin1")), this.longest);
  }

  #fill(masked: Buffer, text: string): boolean {
    let found = false;
    for (const expression of this.#expressions) {
      expression.lastIndex = 0;
      for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
        masked.fill("*", match.index, match.index + match[0].length);
        expression.lastIndex = match.index + 1;
        found = true;
      }
    }
    return found;
  }
}

/** Always holds back as many bytes as an occurrence may still lack, whatever they are: would it hold back only what looks
 *  like the beginning of a value, a guest could try out beginnings and see from what is held back which are right. */
export class MaskedStream {
  readonly #fill: (masked: Buffer, bytes: Buffer) => void;
  readonly #heldBack: number;
  /** The bytes that are held back, as they came, and as they are masked so far. */
  #bytes: Buffer = Buffer.alloc(0);
  #masked: Buffer = Buffer.alloc(0);

  constructor(fill: (masked: Buffer, bytes: Buffer) => void, longest: number) {
    this.#fill = fill;
    this.#heldBack = Math.max(0, longest - 1);
  }

  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.concat([this.#bytes, chunk]);
    const masked = Buffer.concat([this.#masked, chunk]);
    this.#fill(masked, bytes);
    const end = Math.max(0, bytes.length - this.#heldBack);
    this.#bytes = bytes.subarray(end);
    this.#masked = masked.subarray(end);
    return masked.subarray(0, end);
  }

  end(): Buffer {
    return this.#masked;
  }
}
