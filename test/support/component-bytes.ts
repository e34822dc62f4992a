/** Components and core modules put together byte by byte, for what no tool would write. */
type Part = Uint8Array | readonly number[];

export function bytes(...parts: readonly Part[]): Uint8Array {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)));
}

/** An unsigned number as LEB128. */
export function leb(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest === 0 ? [value % 128] : [(value % 128) + 128, ...leb(rest)];
}

export function name(text: string): Uint8Array {
  const utf8 = Buffer.from(text);
  return bytes(leb(utf8.length), utf8);
}

export function section(id: number, ...content: readonly Part[]): Uint8Array {
  const whole = bytes(...content);
  return bytes([id], leb(whole.length), whole);
}

/** A section of so many items. */
export function items(id: number, ...each: readonly Part[]): Uint8Array {
  return section(id, leb(each.length), ...each);
}

/** The item `count` times in one section, without making it so often. */
export function repeated(id: number, count: number, item: Part): Uint8Array {
  return section(id, leb(count), Buffer.alloc(count * item.length, Uint8Array.from(item)));
}

/** One item for each number, in one section. */
export function numbered(id: number, count: number, item: (i: number) => Part): Uint8Array {
  return section(id, leb(count), Buffer.concat(Array.from({ length: count }, (_, i) => Uint8Array.from(item(i)))));
}

export function componentOf(...sections: readonly Part[]): Uint8Array {
  return bytes([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], ...sections);
}

export function moduleOf(...sections: readonly Part[]): Uint8Array {
  return bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...sections);
}

/** The numbers that sections of a component have (component-model, Binary.md). */
export const part = {
  module: 1,
  coreInstance: 2,
  component: 4,
  instance: 5,
  alias: 6,
  type: 7,
  canon: 8,
  import: 10,
  export: 11,
} as const;

export function importOf(text: string, ...description: number[]): Uint8Array {
  return bytes([0], name(text), description);
}
