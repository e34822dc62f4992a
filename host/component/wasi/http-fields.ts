import { GuestErr } from "../../core/wit/signature.ts";
import type { HeldBytes } from "./held-bytes.ts";

interface Field {
  readonly name: string;
  /** The name without case. */
  readonly key: string;
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

/** Of one section of headers or trailers, either way. */
export const sectionBytesMax = 64 * 1024;

/** Of what a guest puts together, which is too large for any section: no more work is done on it. */
const bytesMax = 2 * sectionBytesMax;

/** What one field costs the host apart from its bytes. */
const fieldCost = 512;

/** `wasi:http/types.fields`: headers or trailers. Names are compared without case; values are bytes. */
export class Fields {
  #fields: Field[] = [];
  #bytes = 0;
  #mutable = true;
  #released = false;
  readonly #held: HeldBytes;

  constructor(held: HeldBytes) {
    this.#held = held;
    held.add(fieldCost);
  }

  /** As HTTP/1.1 writes them, without the empty line. */
  get bytes(): number {
    return this.#bytes;
  }

  static fromList(entries: readonly (readonly [string, Uint8Array])[], held: HeldBytes): Fields {
    return new Fields(held).#filled((fields) => {
      for (const [name, value] of entries) fields.append(name, value);
    });
  }

  /** Of a response: as they came, and not to be changed. */
  static received(entries: readonly (readonly [string, Uint8Array])[], held: HeldBytes): Fields {
    return new Fields(held)
      .#filled((fields) => {
        fields.#addAll(entries.map(([name, value]) => fieldOf(name.toLowerCase(), value)));
      })
      .freeze();
  }

  get(name: string): Uint8Array[] {
    return this.#fields.filter(named(name)).map(({ value }) => value);
  }

  has(name: string): boolean {
    return this.#fields.some(named(name));
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.#checkMutable();
    checkName(name);
    const fields = values.map((value) => fieldOf(name, value));
    this.#check(fields);
    this.#remove(name);
    this.#addAll(fields);
  }

  delete(name: string): void {
    this.#checkMutable();
    checkName(name);
    this.#remove(name);
  }

  append(name: string, value: Uint8Array): void {
    this.#checkMutable();
    checkName(name);
    const fields = [fieldOf(name, value)];
    this.#check(fields);
    this.#addAll(fields);
  }

  entries(): [string, Uint8Array][] {
    return this.#fields.map(({ name, value }) => [name, value]);
  }

  clone(): Fields {
    return new Fields(this.#held).#filled((copy) => {
      copy.#addAll(this.#fields);
    });
  }

  /** What belongs to a request or response can't be changed any more. */
  freeze(): this {
    this.#mutable = false;
    return this;
  }

  /** Nothing is held of what can't be filled. */
  #filled(fill: (fields: this) => void): this {
    try {
      fill(this);
      return this;
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #addAll(fields: readonly Field[]): void {
    const bytes = sizeOf(fields);
    this.#held.add(bytes + fields.length * fieldCost);
    this.#bytes += bytes;
    for (const field of fields) this.#fields.push(field);
  }

  /** Whether these may be added: their size is looked at before they are. */
  #check(fields: readonly Field[]): void {
    const fits =
      this.#bytes + sizeOf(fields) <= bytesMax && fields.every(({ value }) => value.length <= sectionBytesMax);
    if (!fits || !fields.every(({ value }) => isText(value))) throw new GuestErr({ tag: "invalid-syntax" });
  }

  /** The guest has let go of them. */
  [Symbol.dispose](): void {
    if (this.#released) return;
    this.#released = true;
    this.#held.remove(this.#bytes + (this.#fields.length + 1) * fieldCost);
    this.#fields = [];
  }

  #remove(name: string): void {
    const isNamed = named(name);
    const removed = this.#fields.filter(isNamed);
    if (removed.length === 0) return;
    this.#fields = this.#fields.filter((field) => !isNamed(field));
    this.#bytes -= sizeOf(removed);
    this.#held.remove(sizeOf(removed) + removed.length * fieldCost);
  }

  #checkMutable(): void {
    if (!this.#mutable) throw new GuestErr({ tag: "immutable" });
  }
}

function fieldOf(name: string, value: Uint8Array): Field {
  return { name, key: name.toLowerCase(), value };
}

function bytesOf({ name, value }: Field): number {
  return name.length + value.length + ": \r\n".length;
}

function sizeOf(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + bytesOf(field), 0);
}

function named(name: string): (field: Field) => boolean {
  if (name.length > sectionBytesMax) return () => false;
  const key = name.toLowerCase();
  return (field) => field.key === key;
}

function checkName(name: string): void {
  if (name.length > sectionBytesMax || !token.test(name)) throw new GuestErr({ tag: "invalid-syntax" });
  if (forbidden.has(name.toLowerCase())) throw new GuestErr({ tag: "forbidden" });
}

/** Visible characters, spaces, tabs, and bytes from 0x80 on (RFC 9110, section 5.5). */
function isText(value: Uint8Array): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(
    Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1"),
  );
}
