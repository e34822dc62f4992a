import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { assert } from "../core/assert.ts";

/** What a log holds. */
interface Log {
  /** The first place where it is not what was written, counted from 1; 0 is its header. Undefined when there is none. */
  readonly damagedAt: number | undefined;
  /** How many commits end behind that place. */
  readonly commitsBehind: number;
  /** Frames up to the end of the last commit that can be read. */
  readonly frames: number;
  /** Those behind them. */
  readonly framesBehind: number;
  readonly salt: Salt | undefined;
}

/** Two numbers drawn anew each time that the log begins from its start; frames of an earlier time have others. */
type Salt = bigint;

type Sum = readonly [number, number];

const headerBytes = 32;
const frameHeaderBytes = 24;
const pageBytes = 4096;
const frameBytes = frameHeaderBytes + pageBytes;
const framesAtOnce = 256;
const settledAtOnce = 1024 * 1024;

/** Says which commits SQLite would drop without a word: it reads its log up to the first frame whose checksum is wrong,
 *  takes that for the end, and writes over the rest. A crash leaves one unfinished commit at most, since each is synced
 *  before the next is begun. So two ends of commits behind a wrong frame mean that one of them had been durable.
 *  The format is that of sqlite.org/fileformat2.html#walformat.
 *
 *  Beside a running host a frame may be half written when it is looked at, so the same place is to be wrong twice. */
export function problemInLog(databaseFile: string): string | undefined {
  const file = `${databaseFile}-wal`;
  const first = look(file);
  if (first?.damagedAt === undefined || first.commitsBehind < 2) return undefined;
  const second = look(file);
  if (second?.damagedAt !== first.damagedAt || second.salt !== first.salt) return undefined;
  const place = first.damagedAt === 0 ? "its header" : `frame ${first.damagedAt}`;
  return `${file} is damaged in ${place}: of ${first.commitsBehind} commits behind it, all but the last were durable, and none can be read`;
}

/** Cuts off what a crash has left of an unfinished commit, which was promised to nobody, and makes the rest durable, by writing
 *  it once more as it is read now: a host ends when a sync fails, and Linux takes what was not synced then for written. It can
 *  be read, and is gone when power fails; nothing may be built on it before it is safe. To be called within a transaction,
 *  so that nobody else begins the log anew. Gives the number of frames that were cut. */
export function settleLog(databaseFile: string): number {
  const file = `${databaseFile}-wal`;
  const log = look(file);
  if (log === undefined) return 0;
  const handle = openSync(file, "r+");
  try {
    const end = headerBytes + log.frames * frameBytes;
    ftruncateSync(handle, end);
    const buffer = new Uint8Array(settledAtOnce);
    for (let at = 0; at < end; ) {
      const length = readSync(handle, buffer, 0, buffer.length, at);
      assert(length > 0, `${file} was cut by another process while it was in use here`);
      at += writeSync(handle, buffer, 0, length, at);
    }
    fdatasyncSync(handle);
    return log.framesBehind;
  } finally {
    closeSync(handle);
  }
}

function look(file: string): Log | undefined {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < headerBytes + frameBytes) return undefined;
  const handle = openSync(file, "r");
  try {
    const header = read(handle, headerBytes, 0);
    if (header === undefined) return undefined;
    const littleEndian = (header.getUint32(0) & 1) === 0;
    let sum = checksum(header, 0, 24, littleEndian, [0, 0]);
    let damagedAt = agrees(header, 24, sum) ? undefined : 0;
    // A damaged header can't be asked for its salt; the first frame has the same.
    let salt = damagedAt === undefined ? header.getBigUint64(16) : undefined;
    let commitsBehind = 0;
    let framesBehind = 0;
    let committed = 0;
    let number = 0;
    for (const frame of frames(handle)) {
      number++;
      salt ??= frame.getBigUint64(8);
      const isOfThisLog = frame.getBigUint64(8) === salt;
      if (damagedAt === undefined) {
        const next = checksum(frame, 0, 8, littleEndian, sum);
        sum = checksum(frame, frameHeaderBytes, frameBytes, littleEndian, next);
        if (!isOfThisLog || !agrees(frame, 16, sum)) damagedAt = number;
      }
      const endsCommit = frame.getUint32(4) !== 0;
      if (damagedAt === undefined) {
        framesBehind = endsCommit ? 0 : framesBehind + 1;
        if (endsCommit) committed = number;
      } else if (isOfThisLog) {
        framesBehind++;
        if (endsCommit) commitsBehind++;
      }
    }
    return { damagedAt, commitsBehind, frames: committed, framesBehind, salt };
  } finally {
    closeSync(handle);
  }
}

function* frames(handle: number): Iterable<DataView> {
  for (let offset = headerBytes; ; ) {
    const views = readFrames(handle, offset);
    if (views.length === 0) return;
    yield* views;
    offset += views.length * frameBytes;
  }
}

function readFrames(handle: number, offset: number): readonly DataView[] {
  const buffer = new Uint8Array(framesAtOnce * frameBytes);
  const got = readSync(handle, buffer, 0, buffer.length, offset);
  return Array.from(
    { length: Math.floor(got / frameBytes) },
    (_, n) => new DataView(buffer.buffer, n * frameBytes, frameBytes),
  );
}

function read(handle: number, bytes: number, offset: number): DataView | undefined {
  const buffer = new Uint8Array(bytes);
  return readSync(handle, buffer, 0, bytes, offset) === bytes ? new DataView(buffer.buffer) : undefined;
}

function checksum(view: DataView, from: number, to: number, littleEndian: boolean, [first, second]: Sum): Sum {
  let a = first;
  let b = second;
  for (let at = from; at < to; at += 8) {
    a = (a + view.getInt32(at, littleEndian) + b) | 0;
    b = (b + view.getInt32(at + 4, littleEndian) + a) | 0;
  }
  return [a, b];
}

function agrees(view: DataView, at: number, [a, b]: Sum): boolean {
  return view.getInt32(at) === a && view.getInt32(at + 4) === b;
}
