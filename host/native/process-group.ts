import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** Longer than anything that can be killed takes to go. */
const lastWaitMs = 4_096;

/** Kills a process group, what has left it for another group of its session, and whatever works in the folder, until
 *  nothing of it is left. Returns false when something stays: it hangs in the kernel, or belongs to another user. */
export async function endGroup(group: number | undefined, folder: string): Promise<boolean> {
  for (let waitMs = 1; waitMs <= lastWaitMs; waitMs *= 2) {
    const left = group !== undefined && kill(-group);
    const members = processes().filter((one) => isAlive(one) && belongs(one, group, folder));
    for (const { pid } of members) kill(pid);
    if (members.length === 0 && (onLinux || !left)) return true;
    await wait(waitMs);
  }
  return false;
}

/** In clock ticks since the machine was started; undefined where there is no such process, or no /proc. */
export function startTimeOf(pid: number): string | undefined {
  return stateOf(pid)?.startTime;
}

const onLinux = process.platform === "linux";

interface Process {
  readonly pid: number;
  readonly state: string;
  readonly group: number;
  readonly session: number;
  readonly startTime: string;
}

function processes(): readonly Process[] {
  if (!onLinux) return [];
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (stateOf(Number(name)) ?? []) : []));
}

function stateOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name before it may hold anything, parentheses too.
    const [state = "", , group, session, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, state, group: Number(group), session: Number(session), startTime: rest[15] ?? "" };
  } catch {
    return undefined;
  }
}

/** A process that nobody has waited for yet is a name and nothing else. */
function isAlive({ state }: Process): boolean {
  return state !== "Z" && state !== "X";
}

function belongs({ pid, group, session }: Process, wanted: number | undefined, folder: string): boolean {
  return group === wanted || session === wanted || worksIn(pid, folder);
}

function worksIn(pid: number, folder: string): boolean {
  try {
    const cwd = readlinkSync(`/proc/${pid}/cwd`);
    return cwd === folder || cwd.startsWith(`${folder}/`);
  } catch {
    return false;
  }
}

/** Returns whether there was something to kill. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
