import { type BinaryReader, shown, unsupported } from "./binary-reader.ts";
import type { CoreSort, Ref, Sort } from "./syntax.ts";

const coreSorts: readonly CoreSort[] = ["func", "table", "memory", "global", "tag"];

type AliasForm =
  | { readonly kind: "core-alias"; readonly sort: CoreSort; readonly instance: number; readonly name: string }
  | { readonly kind: "alias"; readonly sort: Sort; readonly instance: number; readonly name: string }
  | { readonly kind: "outer-alias"; readonly sort: Sort | "core-type"; readonly count: number; readonly index: number };

export function readCoreSort(reader: BinaryReader): CoreSort {
  const at = reader.at;
  const sort = reader.byte();
  return coreSorts[sort] ?? reader.fail(`0x${sort.toString(16)} is no sort of core item`, at);
}

/** A sort and an index into its space. */
export function readRef(reader: BinaryReader): Ref {
  const sort = readSort(reader);
  return { sort, index: reader.u32() };
}

export function readAlias(reader: BinaryReader): AliasForm {
  const at = reader.at;
  const first = reader.byte();
  const core = first === 0 ? reader.byte() : undefined;
  const target = reader.byte();
  if (target === 0x01 && core !== undefined) {
    const sort = coreSorts[core] ?? reader.fail(`0x${core.toString(16)} is no sort of core item`, at);
    return { kind: "core-alias", sort, instance: reader.u32(), name: reader.name() };
  }
  if (target === 0x00)
    return { kind: "alias", sort: sortOf(reader, at, first, core), instance: reader.u32(), name: reader.name() };
  if (target !== 0x02) reader.fail(`0x${target.toString(16)} is no target of an alias`, at);
  const sort = core === 0x10 ? "core-type" : sortOf(reader, at, first, core);
  return { kind: "outer-alias", sort, count: reader.u32(), index: reader.u32() };
}

/** The characters of all forms of names that there are; none needs more than some hundred. */
const externName = /^[\w:/@.+<>=,*{}[\]\- ]{1,1000}$/;

/** Names of imports and exports have a byte in front that tells nothing any more. */
export function readExternName(reader: BinaryReader): string {
  const at = reader.at;
  if (reader.byte() > 1) throw unsupported("the component has names with options, which this host does not read");
  const name = reader.name();
  return externName.test(name) ? name : reader.fail(`${shown(name)} is no name of an import or export`, at);
}

function readSort(reader: BinaryReader): Sort {
  const at = reader.at;
  const first = reader.byte();
  return sortOf(reader, at, first, first === 0 ? reader.byte() : undefined);
}

function sortOf(reader: BinaryReader, at: number, first: number, core: number | undefined): Sort {
  if (core === 0x11) return "core-module";
  switch (first) {
    case 0x01:
      return "func";
    case 0x03:
      return "type";
    case 0x04:
      return "component";
    case 0x05:
      return "instance";
    case 0x02:
      throw unsupported("the component imports or exports values, which this host does not read");
    default:
      return reader.fail(`${core === undefined ? first : `core ${core}`} is no sort`, at);
  }
}
