/** A process of our own whose disk is noted and can be made to fail: see `disk.c`. Linux, and a C compiler. */
import { execFileSync } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { Speaker } from "../crash/speaker.ts";

/** Runs a script behind a disk that it steers by `disk`. `folder` is where the library is built. */
export function startBehindDisk(folder: string, script: URL, ...args: readonly string[]): Speaker {
  const library = join(folder, "disk.so");
  execFileSync("clang", ["-shared", "-fPIC", "-O1", "-o", library, join(import.meta.dirname, "disk.c"), "-ldl"]);
  return Speaker.startWith({ LD_PRELOAD: library }, script, ...args);
}

/** Steers the disk of this very process, which must have been started behind one. */
export const disk = {
  /** Notes all that happens in `dir`, of which no file may be open, to the file `log`. */
  note: (dir: string, log: string) => tell(`note ${dir} ${log}`),
  mark: (number: number) => tell(`mark ${number}`),
  /** Lets the n-th write or sync in `dir` from now on fail with this number of an error, and `times` - 1 after it;
   *  with 0 a write writes its first half only. */
  fail: (dir: string, what: "write" | "sync", n: number, error: number, times: number) =>
    tell(`fail ${dir} ${what} ${n} ${error} ${times}`),
  /** Writes to `file` how many writes and syncs there have been since `fail`. */
  count: (file: string) => tell(`count ${file}`),
  stop: () => tell("stop"),
};

function tell(order: string): void {
  try {
    openSync(`disk:${order}`, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  throw new Error(`a file is named disk:${order}`);
}
