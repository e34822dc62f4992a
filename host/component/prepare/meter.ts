import type { BinaryReader } from "../binary/binary-reader.ts";
import { readValueType } from "../binary/core-module.ts";
import { ByteWriter, leb } from "./byte-writer.ts";
import { walkInstructions } from "./instructions.ts";

/** The code section with fuel counted: one unit at the entry of each function and at each turn of a loop, a trap when the
 *  unit is not there. Undefined when the code can't run on by itself and needs no count: without loops and tail
 *  calls, and with one call a function at most, it only hands on what others began, as the toolchains' shims do. */
export function meterCode(code: BinaryReader, fuelGlobal: number): Uint8Array<ArrayBuffer> | undefined {
  const count = countOne(fuelGlobal);
  const functions = code.count();
  const out = new ByteWriter((code.end - code.at) * 1.25 + 64);
  out.write(leb(functions));
  let runsOn = false;
  for (let left = functions; left > 0; left--) {
    const body = code.part();
    const from = body.at;
    for (let groups = body.count(); groups > 0; groups--) {
      body.u32();
      readValueType(body);
    }
    const begin = body.at;
    const walk = walkInstructions(body);
    const entries = [begin, ...walk.loopStarts];
    runsOn ||= walk.runsOn;
    out.write(leb(body.end - from + entries.length * count.length));
    let copied = from;
    for (const entry of entries) {
      out.write(body.bytes.subarray(copied, entry));
      out.write(count);
      copied = entry;
    }
    out.write(body.bytes.subarray(copied, body.end));
  }
  return runsOn ? out.written : undefined;
}

/** `fuel -= 1; if (fuel < 0) unreachable` */
function countOne(fuelGlobal: number): Uint8Array {
  const fuel = leb(fuelGlobal);
  const [get, set, i64Const, i64Sub, i64LessThan] = [0x23, 0x24, 0x42, 0x7d, 0x53];
  const [ifWithoutResult, unreachable, end] = [[0x04, 0x40], 0x00, 0x0b];
  const subtract = [get, ...fuel, i64Const, 1, i64Sub, set, ...fuel];
  const check = [get, ...fuel, i64Const, 0, i64LessThan, ...ifWithoutResult, unreachable, end];
  return Uint8Array.from([...subtract, ...check]);
}
