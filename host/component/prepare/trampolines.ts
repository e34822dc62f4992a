import { type CoreType, coreSignature } from "../abi/layout.ts";
import type { LoweredFunction } from "../plan/plan.ts";
import { leb, nameBytes } from "./byte-writer.ts";

/** What a trampoline module imports: a function for each lowered one, by its number; the flag that says that its answer
 *  is yet to come; for each type of result a suspending function that waits for it; what is asked when fuel has run
 *  out, and waits when that says so; what grows a memory, and what admits new entries of tables. */
export const trampolineImports = {
  call: "call",
  wait: "wait",
  pending: "pending",
  turn: "turn",
  pause: "pause",
  grow: "grow",
  admit: "admit",
} as const;

/** What it exports beside the lowered functions: for metered code, and for each memory, by its number. */
export const trampolineExports = {
  tick: "tick",
  admitEntries: "admit-entries",
  grow: (memory: number) => `grow:${memory}`,
} as const;

/** How a guest goes on that asked whether it may. */
export const turnAnswer = { goOn: 0, pause: 1, end: 2 } as const;

/** Result of a lowered function, in core code. */
export type WaitType = CoreType | "nothing";

const [funcForm, typeSection, importSection, functionSection, exportSection, codeSection] = [0x60, 1, 2, 3, 7, 10];
const [localGet, localSet, localTee, callFunction, ifBlock, drop, globalGet, end] = [
  0x20, 0x21, 0x22, 0x10, 0x04, 0x1a, 0x23, 0x0b,
];
const [i32Const, i32Equal, unreachable] = [0x41, 0x46, 0x00];
const [funcSort, globalSort, emptyBlock] = [0x00, 0x03, 0x40];
const valueTypes: readonly CoreType[] = ["i32", "i64", "f32", "f64"];
const codes: Readonly<Record<CoreType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/** A module that stands between core code and the host's functions. The engine suspends at every call of a suspending
 *  import, whatever it answers; through a trampoline the guest calls an ordinary import first, and suspends
 *  only when that has left a promise behind: an answer that is there costs no change of stacks.
 *
 *  `(func (param p…) (result r) (call $n p…) (if (result r) pending (then drop (call $wait-r))))`
 *
 *  It also holds what metered code calls: `tick`, which ends a guest by a trap, since what is thrown into it could be
 *  caught there, one that admits new entries of tables, and a function for each of its `memories` that grows it. */
export function trampolineModule(lowered: readonly LoweredFunction[], memories: number): Uint8Array<ArrayBuffer> {
  const signatures = lowered.map(({ type }) => coreSignature(type, "lower"));
  const waits = [...new Set(resultTypes(lowered))];
  const grown = Array.from({ length: memories }, (_, i) => i);
  const types = new Types();
  const [none, answer, one, two] = [
    types.of([], []),
    types.of([], ["i32"]),
    types.of(["i32"], ["i32"]),
    types.of(["i32", "i32"], ["i32"]),
  ] as const;
  const loweredTypes = signatures.map(({ params, results }) => types.of(params, results));
  const waitTypes = waits.map((wait) => types.of([], wait === "nothing" ? [] : [wait]));

  const { call, wait, pending, turn, pause, grow, admit } = trampolineImports;
  const functions = [
    ...loweredTypes.map((type, i) => imported(call, String(i), type)),
    ...waits.map((name, i) => imported(wait, name, waitTypes[i] as number)),
    imported(turn, turn, answer),
    imported(turn, pause, answer),
    imported(grow, grow, two),
    imported(grow, admit, one),
  ];
  const first = functions.length;
  const [turnFunction, pauseFunction, growFunction, admitFunction] = [
    first - 4,
    first - 3,
    first - 2,
    first - 1,
  ] as const;

  const own: readonly (readonly [name: string, type: number, body: readonly number[]])[] = [
    ...signatures.map(({ params, results }, i) => {
      const waitFunction = lowered.length + waits.indexOf(results[0] ?? "nothing");
      return [String(i), loweredTypes[i] as number, callBody(i, params.length, results[0], waitFunction)] as const;
    }),
    [trampolineExports.tick, none, tickBody(turnFunction, pauseFunction)],
    [trampolineExports.admitEntries, one, [0, localGet, 0, callFunction, ...leb(admitFunction), end]],
    ...grown.map((i) => [trampolineExports.grow(i), one, growBody(i, growFunction)] as const),
  ];
  const sections = [
    section(typeSection, types.all),
    section(importSection, [...functions, [...nameBytes(pending), ...nameBytes(pending), globalSort, codes.i32, 1]]),
    section(
      functionSection,
      own.map(([, type]) => leb(type)),
    ),
    section(
      exportSection,
      own.map(([name], i) => [...nameBytes(name), funcSort, ...leb(first + i)]),
    ),
    section(
      codeSection,
      own.map(([, , body]) => [...leb(body.length), ...body]),
    ),
  ];
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);
}

/** The types of a module, by number. Those of blocks come first: as block types they are signed numbers, of which one byte
 *  holds 64. */
class Types {
  readonly all: number[][] = valueTypes.map((result) => funcType([result], [result]));

  of(params: readonly CoreType[], results: readonly CoreType[]): number {
    return this.all.push(funcType(params, results)) - 1;
  }
}

function imported(module: string, name: string, type: number): number[] {
  return [...nameBytes(module), ...nameBytes(name), funcSort, ...leb(type)];
}

function growBody(memory: number, growFunction: number): number[] {
  return [0, i32Const, ...leb(memory), localGet, 0, callFunction, ...leb(growFunction), end];
}

function callBody(called: number, params: number, result: CoreType | undefined, waitFunction: number): number[] {
  const args = Array.from({ length: params }, (_, param) => [localGet, ...leb(param)]).flat();
  // A result that has been given stays on the stack below the block and is taken up by it as its parameter.
  const block = result === undefined ? [ifBlock, emptyBlock] : [ifBlock, ...leb(valueTypes.indexOf(result)), drop];
  return [
    0,
    ...args,
    callFunction,
    ...leb(called),
    globalGet,
    0,
    ...block,
    callFunction,
    ...leb(waitFunction),
    end,
    end,
  ];
}

/** `(local $answer i32) (if (i32.eq (local.tee $answer (call $turn)) pause) (then (local.set $answer (call $pause))))
 *  (if (local.get $answer) (then unreachable))` */
function tickBody(turnFunction: number, pauseFunction: number): number[] {
  const ask = [callFunction, ...leb(turnFunction), localTee, 0, i32Const, turnAnswer.pause, i32Equal];
  const waitForIt = [ifBlock, emptyBlock, callFunction, ...leb(pauseFunction), localSet, 0, end];
  const endOrGoOn = [localGet, 0, ifBlock, emptyBlock, unreachable, end, end];
  return [1, 1, codes.i32, ...ask, ...waitForIt, ...endOrGoOn];
}

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
