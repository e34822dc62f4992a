import type { Cursor } from "./binary.ts";

/** Passes over one instruction (WebAssembly core specification 3.0, chapter 5.4). True when it began a loop. */
export function passInstruction(code: Cursor): boolean {
  const op = code.byte();
  if (op === 0x03) {
    code.skipLeb();
    return true;
  }
  const immediates = plain[op];
  if (immediates === undefined) code.fail(`the instruction 0x${op.toString(16)} is not supported`);
  immediates(code);
  return false;
}

type Immediates = (code: Cursor) => void;

const none: Immediates = () => undefined;
const one: Immediates = (code) => code.skipLeb();
const two: Immediates = (code) => {
  code.skipLeb();
  code.skipLeb();
};
const bytes =
  (count: number): Immediates =>
  (code) => {
    for (let i = 0; i < count; i++) code.byte();
  };
/** Bit 6 of the alignment tells that a memory is named. */
const memoryArgument: Immediates = (code) => {
  if ((code.u32() & 0x40) !== 0) code.skipLeb();
  code.skipLeb();
};
const many =
  (item: Immediates, more: Immediates = none): Immediates =>
  (code) => {
    for (let left = code.count(); left > 0; left--) item(code);
    more(code);
  };
const tryTable: Immediates = (code) => {
  code.skipLeb();
  for (let left = code.count(); left > 0; left--) {
    const kind = code.byte();
    if (kind < 2) code.skipLeb(); // with a tag
    code.skipLeb();
  }
};

const plain: (Immediates | undefined)[] = [];
const set = (from: number, to: number, immediates: Immediates) => {
  for (let op = from; op <= to; op++) plain[op] = immediates;
};
set(0x00, 0x01, none); // unreachable, nop
set(0x02, 0x02, one); // block
set(0x04, 0x04, one); // if
set(0x05, 0x05, none); // else
set(0x06, 0x06, one); // try, of the older exceptions
set(0x07, 0x09, one); // catch, throw, rethrow
set(0x0a, 0x0b, none); // throw_ref, end
set(0x0c, 0x0d, one); // br, br_if
set(0x0e, 0x0e, many(one, one)); // br_table
set(0x0f, 0x0f, none); // return
set(0x10, 0x10, one); // call
set(0x11, 0x11, two); // call_indirect
set(0x12, 0x12, one); // return_call
set(0x13, 0x13, two); // return_call_indirect
set(0x14, 0x15, one); // call_ref, return_call_ref
set(0x18, 0x18, one); // delegate
set(0x19, 0x1b, none); // catch_all, drop, select
set(0x1c, 0x1c, many(one)); // select with types
set(0x1f, 0x1f, tryTable);
set(0x20, 0x26, one); // local.*, global.*, table.get, table.set
set(0x28, 0x3e, memoryArgument); // loads and stores
set(0x3f, 0x42, one); // memory.size, memory.grow, i32.const, i64.const
set(0x43, 0x43, bytes(4)); // f32.const
set(0x44, 0x44, bytes(8)); // f64.const
set(0x45, 0xc4, none); // numbers
set(0xd0, 0xd0, one); // ref.null
set(0xd1, 0xd1, none); // ref.is_null
set(0xd2, 0xd2, one); // ref.func
set(0xd3, 0xd4, none); // ref.eq, ref.as_non_null
set(0xd5, 0xd6, one); // br_on_null, br_on_non_null
set(0xfc, 0xfc, (code) => {
  const op = code.u32();
  if (op >= 8 && op !== 9 && op <= 14 && op !== 11 && op !== 13)
    two(code); // memory.init, .copy, table.init, .copy
  else if (op === 9 || op === 11 || op === 13 || (op >= 15 && op <= 17)) one(code);
  else if (op > 22) code.fail(`the instruction 0xfc ${op} is not supported`);
});
set(0xfd, 0xfd, (code) => {
  const op = code.u32();
  if (op <= 11 || op === 92 || op === 93) memoryArgument(code);
  else if (op === 12 || op === 13)
    bytes(16)(code); // v128.const, i8x16.shuffle
  else if (op >= 21 && op <= 34)
    code.byte(); // lanes
  else if (op >= 84 && op <= 91) {
    memoryArgument(code);
    code.byte();
  } else if (op > 275) code.fail(`the instruction 0xfd ${op} is not supported`);
});
