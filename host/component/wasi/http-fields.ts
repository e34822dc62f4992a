import { GuestErr } from "../../core/wit/signature.ts";

interface Field {
  readonly name: string;
  readonly value: Uint8Array;
}

/** Names that the connection, not the request, is about: the host sets them. */
const forbidden = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** `wasi:http/types.fields`: headers or trailers. Names are compared without case; values are bytes. */
export class Fields {
  #fields: Field[] = [];
  #mutable = true;

  static fromList(entries: readonly (readonly [string, Uint8Array])[]): Fields {
    const fields = new Fields();
    for (const [name, value] of entries) fields.append(name, value);
    return fields;
  }

  /** Of a response: as they came, and not to be changed. */
  static received(entries: readonly (readonly [string, Uint8Array])[]): Fields {
    const fields = new Fields();
    fields.#fields = entries.map(([name, value]) => ({ name: name.toLowerCase(), value }));
    return fields.freeze();
  }

  get(name: string): Uint8Array[] {
    return this.#fields.filter((field) => sameName(field, name)).map(({ value }) => value);
  }

  has(name: string): boolean {
    return this.#fields.some((field) => sameName(field, name));
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.#checkMutable();
    checkName(name);
    values.forEach(checkValue);
    this.#fields = this.#fields.filter((field) => !sameName(field, name));
    for (const value of values) this.#fields.push({ name, value });
  }

  delete(name: string): void {
    this.#checkMutable();
    checkName(name);
    this.#fields = this.#fields.filter((field) => !sameName(field, name));
  }

  append(name: string, value: Uint8Array): void {
    this.#checkMutable();
    checkName(name);
    checkValue(value);
    this.#fields.push({ name, value });
  }

  entries(): [string, Uint8Array][] {
    return this.#fields.map(({ name, value }) => [name, value]);
  }

  clone(): Fields {
    const copy = new Fields();
    copy.#fields = [...this.#fields];
    return copy;
  }

  /** What belongs to a request or response can't be changed any more. */
  freeze(): this {
    this.#mutable = false;
    return this;
  }

  #checkMutable(): void {
    if (!this.#mutable) throw new GuestErr({ tag: "immutable" });
  }
}

function sameName(field: Field, name: string): boolean {
  return field.name.toLowerCase() === name.toLowerCase();
}

function checkName(name: string): void {
  if (!token.test(name)) throw new GuestErr({ tag: "invalid-syntax" });
  if (forbidden.has(name.toLowerCase())) throw new GuestErr({ tag: "forbidden" });
}

/** Visible characters, spaces, tabs, and bytes from 0x80 on (RFC 9110, section 5.5). */
function checkValue(value: Uint8Array): void {
  if (value.some((byte) => (byte < 0x20 && byte !== 0x09) || byte === 0x7f)) {
    throw new GuestErr({ tag: "invalid-syntax" });
  }
}
