import type { BinaryReader } from "../binary/binary-reader.ts";
import { readValueType } from "../binary/core-module.ts";
import { ByteWriter, leb } from "./byte-writer.ts";
import { type Site, walkInstructions } from "./instructions.ts";

/** What metered code refers to, by its module's indices. */
export interface MeterPlaces {
  readonly fuelGlobal: number;
  /** Holds the host's functions, at `hostPlaces`. */
  readonly table: number;
  /** `() -> ()` */
  readonly tickType: number;
  /** `(i32) -> i32` */
  readonly growType: number;
  /** How many parameters each function of the code section takes. */
  readonly params: readonly number[];
}

/** Where the host's functions are in their table: what is called when there is no fuel; what is told how many entries a table
 *  is to get, and says how many it may try; for each memory of the module the one that grows it. */
export const hostPlaces = { tick: 0, admitEntries: 1, firstMemory: 2 } as const;

/** Bytes that a bulk instruction moves for one unit of fuel, as a power of two: 32, which take about as long. */
const bytesPerUnitLog2 = 5;

const [ifBlock, end, callIndirect, localTee, localGet, globalGet, globalSet] = [
  [0x04, 0x40],
  0x0b,
  0x11,
  0x22,
  0x20,
  0x23,
  0x24,
];
const [i32Const, i64Const, i64Sub, i64LessThan, i64ShiftRight, i64FromU32] = [0x41, 0x42, 0x7d, 0x53, 0x88, 0xad];
const i32 = 0x7f;

/** The code section with fuel counted and memory grown by the host. One unit is taken at the entry of each function, at each
 *  turn of a loop, behind many instructions in between (`paths.ts`), and for the length of what a bulk instruction moves; when
 *  there is less than none the host's `tick` is called, which gives more or ends the guest. Undefined when nothing is to be
 *  changed: code that calls, turns and moves nothing. */
export function meterCode(code: BinaryReader, places: MeterPlaces): Uint8Array<ArrayBuffer> | undefined {
  const start = code.at;
  const walks = readFunctions(code, places.params);
  if (!walks.some(({ runsOn }) => runsOn)) return undefined;
  const count = [...spend(places, [i64Const, 1]), ...refuel(places)];
  const out = new ByteWriter((code.end - start) * 1.25 + 64);
  out.write(leb(walks.length));
  for (const { from, begin, until, groups, locals, sites } of walks) {
    const body = new ByteWriter((until - from) * 1.25 + 64);
    const bulk = sites.some(({ kind }) => kind === "bulk");
    body.write(leb(groups + (bulk ? 1 : 0)));
    body.write(code.bytes.subarray(from, begin));
    if (bulk) body.write([1, i32]);
    body.write(count);
    let copied = begin;
    for (const site of sites) {
      body.write(code.bytes.subarray(copied, site.at));
      body.write(site.kind === "count" ? count : siteCode(site, places, locals));
      copied = site.kind === "grow" ? site.end : site.at;
    }
    body.write(code.bytes.subarray(copied, until));
    out.write(leb(body.written.length));
    out.write(body.written);
  }
  return out.written;
}

interface FunctionWalk {
  /** Of the declarations of locals, behind their count. */
  readonly from: number;
  /** Of the instructions. */
  readonly begin: number;
  readonly until: number;
  /** Declarations of locals. */
  readonly groups: number;
  /** Parameters and locals, so that the next one has this number. */
  readonly locals: number;
  readonly sites: readonly Site[];
  readonly runsOn: boolean;
}

function readFunctions(code: BinaryReader, params: readonly number[]): FunctionWalk[] {
  const functions: FunctionWalk[] = [];
  for (let left = code.count(); left > 0; left--) {
    const body = code.part();
    const groups = body.count();
    const from = body.at;
    let locals = params[functions.length] ?? body.fail("there are more functions than are declared");
    for (let group = groups; group > 0; group--) {
      locals += body.u32();
      readValueType(body);
    }
    const begin = body.at;
    functions.push({ from, begin, until: body.end, groups, locals, ...walkInstructions(body) });
  }
  return functions;
}

function siteCode(site: Exclude<Site, { kind: "count" }>, places: MeterPlaces, local: number): readonly number[] {
  const called = [callIndirect, ...leb(places.growType), ...leb(places.table)];
  const callHost = (place: number) => [i32Const, ...leb(place), ...called];
  if (site.kind === "grow-table") return callHost(hostPlaces.admitEntries);
  if (site.kind === "grow") return callHost(hostPlaces.firstMemory + site.memory);
  const shift = site.of === "bytes" ? [i64Const, bytesPerUnitLog2, i64ShiftRight] : [];
  const units = [localGet, ...leb(local), i64FromU32, ...shift];
  return [localTee, ...leb(local), ...spend(places, units), ...refuel(places)];
}

/** `fuel -= units` */
function spend({ fuelGlobal }: MeterPlaces, units: readonly number[]): readonly number[] {
  const fuel = leb(fuelGlobal);
  return [globalGet, ...fuel, ...units, i64Sub, globalSet, ...fuel];
}

/** `if (fuel < 0) tick()` */
function refuel({ fuelGlobal, table, tickType }: MeterPlaces): readonly number[] {
  const tick = [i32Const, hostPlaces.tick, callIndirect, ...leb(tickType), ...leb(table)];
  return [globalGet, ...leb(fuelGlobal), i64Const, 0, i64LessThan, ...ifBlock, ...tick, end];
}
