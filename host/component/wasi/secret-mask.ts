/** Replaces every occurrence of some values in what comes back, in all the forms in which they may come, by asterisks. */
export class SecretMask {
  readonly #patterns: readonly Buffer[];

  constructor(values: readonly string[]) {
    this.#patterns = values.flatMap((value) => formsOf(value).map((form) => Buffer.from(form)));
  }

  /** Of the whole. */
  bytes(bytes: Uint8Array): Buffer {
    const masked = Buffer.from(bytes);
    this.#fill(masked, Buffer.from(bytes));
    return masked;
  }

  text(text: string): string {
    if (this.#patterns.length === 0) return text;
    const bytes = Buffer.from(text);
    const masked = Buffer.from(bytes);
    return this.#fill(masked, bytes) ? masked.toString() : text;
  }

  /** Of what comes in pieces. */
  stream(): MaskedStream {
    return new MaskedStream(
      (masked, bytes) => this.#fill(masked, bytes),
      (bytes) => this.#undecided(bytes),
    );
  }

  #fill(masked: Buffer, bytes: Buffer): boolean {
    let found = false;
    for (const pattern of this.#patterns) {
      for (let at = bytes.indexOf(pattern); at !== -1; at = bytes.indexOf(pattern, at + 1)) {
        masked.fill("*", at, at + pattern.length);
        found = true;
      }
    }
    return found;
  }

  /** Where the first occurrence begins that the bytes may be cutting off. */
  #undecided(bytes: Buffer): number {
    return Math.min(...this.#patterns.map((pattern) => cutOff(pattern, bytes)), bytes.length);
  }
}

/** Holds back no more than what may turn out to be the beginning of a value. */
export class MaskedStream {
  readonly #fill: (masked: Buffer, bytes: Buffer) => boolean;
  readonly #undecided: (bytes: Buffer) => number;
  /** The bytes that are held back, as they came, and as they are masked so far. */
  #bytes: Buffer = Buffer.alloc(0);
  #masked: Buffer = Buffer.alloc(0);

  constructor(fill: (masked: Buffer, bytes: Buffer) => boolean, undecided: (bytes: Buffer) => number) {
    this.#fill = fill;
    this.#undecided = undecided;
  }

  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.concat([this.#bytes, chunk]);
    const masked = Buffer.concat([this.#masked, chunk]);
    this.#fill(masked, bytes);
    const end = this.#undecided(bytes);
    this.#bytes = bytes.subarray(end);
    this.#masked = masked.subarray(end);
    return masked.subarray(0, end);
  }

  end(): Buffer {
    return this.#masked;
  }
}

function cutOff(pattern: Buffer, bytes: Buffer): number {
  const from = Math.max(0, bytes.length - pattern.length + 1);
  for (
    let at = bytes.indexOf(pattern[0] as number, from);
    at !== -1;
    at = bytes.indexOf(pattern[0] as number, at + 1)
  ) {
    if (bytes.subarray(at).equals(pattern.subarray(0, bytes.length - at))) return at;
  }
  return bytes.length;
}

/** A value as it is, and as services quote it: percent-encoded, form-encoded, as JSON (once or twice), in base64 and hexadecimal. */
export function formsOf(value: string): readonly string[] {
  if (value === "") return [];
  const wellFormed = value.toWellFormed();
  const bytes = Buffer.from(wellFormed);
  const hex = bytes.toString("hex");
  const json = JSON.stringify(wellFormed).slice(1, -1);
  const percent = [encodeURIComponent(wellFormed), formEncoded(wellFormed), hex.replaceAll(/../g, "%$&")];
  const asciiJson = json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const base64 = [0, 1, 2].map((before) => base64Within(bytes, before));
  return [
    ...new Set([
      wellFormed,
      json,
      JSON.stringify(json).slice(1, -1),
      asciiJson,
      ...[json, asciiJson].map((text) => text.replaceAll("/", String.raw`\/`)),
      ...percent,
      ...[...percent, asciiJson].map((text) => escapesIn(text, (escape) => escape.toLowerCase())),
      ...[...percent, asciiJson].map((text) => escapesIn(text, upperDigits)),
      ...base64,
      ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
      hex,
      hex.toUpperCase(),
    ]),
  ].filter((form) => form.length > 0);
}

export function formEncoded(value: string): string {
  return new URLSearchParams({ "": value }).toString().slice(1);
}

function escapesIn(text: string, change: (escape: string) => string): string {
  return text.replaceAll(/%[0-9a-f]{2}|\\u[0-9a-f]{4}/gi, change);
}

function upperDigits(escape: string): string {
  return escape.startsWith("%") ? escape.toUpperCase() : `\\u${escape.slice(2).toUpperCase()}`;
}

/** The digits that the bytes alone decide, when `before` bytes (modulo 3) stand before them. */
function base64Within(bytes: Buffer, before: number): string {
  const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  return digits.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
}
