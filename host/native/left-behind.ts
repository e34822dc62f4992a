import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endGroup, startTimeOf } from "./process-group.ts";

/** Notes beside a run's folder which process leads its group, and when that was started, so that no other process of
 *  the same number is ever taken for it. A full disk costs the note and not the run. */
export function noteGroup(folder: string, pid: number): void {
  try {
    writeFileSync(noteOf(folder), identityOf(pid));
  } catch {
    // What works in the folder is found without it.
  }
}

export function forgetGroup(folder: string): void {
  rmSync(noteOf(folder), { force: true });
}

/** Ends what runs left behind whose host and whose process were both lost, and removes their folders. */
export async function endLeftBehind(runs: string): Promise<void> {
  for (const name of entriesOf(runs)) {
    if (name.endsWith(noteSuffix)) continue;
    const folder = join(runs, name);
    await endGroup(leaderOf(folder), folder);
    removeFolder(folder);
    forgetGroup(folder);
  }
}

/** What a program has made unreadable stays, for somebody with the right to remove it. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next start tries again.
  }
}

const noteSuffix = ".group";

function noteOf(folder: string): string {
  return `${folder}${noteSuffix}`;
}

function entriesOf(runs: string): readonly string[] {
  try {
    return readdirSync(runs);
  } catch {
    return [];
  }
}

function leaderOf(folder: string): number | undefined {
  try {
    const note = readFileSync(noteOf(folder), "utf8");
    const pid = Number.parseInt(note, 10);
    return startTimeOf(pid) !== undefined && identityOf(pid) === note ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Times of start are told apart across starts of the machine. */
function identityOf(pid: number): string {
  return `${pid} ${startTimeOf(pid) ?? ""} ${bootId()}`;
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}
