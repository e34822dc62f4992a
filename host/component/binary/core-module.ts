import { type BinaryReader, shown, unsupported } from "./binary-reader.ts";
import type { CoreSort } from "./syntax.ts";

/** `i32 i32 > i64`: two signatures are the same when their texts are. */
export type CoreSignature = string;

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly sort: CoreSort;
  /** Of functions. */
  readonly signature?: CoreSignature;
}

export interface CoreExport {
  readonly sort: CoreSort;
  /** Of functions. */
  readonly signature?: CoreSignature;
}

/** What a core module asks for and offers. */
export interface ModuleHeader {
  readonly imports: readonly CoreImport[];
  readonly exports: ReadonlyMap<string, CoreExport>;
  /** How many parameters each function that it defines takes. */
  readonly params: readonly number[];
}

/** A section of a core module; `part` stands at its first byte. */
export interface CoreSection {
  readonly id: number;
  readonly part: BinaryReader;
}

const valueTypes: ReadonlyMap<number, string> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
  [0x69, "exnref"],
]);

const exportSorts: readonly CoreSort[] = ["func", "table", "memory", "global", "tag"];

/** Section numbers in the order in which sections stand, each at most once; custom ones may stand anywhere. */
export const sectionOrder = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/** The sections of a core module, in their order. Throws HostError `component-invalid`. */
export function coreSections(module: BinaryReader): CoreSection[] {
  const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (!preamble.every((byte, i) => module.bytes[module.at + i] === byte && module.at + i < module.end)) {
    module.fail("a core module begins otherwise than WebAssembly 1 does");
  }
  module.skip(preamble.length);
  const sections: CoreSection[] = [];
  let last = -1;
  while (!module.done) {
    const from = module.at;
    const id = module.byte();
    const place = sectionOrder.indexOf(id);
    if (id !== 0 && place < 0) module.fail(`a core module has a section of the unknown number ${id}`, from);
    if (id !== 0 && place <= last) module.fail(`section ${id} of a core module stands behind its place`, from);
    if (id !== 0) last = place;
    sections.push({ id, part: module.part() });
  }
  return sections;
}

/** Reads imports and exports, with the signatures of functions. */
export function readHeader(module: BinaryReader): ModuleHeader {
  const paramCounts = new Map<CoreSignature, number>();
  let types: readonly CoreSignature[] = [];
  let imports: readonly CoreImport[] = [];
  let functions: readonly CoreSignature[] = [];
  let defined: readonly CoreSignature[] = [];
  const exports = new Map<string, CoreExport>();
  const typeAt = (reader: BinaryReader): CoreSignature => {
    const at = reader.at;
    return types[reader.u32()] ?? reader.fail("a type that is not there is referred to", at);
  };
  for (const { id, part } of coreSections(module)) {
    if (id === 1) types = part.list(() => readSignature(part, paramCounts));
    if (id === 2) {
      imports = part.list(() => readImport(part, typeAt));
      functions = imports.flatMap(({ signature }) => signature ?? []);
    }
    if (id === 3) {
      defined = part.list(() => typeAt(part));
      functions = functions.concat(defined);
    }
    if (id === 4) checkTables(part);
    if (id === 13) part.list(() => readTag(part, typeAt));
    if (id === 7) part.list(() => readExport(part, functions, exports));
    if (id === 8) checkStart(part, functions);
  }
  const params = defined.map((signature) => paramCounts.get(signature) ?? 0);
  return { imports, exports, params };
}

/** References to exceptions. Each is an object of the engine's own heap, where the cap on memory does not reach. */
const exceptionTypes: ReadonlySet<string> = new Set(["exnref", "ref-99-105", "ref-100-105"]);
/** Values that one exception carries, at most; those of compilers have one. */
const carriedMax = 16;

/** A stack holds a bounded number of exceptions, a table any. */
function checkTables(section: BinaryReader): void {
  for (let left = section.count(); left > 0 && section.peek() !== 0x40; left--) {
    if (exceptionTypes.has(readValueType(section)))
      throw unsupported("the component keeps exceptions in a table, which this host does not run");
    readLimits(section, "table");
  }
}

function readTag(reader: BinaryReader, typeAt: (reader: BinaryReader) => CoreSignature): void {
  reader.skip(1);
  const [params = ""] = typeAt(reader).split(" > ");
  if (params.split(" ").length > carriedMax)
    throw unsupported(`the component has exceptions of more than ${carriedMax} values, which this host does not run`);
}

/** The host calls what a module begins with, so the engine does not see that it is one. */
function checkStart(reader: BinaryReader, functions: readonly CoreSignature[]): void {
  const at = reader.at;
  if (functions[reader.u32()] !== signatureText([], []))
    reader.fail("a core module begins with a function that is not there, or takes or gives something", at);
}

/** Passes over a value's type and gives its name. */
export function readValueType(reader: BinaryReader): string {
  const at = reader.at;
  const code = reader.byte();
  if (code === 0x63 || code === 0x64) {
    const heap = reader.at;
    reader.skipNumber();
    return `ref-${code}-${reader.bytes.subarray(heap, reader.at).join("-")}`;
  }
  return valueTypes.get(code) ?? reader.fail(`0x${code.toString(16)} is no type of a value`, at);
}

/** Passes over the limits of a table or memory. */
export function readLimits(reader: BinaryReader, of: string): { min: number; max: number | undefined } {
  const flags = reader.byte();
  if (flags > 1) {
    throw unsupported(`the component has a ${of} that is shared or has 64-bit addresses, which this host does not run`);
  }
  return { min: reader.u32(), max: flags === 1 ? reader.u32() : undefined };
}

/** One instruction moves the values of a function or block: not so many that it would take as long as thousands. */
const paramsMax = 256;
const resultsMax = 32;

function readSignature(reader: BinaryReader, paramCounts: Map<CoreSignature, number>): CoreSignature {
  const form = reader.byte();
  if (form !== 0x60) {
    // Objects of the engine's own heap would escape the cap on memory.
    throw unsupported("the component uses garbage-collected types, which this host does not run");
  }
  const params = reader.list(() => readValueType(reader));
  const results = reader.list(() => readValueType(reader));
  if (params.length > paramsMax || results.length > resultsMax)
    throw unsupported(
      `the component has a function or block of more than ${paramsMax} parameters or ${resultsMax} results, which this host does not run`,
    );
  const signature = signatureText(params, results);
  paramCounts.set(signature, params.length);
  return signature;
}

export function signatureText(params: readonly string[], results: readonly string[]): CoreSignature {
  return `${params.join(" ")} > ${results.join(" ")}`;
}

function readImport(reader: BinaryReader, typeAt: (reader: BinaryReader) => CoreSignature): CoreImport {
  const module = reader.name();
  const name = reader.name();
  const at = reader.at;
  switch (reader.byte()) {
    case 0x00:
      return { module, name, sort: "func", signature: typeAt(reader) };
    case 0x01:
      readValueType(reader);
      readLimits(reader, "table");
      return { module, name, sort: "table" };
    case 0x02:
      readLimits(reader, "memory");
      return { module, name, sort: "memory" };
    case 0x03:
      readValueType(reader);
      reader.skip(1);
      return { module, name, sort: "global" };
    case 0x04:
      reader.skip(1);
      reader.u32();
      return { module, name, sort: "tag" };
    default:
      return reader.fail("an import is of no known sort", at);
  }
}

function readExport(reader: BinaryReader, functions: readonly CoreSignature[], exports: Map<string, CoreExport>): void {
  const at = reader.at;
  const name = reader.name();
  const code = reader.byte();
  const sort = exportSorts[code] ?? reader.fail(`0x${code.toString(16)} is no sort of export`);
  const index = reader.u32();
  if (exports.has(name)) reader.fail(`two exports are named ${shown(name)}`, at);
  if (sort !== "func") {
    exports.set(name, { sort });
    return;
  }
  const signature = functions[index] ?? reader.fail(`there is no function ${index} to export`, at);
  exports.set(name, { sort, signature });
}
