import { Cursor } from "./binary.ts";
import { passInstruction } from "./instructions.ts";

/** The global that counts fuel, exported under a name that no toolchain gives (its first character is NUL). */
export const fuelExport = "\0fuel";

/** Fuel for code that runs while an instance is being made. */
const startFuel = 1_000_000_000n;
const pageBytes = 65_536;

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/** Caps the memories of a core module and has its code count fuel: one unit for each function entered
 *  and each turn of a loop, a trap when there is none left. What a guest does decides alone how
 *  much it uses, so running out is the same on every machine and at every replay. */
export function limitModule(bytes: Uint8Array, memoryBytesMax: number): Uint8Array {
  const sections = readSections(bytes);
  const imported = importedGlobals(sections);
  const own = sections.find(({ id }) => id === 6);
  const fuel = imported + (own === undefined ? 0 : new Cursor(own.body).u32());
  const limited = sections.map((section) => limitSection(section, memoryBytesMax, fuel));
  if (own === undefined) insertSection(limited, { id: 6, body: Buffer.concat([leb(1), fuelGlobal()]) });
  if (!sections.some(({ id }) => id === 7))
    insertSection(limited, { id: 7, body: Buffer.concat([leb(1), fuelExportEntry(fuel)]) });
  return Buffer.concat([
    bytes.subarray(0, 8),
    ...limited.flatMap(({ id, body }) => [Uint8Array.of(id), leb(body.length), body]),
  ]);
}

function readSections(bytes: Uint8Array): Section[] {
  const cursor = new Cursor(bytes, 8);
  const sections: Section[] = [];
  while (!cursor.done) {
    const id = cursor.byte();
    sections.push({ id, body: cursor.part().rest() });
  }
  return sections;
}

/** The order that the specification gives to sections, by their ids; custom ones may stand anywhere. */
const order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

function insertSection(sections: Section[], section: Section): void {
  const rank = order.indexOf(section.id);
  const next = sections.findIndex(({ id }) => id !== 0 && order.indexOf(id) > rank);
  sections.splice(next < 0 ? sections.length : next, 0, section);
}

function limitSection(section: Section, memoryBytesMax: number, fuel: number): Section {
  const cursor = new Cursor(section.body);
  switch (section.id) {
    case 5:
      return { id: 5, body: capMemories(cursor, memoryBytesMax) };
    case 6:
      return {
        id: 6,
        body: Buffer.concat([leb(cursor.u32() + 1), section.body.subarray(cursor.position), fuelGlobal()]),
      };
    case 7:
      return {
        id: 7,
        body: Buffer.concat([leb(cursor.u32() + 1), section.body.subarray(cursor.position), fuelExportEntry(fuel)]),
      };
    case 10:
      return { id: 10, body: countFuel(cursor, fuel) };
    default:
      return section;
  }
}

function importedGlobals(sections: readonly Section[]): number {
  const section = sections.find(({ id }) => id === 2);
  if (section === undefined) return 0;
  const cursor = new Cursor(section.body);
  let globals = 0;
  for (let left = cursor.count(); left > 0; left--) {
    cursor.text();
    cursor.text();
    const kind = cursor.byte();
    if (kind === 0x00) cursor.u32();
    else if (kind === 0x01) {
      passValueType(cursor);
      passLimits(cursor);
    } else if (kind === 0x02) passLimits(cursor);
    else if (kind === 0x03) {
      passValueType(cursor);
      cursor.byte();
      globals++;
    } else if (kind === 0x04) {
      cursor.byte();
      cursor.u32();
    } else cursor.fail(`0x${kind.toString(16)} is no kind of import`);
  }
  return globals;
}

function passLimits(cursor: Cursor): void {
  const flags = cursor.byte();
  cursor.skipLeb();
  if ((flags & 1) === 1) cursor.skipLeb();
}

function passValueType(cursor: Cursor): void {
  const code = cursor.byte();
  if (code === 0x63 || code === 0x64) cursor.skipLeb(); // (ref null? heap-type)
}

function capMemories(cursor: Cursor, memoryBytesMax: number): Uint8Array {
  const pagesMax = Math.floor(memoryBytesMax / pageBytes);
  const memories: Uint8Array[] = [];
  const count = cursor.count();
  for (let i = 0; i < count; i++) {
    const flags = cursor.byte();
    if (flags > 1) cursor.fail("shared and 64-bit memories are not supported");
    const least = cursor.u32();
    const most = (flags & 1) === 1 ? cursor.u32() : pagesMax;
    if (least > pagesMax) {
      cursor.fail(`it needs ${least * 64} KiB of memory to start; at most ${pagesMax * 64} KiB are allowed`);
    }
    memories.push(Uint8Array.of(1), leb(least), leb(Math.min(most, pagesMax)));
  }
  return Buffer.concat([leb(count), ...memories]);
}

/** A mutable i64 that begins with `startFuel`. */
function fuelGlobal(): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x7e, 0x01, 0x42), sleb(startFuel), Uint8Array.of(0x0b)]);
}

function fuelExportEntry(fuel: number): Uint8Array {
  const name = new TextEncoder().encode(fuelExport);
  return Buffer.concat([leb(name.length), name, Uint8Array.of(0x03), leb(fuel)]);
}

/** Puts the count in front of every function's body and of every loop's. */
function countFuel(cursor: Cursor, fuel: number): Uint8Array {
  const count = fuelCode(fuel);
  const functions = cursor.count();
  const out: Uint8Array[] = [leb(functions)];
  for (let i = 0; i < functions; i++) {
    const body = countInFunction(cursor.part(), count);
    out.push(leb(body.length), body);
  }
  return Buffer.concat(out);
}

function countInFunction(code: Cursor, count: Uint8Array): Uint8Array {
  const begin = code.position;
  for (let groups = code.count(); groups > 0; groups--) {
    code.u32();
    passValueType(code);
  }
  const parts: Uint8Array[] = [code.bytes.subarray(begin, code.position), count];
  let copied = code.position;
  while (!code.done) {
    if (!passInstruction(code)) continue;
    parts.push(code.bytes.subarray(copied, code.position), count);
    copied = code.position;
  }
  parts.push(code.bytes.subarray(copied, code.end));
  return Buffer.concat(parts);
}

/** fuel = fuel - 1; if (fuel < 0) unreachable */
function fuelCode(fuel: number): Uint8Array {
  const global = leb(fuel);
  return Buffer.concat([
    Uint8Array.of(0x23),
    global,
    Uint8Array.of(0x42, 0x01, 0x7d, 0x24),
    global,
    Uint8Array.of(0x23),
    global,
    Uint8Array.of(0x42, 0x00, 0x53, 0x04, 0x40, 0x00, 0x0b),
  ]);
}

function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return Uint8Array.from(bytes);
}

function sleb(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (;;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    const last = (value === 0n && (low & 0x40) === 0) || (value === -1n && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return Uint8Array.from(bytes);
  }
}
