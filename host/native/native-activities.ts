import { join } from "node:path";
import type { AttemptFailure } from "../core/event.ts";
import { FairQueue } from "../core/fair-queue.ts";
import type { Digest } from "../core/ids.ts";
import { splitFunctionName } from "../core/names.ts";
import { type Parsed, parsed, refused } from "../core/parsed.ts";
import type { ComponentType, FunctionType } from "../core/wit/type.ts";
import type { Activities, ActivityAttempt, AttemptEnd } from "../ports/activities.ts";
import { timerMsMax } from "../ports/clock.ts";
import { readAnswer } from "./answer.ts";
import { endLeftBehind } from "./left-behind.ts";
import type { ProgramCall, ProgramEnd } from "./process-messages.ts";
import { ProgramProcess } from "./program-process.ts";
import type { ProgramStore } from "./program-store.ts";

export interface NativeOptions {
  readonly programs: ProgramStore;
  /** Absolute path of a folder for what is running. */
  readonly runs: string;
  readonly componentType: (digest: Digest) => Promise<ComponentType>;
  /** Programs under way at once; further ones wait for their turn. */
  readonly runsMax?: number;
}

const runsMaxUsual = 32;

interface Running {
  readonly attempt: ActivityAttempt;
  readonly ended: (end: AttemptEnd) => void;
  /** When it must have ended, by the clock of `performance`. */
  readonly endAt: number;
  /** Ends it then if it waits for its turn. */
  readonly expiry: NodeJS.Timeout | undefined;
  type: FunctionType | undefined;
  /** Where it runs, once it has been sent there. */
  process: ProgramProcess | undefined;
  cancelled: boolean;
}

/** Runs each attempt as a local program: JSON in, JSON out. */
export class NativeActivities implements Activities {
  readonly #options: NativeOptions;
  readonly #attempts = new Map<ActivityAttempt, Running>();
  /** By component: one with many attempts does not hold up the others. */
  readonly #waiting = new FairQueue<Running, Digest>();
  /** By the number of the run, until nothing of it is left. */
  readonly #runs = new Map<number, Running>();
  #lastRun = 0;
  #process: ProgramProcess | undefined;
  /** What a lost process has left is being ended; nothing is started meanwhile. */
  #clearing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: NativeOptions) {
    this.#options = options;
  }

  start(attempt: ActivityAttempt, ended: (end: AttemptEnd) => void): void {
    const { leftMs = Number.POSITIVE_INFINITY } = attempt;
    const running: Running = {
      attempt,
      ended,
      endAt: performance.now() + leftMs,
      expiry: leftMs > timerMsMax ? undefined : setTimeout(() => this.#expire(running), leftMs),
      type: undefined,
      process: undefined,
      cancelled: false,
    };
    this.#attempts.set(attempt, running);
    this.#waiting.add(attempt.component, running);
    this.#pump();
  }

  cancel(attempt: ActivityAttempt): void {
    const running = this.#attempts.get(attempt);
    if (running === undefined) return;
    running.cancelled = true;
    clearTimeout(running.expiry);
    this.#attempts.delete(attempt);
    this.#waiting.delete(running);
    for (const [run, one] of this.#runs) if (one === running) running.process?.stop(run);
  }

  /** A program is given what it needs for one run, and nothing is kept. */
  retire(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    for (const { expiry } of this.#attempts.values()) clearTimeout(expiry);
    this.#attempts.clear();
    this.#waiting.clear();
    await this.#clearing;
    await this.#process?.close();
  }

  #pump(): void {
    const { runsMax = runsMaxUsual } = this.#options;
    while (this.#runs.size < runsMax) {
      const running = this.#waiting.take();
      if (running === undefined) return;
      const run = ++this.#lastRun;
      this.#runs.set(run, running);
      void this.#run(run, running);
    }
  }

  async #run(run: number, running: Running): Promise<void> {
    const ready = await this.#prepare(running);
    await this.#clearing;
    if (this.#closed) return;
    if (running.cancelled) return this.#release(run);
    if (!ready.ok) return this.#ended(run, { failure: { kind: "failed", message: ready.problem }, logs: [] });
    try {
      this.#process ??= this.#openProcess();
      running.process = this.#process;
      const leftMs = Math.max(Math.ceil(running.endAt - performance.now()), 0);
      const deadlineMs = Math.min(running.attempt.deadlineMs, leftMs);
      running.process.start({ run, ...ready.value, deadlineMs });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#ended(run, { failure: { kind: "failed", message: `no program can be started: ${why}` }, logs: [] });
    }
  }

  #openProcess(): ProgramProcess {
    const opened: ProgramProcess = new ProgramProcess(this.#options.runs, {
      said: ({ run, end }) => this.#ended(run, end),
      lost: (why) => {
        this.#process = undefined;
        this.#clearing = this.#clear(opened, why);
      },
    });
    return opened;
  }

  async #prepare(running: Running): Promise<Parsed<Omit<ProgramCall, "run" | "deadlineMs">>> {
    const { attempt, component, execution, function: name, params, sandbox } = running.attempt;
    const { program, env, limits } = sandbox;
    if (program === undefined) return refused(`the deployment has no program for ${name} any more`);
    const file = await this.#options.programs.file(program.digest);
    if (!file.ok) return file;
    try {
      const { interfaceName, functionName } = splitFunctionName(name);
      const { exports } = await this.#options.componentType(component);
      running.type = exports.get(interfaceName)?.functions.get(functionName);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return refused(`the component ${component} can't be read: ${why}`);
    }
    if (running.type === undefined) return refused(`the component ${component} does not export ${name}`);
    return parsed({
      attempt,
      file: file.value,
      args: program.args,
      env,
      input: `${JSON.stringify({ function: name, execution, attempt, params })}\n`,
      outputBytesMax: program.outputBytesMax,
      logBytesMax: limits.logBytesMax,
    });
  }

  /** All its time is over. */
  #expire(running: Running): void {
    if (!this.#waiting.delete(running)) return;
    const message = "its time was over while it waited to be run";
    this.#finish(running, { failure: { kind: "timed-out", message }, logs: [] });
  }

  #ended(run: number, end: ProgramEnd): void {
    const running = this.#runs.get(run);
    if (running === undefined) return;
    this.#finish(running, end);
    this.#release(run);
  }

  #release(run: number): void {
    this.#runs.delete(run);
    if (!this.#closed) this.#pump();
  }

  #finish(running: Running, end: ProgramEnd): void {
    const { logs } = end;
    if (running.cancelled || this.#closed) return;
    this.#attempts.delete(running.attempt);
    clearTimeout(running.expiry);
    const outcome = "failure" in end || running.type === undefined ? undefined : readAnswer(running.type, end.output);
    if (outcome?.ok === true) return running.ended({ kind: "returned", outcome: outcome.value, logs });
    const reason: AttemptFailure =
      "failure" in end ? end.failure : { kind: "failed", message: outcome?.problem ?? "the program gave no answer" };
    running.ended({ kind: "failed", reason, logs });
  }

  /** What ran is ended, and its attempts with it: their policy says what follows. */
  async #clear(lost: ProgramProcess, why: string): Promise<void> {
    const problem = await endLeftBehind(this.#options.runs).then(() => "", reasonOf);
    const message = `the process that ran this program was lost: ${why}${problem}`;
    for (const [run, running] of this.#runs) {
      if (running.process !== lost) continue;
      this.#runs.delete(run);
      this.#finish(running, { failure: { kind: "host-lost", message }, logs: [] });
    }
    if (!this.#closed) this.#pump();
  }
}

function reasonOf(error: unknown): string {
  return `; what it left behind can't be ended: ${error instanceof Error ? error.message : String(error)}`;
}

/** Where a data folder has its programs, and what is running of them. */
export function nativeFolders(dataFolder: string): { readonly programs: string; readonly runs: string } {
  const programs = join(dataFolder, "programs");
  return { programs, runs: join(programs, "runs") };
}
