import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { AttemptFailure } from "../core/event.ts";
import { AttemptLog } from "../log/attempt-log.ts";
import { LineLog } from "../log/line-log.ts";
import { timerMsMax } from "../ports/clock.ts";
import { forgetGroup, noteGroup, removeFolder } from "./left-behind.ts";
import { endGroup } from "./process-group.ts";
import type { ProgramCall, ProgramEnd } from "./process-messages.ts";

/** More than that on standard error ends a run: what is beyond the log's bound is read only to be thrown away. */
const errorBytesMax = 64 * 2 ** 20;

/** How long what is left in the pipes may take to be read, when nobody should be there to write any more. */
const drainMs = 1_000;

/** Characters of a program's own words in the reason of a failure. */
const quotedMax = 500;

/** Runs a program once, in an empty folder below `runs` and a process group of its own. Resolves when nothing of it is
 *  left: no process, no folder. `stop` ends it early. */
export async function runProgram(call: ProgramCall, runs: string, stop: AbortSignal): Promise<ProgramEnd> {
  const folder = mkdtempSync(join(runs, "run-"));
  try {
    const child = start(call, folder);
    if ("failure" in child) return { failure: child.failure, logs: [] };
    return await new ProgramRun(call, folder, child).over(stop);
  } finally {
    removeFolder(folder);
    forgetGroup(folder);
  }
}

function start(
  { file, args, env }: ProgramCall,
  cwd: string,
): ChildProcessWithoutNullStreams | { readonly failure: AttemptFailure } {
  try {
    const child = spawn(file, args, { cwd, env: Object.fromEntries(env), detached: true, stdio: "pipe" });
    if (child.pid !== undefined) noteGroup(cwd, child.pid);
    return child;
  } catch (error) {
    return { failure: notStarted(error) };
  }
}

function notStarted(error: unknown): AttemptFailure {
  const why = error instanceof Error ? error.message : String(error);
  return failed(`the program can't be started: ${why}`);
}

function failed(message: string): AttemptFailure {
  return { kind: "failed", message };
}

class ProgramRun {
  readonly #call: ProgramCall;
  readonly #folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #log: AttemptLog;
  readonly #output: Buffer[] = [];
  #outputBytes = 0;
  #errorBytes = 0;
  #exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  /** The beginning of what it wrote on standard error. */
  #said = "";

  constructor(call: ProgramCall, folder: string, child: ChildProcessWithoutNullStreams) {
    this.#call = call;
    this.#folder = folder;
    this.#child = child;
    this.#log = new AttemptLog(call.attempt, call.logBytesMax);
  }

  async over(stop: AbortSignal): Promise<ProgramEnd> {
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const failure = await this.#ended(stop);
    const { pid } = this.#child;
    if (pid !== undefined && !(await endGroup(pid, this.#folder))) {
      this.#log.add("warn", `the process group ${pid} could not be ended`);
    }
    const drained = await Promise.race([closed.then(() => true), wait(drainMs, false)]);
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) pipe.destroy();
    const end = failure ?? this.#tooMuch() ?? this.#badExit() ?? (drained ? this.#answer() : heldOpen);
    return { ...(typeof end === "string" ? { output: end } : { failure: end }), logs: this.#log.lines };
  }

  /** Waits until the program has exited, or must: for this reason. */
  async #ended(stop: AbortSignal): Promise<AttemptFailure | undefined> {
    const { deadlineMs, input } = this.#call;
    let deadline: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        if (deadlineMs <= timerMsMax) {
          const late = { kind: "timed-out", message: `the program did not end within ${deadlineMs} ms` } as const;
          deadline = setTimeout(() => resolve(late), deadlineMs);
        }
        const cancelled = () => resolve(failed("the run was stopped"));
        stop.addEventListener("abort", cancelled);
        if (stop.aborted) cancelled();
        this.#child.once("error", (error) => resolve(notStarted(error)));
        this.#child.once("exit", (code, signal) => {
          this.#exit = { code, signal };
          resolve(undefined);
        });
        this.#read(() => resolve(this.#tooMuch()));
        // One that reads nothing, or not all, may do so.
        this.#child.stdin.on("error", () => undefined).end(input);
      });
    } finally {
      clearTimeout(deadline);
    }
  }

  #read(overflow: () => void): void {
    const { stdout, stderr } = this.#child;
    const lines = new LineLog("stderr", (level, line) => this.#log.add(level, line));
    stdout.on("data", (bytes: Buffer) => {
      this.#outputBytes += bytes.length;
      if (this.#outputBytes <= this.#call.outputBytesMax) this.#output.push(bytes);
      else this.#overflow(overflow);
    });
    stderr.on("data", (bytes: Buffer) => {
      this.#errorBytes += bytes.length;
      if (this.#said.length < quotedMax) this.#said += bytes.toString("utf8", 0, quotedMax * 4);
      if (this.#errorBytes <= errorBytesMax) lines.write(bytes);
      else this.#overflow(overflow);
    });
    stderr.once("close", () => lines.end());
    for (const pipe of [stdout, stderr]) pipe.on("error", () => undefined);
  }

  #overflow(overflow: () => void): void {
    this.#child.stdout.pause();
    this.#child.stderr.pause();
    overflow();
  }

  #tooMuch(): AttemptFailure | undefined {
    const { outputBytesMax } = this.#call;
    if (this.#outputBytes > outputBytesMax) {
      return { kind: "too-large", message: `the program answered with more than ${outputBytesMax} bytes` };
    }
    if (this.#errorBytes <= errorBytesMax) return undefined;
    return { kind: "too-large", message: `the program wrote more than ${errorBytesMax} bytes to standard error` };
  }

  #badExit(): AttemptFailure | undefined {
    if (this.#exit === undefined || this.#exit.code === 0) return undefined;
    const { code, signal } = this.#exit;
    const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
    const said = this.#said.trim().slice(0, quotedMax);
    return failed(`the program ${how}${said === "" ? "" : `: ${said}`}`);
  }

  /** The whole of standard output as text. */
  #answer(): string | AttemptFailure {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(this.#output));
    } catch {
      return failed("the program's answer is no UTF-8");
    }
  }
}

const heldOpen = failed("the program left a process behind that keeps its output open");
