import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

const bin = resolve(import.meta.dirname, "../../bin/stele.js");

/** The built command in a process of its own, as a user of this folder types it. Nothing is in its environment but PATH, HOME
 *  and `variables`. */
export function startStele(
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  node = process.execPath,
): Started {
  const env = { PATH: process.env["PATH"], HOME: folder, ...variables };
  const child = spawn(node, [bin, ...args], { cwd: folder, env });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return { child, ended: new Promise((done) => child.on("close", (code) => done({ code, out, err }))) };
}
