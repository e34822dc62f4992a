import { kebabToCamel } from "../../core/names.ts";
import type { PrimitiveKind } from "../../core/wit/type.ts";
import { type BinaryReader, shown, unsupported } from "./binary-reader.ts";
import { readAlias, readExternName } from "./reference-syntax.ts";
import type { CaseSyntax, Definition, Description, LabelledSyntax, TypeSyntax, ValueSyntax } from "./syntax.ts";

/** Types of instances and components within each other, at most. */
const nestingMax = 50;

const primitives: ReadonlyMap<number, PrimitiveKind | "error-context"> = new Map([
  [0x7f, "bool"],
  [0x7e, "s8"],
  [0x7d, "u8"],
  [0x7c, "s16"],
  [0x7b, "u16"],
  [0x7a, "s32"],
  [0x79, "u32"],
  [0x78, "s64"],
  [0x77, "u64"],
  [0x76, "f32"],
  [0x75, "f64"],
  [0x74, "char"],
  [0x73, "string"],
  [0x64, "error-context"],
]);

const labelMax = 1000;

/** Words in lower or upper case, joined by single hyphens. */
const label = /^[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*$/;

/** One entry of a type section (Binary.md, "Type Definitions"). */
export function readType(reader: BinaryReader, nesting = 0): TypeSyntax {
  const at = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x43:
      throw unsupported("the component has async functions, which this host does not run", "build it for WASI 0.2");
    case 0x40:
      return readFunction(reader);
    case 0x3f:
      return readResource(reader);
    case 0x42:
      return { kind: "instance", declarations: readDeclarations(reader, nesting + 1) };
    case 0x41:
      return { kind: "component", declarations: readDeclarations(reader, nesting + 1) };
    default:
      return readValueType(reader, code, at);
  }
}

function readValueType(reader: BinaryReader, code: number, at: number): TypeSyntax {
  const primitive = primitives.get(code);
  if (primitive !== undefined) return { kind: "primitive", primitive };
  switch (code) {
    case 0x72:
      return { kind: "record", fields: readFields(reader) };
    case 0x71:
      return { kind: "variant", cases: readCases(reader) };
    case 0x70:
      return { kind: "list", element: readValue(reader) };
    case 0x67:
      return readFixedList(reader);
    case 0x6f:
      return {
        kind: "tuple",
        items: some(
          reader,
          reader.list(() => readValue(reader)),
          "tuple",
        ),
      };
    case 0x6e:
      return { kind: "flags", names: readLabels(reader, "flags") };
    case 0x6d:
      return { kind: "enum", names: readLabels(reader, "enum") };
    case 0x6b:
      return { kind: "option", some: readValue(reader) };
    case 0x6a:
      return { kind: "result", ok: optionalValue(reader), err: optionalValue(reader) };
    case 0x69:
      return { kind: "own", resource: reader.u32() };
    case 0x68:
      return { kind: "borrow", resource: reader.u32() };
    case 0x66:
      return { kind: "stream", element: optionalValue(reader) };
    case 0x65:
      return { kind: "future", element: optionalValue(reader) };
    default:
      return reader.fail(`0x${code.toString(16)} begins no type`, at);
  }
}

/** What an import or export is said to be. */
export function readDescription(reader: BinaryReader): Description {
  const at = reader.at;
  const sort = reader.byte();
  switch (sort) {
    case 0x00:
      reader.skip(1);
      reader.u32();
      return { sort: "core-module" };
    case 0x01:
      return { sort: "func", index: reader.u32() };
    case 0x03: {
      const bound = reader.byte();
      if (bound === 0) return { sort: "type", equals: reader.u32() };
      return bound === 1
        ? { sort: "type", resource: true }
        : reader.fail(`0x${bound.toString(16)} is no bound of a type`);
    }
    case 0x04:
      return { sort: "component", index: reader.u32() };
    case 0x05:
      return { sort: "instance", index: reader.u32() };
    default:
      return reader.fail(`0x${sort.toString(16)} describes no import or export`, at);
  }
}

function readDeclarations(reader: BinaryReader, nesting: number): Definition[] {
  if (nesting > nestingMax) reader.fail(`types are nested more than ${nestingMax} levels deep`);
  return reader.list(() => readDeclaration(reader, nesting));
}

function readDeclaration(reader: BinaryReader, nesting: number): Definition {
  const at = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00:
      throw unsupported("the component has core types within its types, which this host does not read");
    case 0x01:
      return { at, kind: "type", type: readType(reader, nesting) };
    case 0x02:
      return { at, ...readAlias(reader) };
    case 0x03:
      return { at, kind: "import", name: readExternName(reader), of: readDescription(reader) };
    case 0x04:
      return { at, kind: "export-type", name: readExternName(reader), of: readDescription(reader) };
    default:
      return reader.fail(`0x${code.toString(16)} begins no declaration`, at);
  }
}

function readValue(reader: BinaryReader): ValueSyntax {
  const primitive = primitives.get(reader.peek());
  if (primitive === undefined) return reader.u32();
  reader.byte();
  return primitive;
}

function optionalValue(reader: BinaryReader): ValueSyntax | undefined {
  return reader.optional(() => readValue(reader));
}

function readFixedList(reader: BinaryReader): TypeSyntax {
  const element = readValue(reader);
  const length = reader.u32();
  if (length === 0) reader.fail("a list of a fixed length has no items");
  return { kind: "list", element, length };
}

function readFunction(reader: BinaryReader): TypeSyntax {
  const params = distinct(
    reader,
    reader.list(() => readLabelled(reader)),
    "parameter",
  );
  const results = reader.byte();
  if (results === 0x00) return { kind: "func", params, result: readValue(reader) };
  if (results !== 0x01 || reader.u32() !== 0) reader.fail("a function has named results, which are of the past");
  return { kind: "func", params, result: undefined };
}

function readResource(reader: BinaryReader): TypeSyntax {
  if (reader.byte() !== 0x7f) reader.fail("a resource is represented by something other than i32");
  return { kind: "resource", destructor: reader.optional(() => reader.u32()) };
}

function readFields(reader: BinaryReader): readonly LabelledSyntax[] {
  const fields = reader.list(() => readLabelled(reader));
  return distinct(reader, some(reader, fields, "record"), "field");
}

function readCases(reader: BinaryReader): readonly CaseSyntax[] {
  const cases = reader.list(() => readCase(reader));
  return distinct(reader, some(reader, cases, "variant"), "case");
}

function readLabelled(reader: BinaryReader): LabelledSyntax {
  return { name: readLabel(reader), type: readValue(reader) };
}

function readCase(reader: BinaryReader): CaseSyntax {
  const name = readLabel(reader);
  const type = optionalValue(reader);
  if (reader.byte() !== 0) reader.fail(`the case ${name} refines another, which is of the past`);
  return { name, type };
}

function readLabels(reader: BinaryReader, kind: "flags" | "enum"): readonly string[] {
  const names = some(
    reader,
    reader.list(() => ({ name: readLabel(reader) })),
    kind,
  );
  return distinct(reader, names, kind === "flags" ? "flag" : "case").map(({ name }) => name);
}

function readLabel(reader: BinaryReader): string {
  const at = reader.at;
  const name = reader.name();
  return name.length <= labelMax && label.test(name) ? name : reader.fail(`${shown(name)} is no name`, at);
}

/** Every kind of compound has at least one part, and so at least one byte in memory. */
function some<Item>(reader: BinaryReader, items: readonly Item[], kind: string): readonly Item[] {
  return items.length > 0 ? items : reader.fail(`a ${kind} is empty`);
}

function distinct<Item extends { readonly name: string }>(
  reader: BinaryReader,
  items: readonly Item[],
  of: string,
): readonly Item[] {
  const seen = new Set<string>();
  for (const { name } of items) {
    // In JavaScript names are written without hyphens, where `a-1` and `a1` are one.
    const spellings = new Set([name.toLowerCase(), kebabToCamel(name)]);
    for (const spelling of spellings) if (seen.has(spelling)) reader.fail(`there are two ${of}s ${name}`);
    for (const spelling of spellings) seen.add(spelling);
  }
  return items;
}
