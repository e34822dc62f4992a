import { GuestTrap } from "../../ports/components.ts";
import type { CanonMemory } from "./canon-memory.ts";
import { Misfit } from "./misfit.ts";
import { pointerAbi } from "./pointer-abi.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** In latin1+utf16, the bit of a length that says that the text is UTF-16. */
const utf16Tag = 0x8000_0000;

export const stringAbi = pointerAbi(readString, writeString);

function readString(memory: CanonMemory, at: number, length: number): string {
  switch (memory.encoding) {
    case "utf8":
      memory.check(at, length, 1);
      memory.charge(length);
      return decode(utf8, memory, at, length);
    case "utf16":
      return readUtf16(memory, at, length);
    case "latin1+utf16": {
      if (length >= utf16Tag) return readUtf16(memory, at, length - utf16Tag);
      memory.check(at, length, 2);
      memory.charge(length);
      return Buffer.from(memory.bytes.buffer, at, length).toString("latin1");
    }
  }
}

function readUtf16(memory: CanonMemory, at: number, units: number): string {
  memory.check(at, units * 2, 2);
  memory.charge(units * 2);
  return decode(utf16, memory, at, units * 2);
}

function decode(decoder: TextDecoder, { bytes }: CanonMemory, at: number, length: number): string {
  try {
    return decoder.decode(bytes.subarray(at, at + length));
  } catch (cause) {
    throw new GuestTrap(`the guest passes ${length} bytes as a string that are not ${decoder.encoding}`, { cause });
  }
}

/** Gives address and length as the guest's encoding counts it. A lone surrogate becomes U+FFFD. */
function writeString(memory: CanonMemory, value: unknown): readonly [at: number, length: number] {
  if (typeof value !== "string") throw new Misfit(value, "string");
  switch (memory.encoding) {
    case "utf8": {
      const size = Buffer.byteLength(value, "utf8");
      const at = memory.allocate(size, 1);
      if (size > 0) encoder.encodeInto(value, memory.bytes.subarray(at, at + size));
      return [at, size];
    }
    case "utf16":
      return [writeUtf16(memory, value), value.length];
    case "latin1+utf16": {
      if (!isLatin1(value)) return [writeUtf16(memory, value), value.length + utf16Tag];
      const at = memory.allocate(value.length, 2);
      for (let i = 0; i < value.length; i++) memory.bytes[at + i] = value.charCodeAt(i);
      return [at, value.length];
    }
  }
}

function writeUtf16(memory: CanonMemory, value: string): number {
  const text = value.toWellFormed();
  const at = memory.allocate(text.length * 2, 2);
  for (let i = 0; i < text.length; i++) memory.view.setUint16(at + 2 * i, text.charCodeAt(i), true);
  return at;
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
