import { GuestTrap } from "../ports/components.ts";
import { type Abi, BadHostValue, type CoreValue, type Flat } from "./abi.ts";
import type { GuestMemory } from "./memory.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
const encoder = new TextEncoder();

/** In `latin1+utf16` the highest bit of the length tells that the text is UTF-16. */
const utf16Tag = 0x8000_0000;

export const stringAbi: Abi = {
  load: (memory, pointer) =>
    read(memory, memory.view.getUint32(pointer, true), memory.view.getUint32(pointer + 4, true)),
  store: (memory, pointer, value) => {
    const [at, length] = write(memory, value);
    memory.view.setUint32(pointer, at, true);
    memory.view.setUint32(pointer + 4, length, true);
  },
  lift: (memory, flat: Flat) => {
    const at = Number(flat.values[flat.at++]) >>> 0;
    return read(memory, at, Number(flat.values[flat.at++]) >>> 0);
  },
  lower: (memory, value, flat: CoreValue[]) => void flat.push(...write(memory, value)),
};

function read(memory: GuestMemory, at: number, length: number): string {
  try {
    if (memory.encoding === "utf8") {
      memory.check(at, length, 1);
      return utf8.decode(memory.bytes.subarray(at, at + length));
    }
    if (memory.encoding === "latin1+utf16" && length < utf16Tag) {
      memory.check(at, length, 2);
      return latin1(memory.bytes.subarray(at, at + length));
    }
    const units = length % utf16Tag;
    memory.check(at, units * 2, 2);
    return utf16.decode(memory.bytes.subarray(at, at + units * 2));
  } catch (error) {
    if (error instanceof GuestTrap) throw error;
    throw new GuestTrap(`a string is not valid ${memory.encoding}`);
  }
}

function write(memory: GuestMemory, value: unknown): [pointer: number, length: number] {
  if (typeof value !== "string") throw new BadHostValue(`${String(value)} is no string`);
  if (memory.encoding === "utf8") {
    if (value === "") return [memory.allocate(0, 1), 0];
    const size = Buffer.byteLength(value);
    const at = memory.allocate(size, 1);
    encoder.encodeInto(value, memory.bytes.subarray(at, at + size));
    return [at, size];
  }
  const at = memory.allocate(value.length * 2, 2);
  const text = value.toWellFormed();
  for (let i = 0; i < text.length; i++) memory.view.setUint16(at + 2 * i, text.charCodeAt(i), true);
  return [at, memory.encoding === "utf16" ? text.length : text.length + utf16Tag];
}
