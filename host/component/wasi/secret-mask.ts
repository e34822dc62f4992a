import {
  base64Beginnings,
  base64Reader,
  characterBeginnings,
  hexadecimalBeginnings,
  hexadecimalReader,
  jsonReader,
  nestedJsonReader,
  textReader,
} from "./secret-readings.ts";
import { SecretSearch } from "./secret-search.ts";
import { base64Of, bytesMaxOf, charactersOf, hexadecimalOf, shownBy } from "./secret-values.ts";

/** Replaces every occurrence of some values in what comes back, in all the forms in which they may come, by asterisks. */
export class SecretMask {
  readonly #searches: readonly SecretSearch[];
  /** The most bytes that one occurrence takes. */
  readonly longest: number;

  constructor(secrets: readonly string[]) {
    const values = [...new Set(secrets.flatMap(shownBy))];
    this.#searches = values.length === 0 ? [] : searchesFor(values);
    this.longest = Math.max(0, ...values.map(bytesMaxOf));
  }

  /** Of the whole. */
  bytes(bytes: Uint8Array): Buffer {
    const masked = Buffer.from(bytes);
    this.#fill(masked, bytes);
    return masked;
  }

  text(text: string): string {
    if (this.#searches.length === 0) return text;
    const bytes = Buffer.from(text);
    const masked = Buffer.from(bytes);
    return this.#fill(masked, bytes) ? masked.toString() : text;
  }

  /** Of what comes in pieces. */
  stream(): MaskedStream {
    return new MaskedStream((masked, bytes) => this.#fill(masked, bytes), this.longest);
  }

  #fill(masked: Buffer, bytes: Uint8Array): boolean {
    let found = false;
    for (const search of this.#searches) {
      for (let at = 0; at < bytes.length; at++) {
        const end = search.end(bytes, at, this.longest);
        if (end === at) continue;
        masked.fill("*", at, end);
        found = true;
      }
    }
    return found;
  }
}

function searchesFor(values: readonly string[]): readonly SecretSearch[] {
  const texts = values.map(charactersOf);
  // What has no backslash reads the same in JSON within JSON, however often it is escaped.
  const backslashed = texts.filter((text) => text.includes(0x5c));
  const plainer = [textReader, jsonReader].map((reader) => new SecretSearch(reader, characterBeginnings, backslashed));
  return [
    ...(backslashed.length === 0 ? [] : plainer),
    new SecretSearch(nestedJsonReader, characterBeginnings, texts),
    new SecretSearch(base64Reader, base64Beginnings, values.flatMap(base64Of)),
    new SecretSearch(hexadecimalReader, hexadecimalBeginnings, values.map(hexadecimalOf)),
  ];
}

/** Always holds back as many bytes as an occurrence may still lack, whatever they are: would it hold back only what looks
 *  like the beginning of a value, a guest could try out beginnings and see from what is held back which are right. It
 *  searches when as many again have come, so that the pieces may be as small as they like. */
export class MaskedStream {
  readonly #fill: (masked: Buffer, bytes: Uint8Array) => void;
  readonly #heldBack: number;
  /** The bytes that are held back, as they came, and as they are masked so far. */
  #bytes: Buffer = Buffer.alloc(0);
  #masked: Buffer = Buffer.alloc(0);
  /** What has come since. */
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(fill: (masked: Buffer, bytes: Uint8Array) => void, longest: number) {
    this.#fill = fill;
    this.#heldBack = Math.max(0, longest - 1);
  }

  push(chunk: Uint8Array): Buffer {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#bytes.length + this.#length < 2 * this.#heldBack) return Buffer.alloc(0);
    return this.#released(this.#heldBack);
  }

  end(): Buffer {
    return this.#released(0);
  }

  #released(heldBack: number): Buffer {
    const bytes = Buffer.concat([this.#bytes, ...this.#chunks]);
    const masked = Buffer.concat([this.#masked, ...this.#chunks]);
    this.#chunks = [];
    this.#length = 0;
    this.#fill(masked, bytes);
    const end = Math.max(0, bytes.length - heldBack);
    this.#bytes = bytes.subarray(end);
    this.#masked = masked.subarray(end);
    return masked.subarray(0, end);
  }
}
