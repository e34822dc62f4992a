import { HostError } from "../../core/host-error.ts";
import { BinaryReader, shown, unsupported } from "./binary-reader.ts";
import { readCanon } from "./canon-syntax.ts";
import type { Effort } from "./effort.ts";
import { readAlias, readCoreSort, readExternName, readRef } from "./reference-syntax.ts";
import type { ComponentSyntax, Definition } from "./syntax.ts";
import { readDescription, readType } from "./type-syntax.ts";

/** Components within each other, at most. */
const nestingMax = 50;

const magic = [0x00, 0x61, 0x73, 0x6d];
const componentVersion = [0x0d, 0x00, 0x01, 0x00];
const coreVersion = [0x01, 0x00, 0x00, 0x00];

/** Reads the bytes of a component (component-model, Binary.md). Throws HostError `component-invalid` or `component-refused`. */
export function readComponent(bytes: Uint8Array, effort: Effort): ComponentSyntax {
  const reader = new BinaryReader(bytes, 0, bytes.length, effort);
  checkPreamble(reader);
  return readSections(reader, 0);
}

function checkPreamble(reader: BinaryReader): void {
  const { bytes, at } = reader;
  const starts = (wanted: readonly number[], from: number) => wanted.every((byte, i) => bytes[at + from + i] === byte);
  if (reader.end - at >= 8 && starts(magic, 0) && starts(componentVersion, 4)) {
    reader.skip(8);
    return;
  }
  if (starts(magic, 0) && starts(coreVersion, 4)) {
    throw new HostError("component-invalid", "this is a core WebAssembly module, and a component is wanted", {
      hint: "build it with `stele build`, or turn it into a component with `wasm-tools component new` or `jco new`",
    });
  }
  throw new HostError(
    "component-invalid",
    `this is no WebAssembly component: it begins with ${preview(bytes.subarray(at, at + 8))}`,
    {
      hint: "name the .wasm file that `stele build` wrote",
    },
  );
}

function preview(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing: the file is empty" : `the bytes ${Buffer.from(bytes).toString("hex")}`;
}

function readSections(reader: BinaryReader, nesting: number): ComponentSyntax {
  if (nesting > nestingMax) reader.fail(`components are nested more than ${nestingMax} levels deep`);
  const definitions: Definition[] = [];
  while (!reader.done) {
    const at = reader.at;
    reader.effort.spend(1);
    const id = reader.byte();
    const section = reader.part();
    readSection(id, at, section, definitions, nesting);
    if (!section.done && !unread.has(id)) section.fail("a section has bytes that belong to nothing");
  }
  return { definitions };
}

/** Custom sections and core modules are not read here, and nothing refers to a core type. */
const unread: ReadonlySet<number> = new Set([0, 1, 3]);

function readSection(id: number, at: number, section: BinaryReader, definitions: Definition[], nesting: number): void {
  const each = (read: (reader: BinaryReader) => Definition) => {
    for (const definition of section.list(() => read(section))) definitions.push(definition);
  };
  switch (id) {
    case 0:
      return;
    case 1:
      definitions.push({ at, kind: "core-module", start: section.at, end: section.end });
      return;
    case 2:
      return each(readCoreInstance);
    case 3:
      definitions.push({ at, kind: "core-type" });
      return;
    case 4:
      checkPreamble(section);
      definitions.push({ at, kind: "component", syntax: readSections(section, nesting + 1) });
      return;
    case 5:
      return each(readInstance);
    case 6:
      return each((reader) => ({ at: reader.at, ...readAlias(reader) }));
    case 7:
      return each((reader) => ({ at: reader.at, kind: "type", type: readType(reader) }));
    case 8:
      return each(readCanon);
    case 9:
    case 12:
      throw unsupported("the component has a start function or values of its own, which this host does not run");
    case 10:
      return each((reader) => ({
        at: reader.at,
        kind: "import",
        name: readExternName(reader),
        of: readDescription(reader),
      }));
    case 11:
      return each(readExport);
    default:
      section.fail(`a section has the unknown number ${id}`, at);
  }
}

function readCoreInstance(reader: BinaryReader): Definition {
  const at = reader.at;
  const code = reader.byte();
  if (code === 0x00) {
    const module = reader.u32();
    const args = reader.list(() => {
      const name = reader.name();
      if (reader.byte() !== 0x12) reader.fail(`the argument ${shown(name)} is no core instance`);
      return { name, instance: reader.u32() };
    });
    return { at, kind: "core-instance", module, args };
  }
  if (code !== 0x01) reader.fail(`0x${code.toString(16)} begins no core instance`, at);
  const items = reader.list(() => ({ name: reader.name(), sort: readCoreSort(reader), index: reader.u32() }));
  return { at, kind: "core-bundle", items };
}

function readInstance(reader: BinaryReader): Definition {
  const at = reader.at;
  const code = reader.byte();
  if (code === 0x00) {
    const component = reader.u32();
    return {
      at,
      kind: "instance",
      component,
      args: reader.list(() => ({ name: reader.name(), ref: readRef(reader) })),
    };
  }
  if (code !== 0x01) reader.fail(`0x${code.toString(16)} begins no instance`, at);
  return { at, kind: "bundle", items: reader.list(() => ({ name: readExternName(reader), ref: readRef(reader) })) };
}

function readExport(reader: BinaryReader): Definition {
  const at = reader.at;
  const name = readExternName(reader);
  const ref = readRef(reader);
  return { at, kind: "export", name, ref, of: reader.optional(() => readDescription(reader)) };
}
