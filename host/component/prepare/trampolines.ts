import { type CoreType, coreSignature } from "../abi/layout.ts";
import type { LoweredFunction } from "../plan/plan.ts";
import { leb, nameBytes } from "./byte-writer.ts";

/** What a trampoline module imports: a function for each lowered one, by its number; the flag that says that its answer
 *  is yet to come; and for each type of result a suspending function that waits for it. */
export const trampolineImports = { call: "call", wait: "wait", pending: "pending" } as const;

/** Result of a lowered function, in core code. */
export type WaitType = CoreType | "nothing";

const [funcForm, typeSection, importSection, functionSection, exportSection, codeSection] = [0x60, 1, 2, 3, 7, 10];
const [localGet, callFunction, ifBlock, drop, globalGet, end] = [0x20, 0x10, 0x04, 0x1a, 0x23, 0x0b];
const [funcSort, globalSort, emptyBlock] = [0x00, 0x03, 0x40];
const codes: Readonly<Record<CoreType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/** A module that stands between core code and the host's functions. The engine suspends at every call of a suspending
 *  import, whatever it answers; through a trampoline the guest calls an ordinary import first, and suspends
 *  only when that has left a promise behind: an answer that is there costs no change of stacks.
 *
 *  `(func (param p…) (result r) (call $n p…) (if (result r) pending (then drop (call $wait-r))))` */
export function trampolineModule(lowered: readonly LoweredFunction[]): Uint8Array<ArrayBuffer> {
  const signatures = lowered.map(({ type }) => coreSignature(type, "lower"));
  const waits = [...new Set(resultTypes(lowered))];
  // Block types come first: as block types they are signed numbers, of which one byte holds 64.
  const blockTypes = valueTypes.map((result) => funcType([result], [result]));
  const types = [
    ...blockTypes,
    ...signatures.map(({ params, results }) => funcType(params, results)),
    ...waits.map((wait) => funcType([], wait === "nothing" ? [] : [wait])),
  ];
  const functionType = (place: number) => blockTypes.length + place;
  const count = lowered.length;
  const { call, wait, pending } = trampolineImports;
  const imports = [
    ...lowered.map((_, i) => [...nameBytes(call), ...nameBytes(String(i)), funcSort, ...leb(functionType(i))]),
    ...waits.map((name, i) => [...nameBytes(wait), ...nameBytes(name), funcSort, ...leb(functionType(count + i))]),
    [...nameBytes(pending), ...nameBytes(pending), globalSort, codes.i32, 1],
  ];
  const first = count + waits.length;
  const exports = lowered.map((_, i) => [...nameBytes(String(i)), funcSort, ...leb(first + i)]);
  const bodies = signatures.map(({ params, results }, i) => {
    const waitFunction = count + waits.indexOf(results[0] ?? "nothing");
    const result = results[0];
    const body = [
      0,
      ...params.flatMap((_, param) => [localGet, ...leb(param)]),
      callFunction,
      ...leb(i),
      globalGet,
      0,
      // A result that has been given stays on the stack below the block and is taken up by it as its parameter.
      ...(result === undefined ? [ifBlock, emptyBlock] : [ifBlock, ...leb(valueTypes.indexOf(result))]),
      ...(result === undefined ? [] : [drop]),
      callFunction,
      ...leb(waitFunction),
      end,
      end,
    ];
    return [...leb(body.length), ...body];
  });
  const sections = [
    section(typeSection, types),
    section(importSection, imports),
    section(
      functionSection,
      lowered.map((_, i) => leb(functionType(i))),
    ),
    section(exportSection, exports),
    section(codeSection, bodies),
  ];
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);
}

const valueTypes: readonly CoreType[] = ["i32", "i64", "f32", "f64"];

/** What each function gives to core code. */
export function resultTypes(lowered: readonly LoweredFunction[]): readonly WaitType[] {
  return lowered.map(({ type }) => coreSignature(type, "lower").results[0] ?? "nothing");
}

function funcType(params: readonly CoreType[], results: readonly CoreType[]): number[] {
  const list = (of: readonly CoreType[]) => [...leb(of.length), ...of.map((type) => codes[type])];
  return [funcForm, ...list(params), ...list(results)];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const body = [...leb(items.length), ...items.flat()];
  return [id, ...leb(body.length), ...body];
}
