import { createHash, randomBytes } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { FileErr } from "./error-code.ts";

/** `wasi:clocks/wall-clock.datetime` */
interface DateTime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

/** `new-timestamp` */
export type NewTime =
  | { readonly tag: "no-change" }
  | { readonly tag: "now" }
  | { readonly tag: "timestamp"; readonly val: DateTime };

/** `descriptor-type`, by the type in a file's mode. */
const types = new Map<number, string>([
  [constants.S_IFREG, "regular-file"],
  [constants.S_IFDIR, "directory"],
  [constants.S_IFLNK, "symbolic-link"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFSOCK, "socket"],
  [constants.S_IFCHR, "character-device"],
  [constants.S_IFBLK, "block-device"],
]);

export function typeOf(stats: BigIntStats): string {
  return types.get(Number(stats.mode) & constants.S_IFMT) ?? "unknown";
}

/** `descriptor-stat` */
export function descriptorStat(stats: BigIntStats) {
  return {
    type: typeOf(stats),
    linkCount: stats.nlink,
    size: stats.size,
    dataAccessTimestamp: dateTime(stats.atimeNs),
    dataModificationTimestamp: dateTime(stats.mtimeNs),
    statusChangeTimestamp: dateTime(stats.ctimeNs),
  };
}

const second = 1_000_000_000n;

/** WASI knows no time before 1970. */
function dateTime(nanoseconds: bigint): DateTime {
  const since1970 = nanoseconds < 0n ? 0n : nanoseconds;
  return { seconds: since1970 / second, nanoseconds: Number(since1970 % second) };
}

/** Far beyond what file systems can note. */
const secondsMax = 2n ** 40n;

/** Seconds since 1970, as the system is told: Node is as exact as a double, about 0.2 µs. */
export function newSeconds(time: NewTime, currentNs: bigint): number {
  switch (time.tag) {
    case "no-change":
      return Number(currentNs) / 1e9;
    case "now":
      return Date.now() / 1000;
    case "timestamp": {
      const { seconds, nanoseconds } = time.val;
      if (nanoseconds >= second) throw new FileErr("invalid");
      if (seconds > secondsMax) throw new FileErr("overflow");
      return Number(seconds) + nanoseconds / 1e9;
    }
  }
}

const secret = randomBytes(16);

/** `metadata-hash-value`: of what a file is, not of what is in it, since libraries take it for the number of an inode. */
export function metadataHash({ dev, ino }: BigIntStats): { lower: bigint; upper: bigint } {
  const hash = createHash("sha256").update(secret).update(`${dev} ${ino}`).digest();
  return { lower: hash.readBigUInt64LE(0), upper: hash.readBigUInt64LE(8) };
}

export function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
