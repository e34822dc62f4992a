/** A component or core module as its sections: far less than the host's reader knows, and it reads whatever there is. */
import { bytes, leb } from "../support/component-bytes.ts";

export interface Binary {
  readonly preamble: Uint8Array;
  readonly sections: Section[];
  /** What is no whole section. */
  readonly rest: Uint8Array;
}

interface Section {
  readonly id: number;
  readonly content: Uint8Array | Binary;
}

export function readBinary(input: Uint8Array): Binary {
  const isComponent = input[4] === 0x0d;
  const sections: Section[] = [];
  let at = Math.min(8, input.length);
  while (at < input.length) {
    const { value, next } = readLeb(input, at + 1);
    if (next + value > input.length) break;
    const content = input.subarray(next, next + value);
    const id = input[at]!;
    // Core modules and components within a component.
    const nested = isComponent && (id === 1 || id === 4) && content[0] === 0 && content[1] === 0x61;
    sections.push({ id, content: nested ? readBinary(content) : content });
    at = next + value;
  }
  return { preamble: input.subarray(0, 8), sections, rest: input.subarray(at) };
}

export function writeBinary({ preamble, sections, rest }: Binary): Uint8Array {
  const written = sections.map(({ id, content }) => {
    const body = content instanceof Uint8Array ? content : writeBinary(content);
    return bytes([id], leb(body.length), body);
  });
  return bytes(preamble, ...written, rest);
}

function readLeb(input: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = input[at + i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return { value: Number.POSITIVE_INFINITY, next: at };
}
