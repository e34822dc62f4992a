/** What still runs after its host and its process were both killed is found by the next start; nothing else is. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endLeftBehind, noteGroup } from "../../host/native/left-behind.ts";
import { isGone, NativeRig, Witness } from "./fixture.ts";

let rig: NativeRig;
let folder: string;
let leader: ChildProcess;
beforeEach(() => {
  rig = new NativeRig();
  folder = join(rig.runs, "run-x");
  mkdirSync(folder, { recursive: true });
});
afterEach(async () => {
  leader.kill("SIGKILL");
  await rig.close();
});

async function start(script: string, cwd: string): Promise<{ readonly pid: number; readonly witness: Witness }> {
  const witness = new Witness(rig.path("witness"));
  leader = spawn("/bin/sh", ["-c", `${witness.watch}; ${script}`], { cwd, detached: true, stdio: "ignore" });
  await witness.began;
  return { pid: leader.pid ?? 0, witness };
}

test("a group by its note, wherever it works by now", async () => {
  const { pid, witness } = await start("cd /; sleep 1000 & wait", folder);
  noteGroup(folder, pid);
  await endLeftBehind(rig.runs);
  expect(isGone(pid)).toBe(true);
  await witness.gone;
  expect(readdirSync(rig.runs)).toEqual([]);
});

test("what works in a run's folder when its leader is gone", async () => {
  const { witness } = await start("setsid sleep 1000 & exit", folder);
  await endLeftBehind(rig.runs);
  await witness.gone;
  expect(existsSync(folder)).toBe(false);
});

test("not a process that has got the leader's number since", async () => {
  const { pid, witness } = await start("sleep 1000", "/");
  noteGroup(folder, pid);
  const note = `${folder}.group`;
  writeFileSync(note, readFileSync(note, "utf8").replace(/ \d+ /, " 1 "));
  await endLeftBehind(rig.runs);
  expect(isGone(pid)).toBe(false);
  expect(readdirSync(rig.runs)).toEqual([]);
  leader.kill("SIGKILL");
  process.kill(-pid, "SIGKILL");
  await witness.gone;
});
