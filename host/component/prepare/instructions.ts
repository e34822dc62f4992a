import { type BinaryReader, unsupported } from "../binary/binary-reader.ts";
import { readValueType } from "../binary/core-module.ts";
import { Paths } from "./paths.ts";

/** What follows an instruction's code. */
const form = {
  unknown: 0,
  nothing: 1,
  number: 2,
  memory: 3,
  fourBytes: 4,
  eightBytes: 5,
  control: 6,
  loop: 7,
  call: 9,
  callIndirect: 10,
  types: 13,
  bulk: 15,
  vector: 16,
  collected: 17,
  atomic: 18,
  grow: 19,
} as const;

const forms = new Uint8Array(256);
const set = (from: number, to: number, of: number) => forms.fill(of, from, to + 1);
set(0x00, 0x0f, form.control);
set(0x01, 0x01, form.nothing); // nop
set(0x03, 0x03, form.loop);
set(0x10, 0x10, form.call);
set(0x11, 0x11, form.callIndirect);
set(0x12, 0x12, form.call); // return_call
set(0x13, 0x13, form.callIndirect); // return_call_indirect
set(0x14, 0x15, form.call); // call_ref, return_call_ref
set(0x18, 0x19, form.control); // delegate, catch_all
set(0x1a, 0x1b, form.nothing); // drop, select
set(0x1c, 0x1c, form.types); // select with types
set(0x1f, 0x1f, form.control); // try_table
set(0x20, 0x26, form.number); // local.*, global.*, table.get, table.set
set(0x28, 0x3e, form.memory); // loads and stores
set(0x3f, 0x3f, form.number); // memory.size
set(0x40, 0x40, form.grow);
set(0x41, 0x42, form.number); // i32.const, i64.const
set(0x43, 0x43, form.fourBytes); // f32.const
set(0x44, 0x44, form.eightBytes); // f64.const
set(0x45, 0xc4, form.nothing); // arithmetic
set(0xd0, 0xd0, form.number); // ref.null
set(0xd1, 0xd1, form.nothing); // ref.is_null
set(0xd2, 0xd2, form.number); // ref.func
set(0xd4, 0xd4, form.nothing); // ref.as_non_null
set(0xd5, 0xd6, form.control); // br_on_null, br_on_non_null
set(0xfb, 0xfb, form.collected);
set(0xfc, 0xfc, form.bulk);
set(0xfd, 0xfd, form.vector);
set(0xfe, 0xfe, form.atomic);

/** Vector instructions whose results differ between machines begin here. */
const relaxedVectors = 0x100;

/** A place in a function's code that is to be changed. */
export type Site =
  /** Where one unit is counted: where the body of a loop begins, and behind many instructions. */
  | { readonly kind: "count"; readonly at: number }
  /** An instruction that works on as many bytes or entries as the number says that it takes from the stack first. */
  | { readonly kind: "bulk"; readonly at: number; readonly of: "bytes" | "entries" }
  /** `table.grow`, which takes how many entries it is to add from the stack first. */
  | { readonly kind: "grow-table"; readonly at: number }
  /** `memory.grow` */
  | { readonly kind: "grow"; readonly at: number; readonly end: number; readonly memory: number };

/** What is to be known of one function's code. */
export interface Walk {
  /** In the order of the code. */
  readonly sites: readonly Site[];
  /** Whether one call of it may lead to others, or to work that its length does not tell of. */
  readonly runsOn: boolean;
}

/** Reads the instructions of one function, `body` standing at the first. They must be known one and all: whatever is
 *  passed over wrongly would run uncounted (WebAssembly 3.0, "Instructions"). */
export function walkInstructions(body: BinaryReader): Walk {
  const sites: Site[] = [];
  const paths = new Paths();
  let calls = 0;
  while (body.at < body.end) {
    const from = body.at;
    const code = body.bytes[body.at++] as number;
    switch (forms[code]) {
      case form.nothing:
        break;
      case form.number:
        body.skipNumber();
        break;
      case form.memory:
        skipMemoryArgument(body);
        break;
      case form.control:
        readControl(body, code, paths);
        break;
      case form.loop:
        skipBlockType(body);
        paths.loop();
        sites.push({ kind: "count", at: body.at });
        break;
      case form.call:
      case form.callIndirect:
        calls++;
        skipCall(body, forms[code] === form.callIndirect);
        if (tailCalls.has(code)) paths.stop();
        break;
      case form.grow:
        sites.push({ kind: "grow", at: from, memory: body.u32(), end: body.at });
        break;
      case form.bulk:
        skipBulk(body, from, sites);
        break;
      default:
        skipRare(body, code, from);
    }
    if (paths.step() && body.at < body.end) {
      paths.counted();
      sites.push({ kind: "count", at: body.at });
    }
  }
  if (body.at !== body.end) body.fail("an instruction reaches beyond its function");
  return { sites, runsOn: sites.length > 0 || calls > 0 };
}

const tailCalls: ReadonlySet<number> = new Set([0x12, 0x13, 0x15]);

function readControl(body: BinaryReader, code: number, paths: Paths): void {
  switch (code) {
    case 0x02: // block
    case 0x06: // try
      skipBlockType(body);
      return paths.block();
    case 0x04:
      skipBlockType(body);
      return paths.if();
    case 0x05:
      return paths.else();
    case 0x07: // catch
      body.skipNumber();
      return paths.catch();
    case 0x19: // catch_all
      return paths.catch();
    case 0x18: // delegate
      body.skipNumber();
      return paths.end();
    case 0x0b:
      return paths.end();
    case 0x1f:
      return readTryTable(body, paths);
    case 0x0d: // br_if
    case 0xd5: // br_on_null
    case 0xd6: // br_on_non_null
      return paths.branch(body.u32());
    case 0x0c: // br
      paths.branch(body.u32());
      return paths.stop();
    case 0x0e: // br_table
      for (let left = body.count(); left >= 0; left--) paths.branch(body.u32());
      return paths.stop();
    case 0x08: // throw
    case 0x09: // rethrow
      body.skipNumber();
      return paths.stop();
    default: // unreachable, throw_ref, return
      return paths.stop();
  }
}

/** Its labels count from outside of it. */
function readTryTable(body: BinaryReader, paths: Paths): void {
  skipBlockType(body);
  for (let left = body.count(); left > 0; left--) {
    const caught = body.byte();
    if (caught < 2) body.skipNumber(); // one tag only
    paths.branchOnThrow(body.u32());
  }
  paths.block();
}

function skipCall(body: BinaryReader, indirect: boolean): void {
  body.skipNumber();
  if (indirect) body.skipNumber();
}

function skipBlockType(body: BinaryReader): void {
  const code = body.byte();
  if (code >= 0x80) {
    body.at--;
    body.skipNumber();
  } else if (code === 0x63 || code === 0x64) body.skipNumber(); // (ref heap-type)
}

/** Bit 6 of the alignment says that a memory is named. */
function skipMemoryArgument(body: BinaryReader): void {
  if ((body.u32() & 0x40) !== 0) body.skipNumber();
  body.skipNumber();
}

function skipRare(body: BinaryReader, code: number, from: number): void {
  switch (forms[code]) {
    case form.fourBytes:
      return body.skip(4);
    case form.eightBytes:
      return body.skip(8);
    case form.types:
      for (let left = body.count(); left > 0; left--) readValueType(body);
      return;
    case form.vector:
      return skipVector(body);
    case form.collected:
      // Objects of the engine's own heap would escape the cap on memory.
      throw unsupported("the component uses garbage-collected objects, which this host does not run");
    case form.atomic:
      throw unsupported("the component uses threads, which this host does not run", "build it without atomics");
    default:
      body.fail(`0x${code.toString(16)} begins no instruction`, from);
  }
}

function skipBulk(body: BinaryReader, at: number, sites: Site[]): void {
  const code = body.u32();
  if (code <= 7) return; // saturating truncations
  if (code > 17) body.fail(`0xfc ${code} begins no instruction`, at);
  body.skipNumber();
  const two = code === 8 || code === 10 || code === 12 || code === 14; // memory.init, .copy, table.init, .copy
  if (two) body.skipNumber();
  if (code === 9 || code === 13 || code === 16) return; // data.drop, elem.drop, table.size
  if (code === 15) sites.push({ kind: "grow-table", at });
  else sites.push({ kind: "bulk", at, of: code < 12 ? "bytes" : "entries" });
}

function skipVector(body: BinaryReader): void {
  const code = body.u32();
  if (code >= relaxedVectors) {
    throw unsupported(
      "the component uses relaxed vector instructions, whose results differ between machines",
      "build it without relaxed-simd",
    );
  }
  if (code <= 11 || code === 92 || code === 93) return skipMemoryArgument(body);
  if (code === 12 || code === 13) return body.skip(16); // v128.const, i8x16.shuffle
  if (code >= 21 && code <= 34) return body.skip(1); // lanes
  if (code < 84 || code > 91) return;
  skipMemoryArgument(body);
  body.skip(1);
}
