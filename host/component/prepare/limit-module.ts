import { BinaryReader, unsupported } from "../binary/binary-reader.ts";
import {
  type CoreSection,
  coreSections,
  type ModuleHeader,
  readLimits,
  readValueType,
  sectionOrder,
} from "../binary/core-module.ts";
import type { CoreSort } from "../binary/syntax.ts";
import { ByteWriter, leb, nameBytes } from "./byte-writer.ts";
import { hostPlaces, type MeterPlaces, meterCode } from "./meter.ts";

/** How an instance of a limited module is made: what the host adds to its imports and finds among its exports. */
export interface ModuleLimits {
  /** Name of the module from which it imports its memories, as `0`, `1` and so on. */
  readonly memoryModule: string;
  readonly memories: readonly MemoryPages[];
  /** Entries of its own tables, when it begins. */
  readonly tableEntries: number;
  /** The memories that it imports from elsewhere: their numbers come before those of its own. */
  readonly imported: readonly { readonly module: string; readonly name: string }[];
  /** The export that holds the fuel left; absent when the code can't run on by itself. */
  readonly fuel?: string;
  /** The exported table for the host's functions (see `MeterPlaces`); absent when the code calls none of them. */
  readonly table?: string;
  /** The function to call when the instance has been made and fuelled. */
  readonly start?: string;
}

/** In pages of 64 KiB. */
interface MemoryPages {
  readonly min: number;
  readonly max: number | undefined;
}

export interface LimitedModule {
  readonly bytes: Uint8Array;
  readonly limits: ModuleLimits;
}

/** Entries of a table, at most: 8 MB in the engine. */
const tableMax = 1 << 20;
/** Tables and memories of one module, at most. */
const storesMax = 16;

const [
  typeSection,
  importSection,
  tableSection,
  memorySection,
  globalSection,
  exportSection,
  startSection,
  codeSection,
] = [1, 2, 4, 5, 6, 7, 8, 10];

/** Rewrites a core module so that its host decides what it may use: its memories become imports, made for each instance with
 *  a cap, and are grown by the host; its code counts fuel; its start function becomes an export, since it must not run
 *  before there is fuel. No index changes: new imports are memories, which come before none, and the new global, table and
 *  types are the last of their kind. */
export function limitModule(bytes: Uint8Array, start: number, end: number, header: ModuleHeader): LimitedModule {
  const sections = coreSections(new BinaryReader(bytes, start, end));
  const bodies = new Map<number, Uint8Array>();
  const memoryModule = freeName("stele", (name) => header.imports.some(({ module }) => module === name));
  const exportNamed = (name: string) => freeName(name, (taken) => header.exports.has(taken));
  const added: Uint8Array[] = [];

  const memories = readMemories(find(sections, memorySection));
  bodies.set(memorySection, nothing);
  if (memories.length > 0) {
    bodies.set(
      importSection,
      append(
        find(sections, importSection),
        memories.map((memory, i) => memoryImport(memoryModule, i, memory)),
      ),
    );
  }
  const tables = find(sections, tableSection);
  const capped = tables === undefined ? undefined : capTables(tables);
  if (capped !== undefined) bodies.set(tableSection, capped.section);

  const imported = header.imports.filter(({ sort }) => sort === "memory").map(({ module, name }) => ({ module, name }));
  const places = meterPlaces(sections, header);
  const code = find(sections, codeSection);
  const metered = code === undefined ? undefined : meterCode(code, places);
  const fuel = metered === undefined ? undefined : exportNamed("stele:fuel");
  const table = metered === undefined ? undefined : exportNamed("stele:host");
  if (metered !== undefined && table !== undefined) {
    bodies.set(codeSection, metered);
    bodies.set(typeSection, append(find(sections, typeSection), [tickType, growType]));
    const cappedTables = bodies.get(tableSection);
    bodies.set(
      tableSection,
      append(cappedTables && new BinaryReader(cappedTables), [
        hostTable(hostPlaces.firstMemory + imported.length + memories.length),
      ]),
    );
    added.push(exportEntry(table, 0x01, places.table));
  }
  if (fuel !== undefined) {
    bodies.set(globalSection, append(find(sections, globalSection), [emptyFuel]));
    added.push(exportEntry(fuel, 0x03, places.fuelGlobal));
  }

  const startFunction = find(sections, startSection)?.u32();
  const startName = startFunction === undefined ? undefined : exportNamed("stele:start");
  bodies.set(startSection, nothing);
  if (startName !== undefined && startFunction !== undefined) added.push(exportEntry(startName, 0x00, startFunction));
  if (added.length > 0) bodies.set(exportSection, append(find(sections, exportSection), added));

  const limits = {
    memoryModule,
    memories,
    imported,
    tableEntries: capped?.entries ?? 0,
    ...(fuel !== undefined && { fuel }),
    ...(table !== undefined && { table }),
    ...(startName !== undefined && { start: startName }),
  };
  return { bytes: assemble(bytes, start, sections, bodies), limits };
}

const nothing = new Uint8Array();
/** A mutable i64 that holds 0: an instance runs when the host has fuelled it. */
const emptyFuel = Uint8Array.of(0x7e, 0x01, 0x42, 0x00, 0x0b);
const tickType = Uint8Array.of(0x60, 0x00, 0x00);
const growType = Uint8Array.of(0x60, 0x01, 0x7f, 0x01, 0x7f);

/** A table of functions that has this length for ever. */
function hostTable(length: number): Uint8Array {
  return Uint8Array.of(0x70, 0x01, ...leb(length), ...leb(length));
}

function find(sections: readonly CoreSection[], id: number): BinaryReader | undefined {
  const part = sections.find((section) => section.id === id)?.part;
  return part === undefined ? undefined : new BinaryReader(part.bytes, part.at, part.end);
}

function freeName(wanted: string, taken: (name: string) => boolean): string {
  let name = wanted;
  while (taken(name)) name += "'";
  return name;
}

function readMemories(section: BinaryReader | undefined): MemoryPages[] {
  const memories = section?.list(() => readLimits(section, "memory")) ?? [];
  if (memories.length > storesMax) throw unsupported(`the component has a module with more than ${storesMax} memories`);
  return memories;
}

function memoryImport(module: string, index: number, { min }: MemoryPages): Uint8Array {
  return Uint8Array.from([...nameBytes(module), ...nameBytes(String(index)), 0x02, 0x00, ...leb(min)]);
}

function exportEntry(name: string, sort: number, index: number): Uint8Array {
  return Uint8Array.from([...nameBytes(name), sort, ...leb(index)]);
}

function capTables(section: BinaryReader): { section: Uint8Array; entries: number } {
  const count = section.count();
  if (count > storesMax) throw unsupported(`the component has a module with more than ${storesMax} tables`);
  const out = new ByteWriter(64);
  out.write(leb(count));
  let entries = 0;
  for (let left = count; left > 0; left--) {
    if (section.peek() === 0x40)
      throw unsupported("the component has a table with an initial value, which this host does not run");
    const from = section.at;
    readValueType(section);
    out.write(section.bytes.subarray(from, section.at));
    const { min, max = tableMax } = readLimits(section, "table");
    if (min > tableMax) throw unsupported(`the component has a table of ${min} entries; ${tableMax} are allowed`);
    out.write([0x01, ...leb(min), ...leb(Math.min(max, tableMax))]);
    entries += min;
  }
  return { section: out.written, entries };
}

function meterPlaces(sections: readonly CoreSection[], header: ModuleHeader): MeterPlaces {
  const imported = (of: CoreSort) => header.imports.filter(({ sort }) => sort === of).length;
  const defined = (section: number) => find(sections, section)?.count() ?? 0;
  const types = defined(typeSection);
  return {
    fuelGlobal: imported("global") + defined(globalSection),
    table: imported("table") + defined(tableSection),
    tickType: types,
    growType: types + 1,
    params: header.params,
  };
}

/** A vector section with items added at its end. */
function append(section: BinaryReader | undefined, items: readonly Uint8Array[]): Uint8Array {
  const count = section?.count() ?? 0;
  const rest = section?.rest() ?? nothing;
  const out = new ByteWriter(rest.length + 64);
  out.write(leb(count + items.length));
  out.write(rest);
  for (const item of items) out.write(item);
  return out.written;
}

/** The module again, with some sections replaced, added, or left out when they are empty. Of custom sections only names are
 *  kept: they tell where a trap was. */
function assemble(
  bytes: Uint8Array,
  start: number,
  sections: readonly CoreSection[],
  bodies: Map<number, Uint8Array>,
): Uint8Array {
  const out = new ByteWriter(
    1024 +
      [...bodies.values(), ...sections.map(({ part }) => part.rest())].reduce((sum, { length }) => sum + length, 0),
  );
  out.write(bytes.subarray(start, start + 8));
  const write = (id: number, body: Uint8Array) => {
    out.write([id, ...leb(body.length)]);
    out.write(body);
  };
  for (const id of sectionOrder) {
    const body = bodies.get(id) ?? find(sections, id)?.rest();
    if (body !== undefined && body.length > 0) write(id, body);
  }
  for (const { id, part } of sections) {
    if (id === 0 && new BinaryReader(part.bytes, part.at, part.end).name() === "name") write(id, part.rest());
  }
  return out.written;
}
