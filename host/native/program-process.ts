import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromProcess, ProgramCall, ToProcess } from "./process-messages.ts";

/** Past the longest that a run takes to be ended. */
const closeMs = 15_000;

interface ProcessEvents {
  readonly said: (message: FromProcess) => void;
  /** Once, unless it was closed; what it ran may be running still. */
  readonly lost: (why: string) => void;
}

/** The host's end of the process that runs programs. A process of its own, since starting another takes 1 ms in a small
 *  process and 60 ms in one of 1.5 GB, and since it is there to end the programs when the host is killed. */
export class ProgramProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  /** `runs` is the absolute path of a folder for what is running. */
  constructor(runs: string, { said, lost }: ProcessEvents) {
    const main = fileURLToPath(new URL("./program-process-main.ts", import.meta.url));
    // Once built, both files end in .js.
    this.#child = fork(import.meta.url.endsWith(".ts") ? main : main.replace(/ts$/, "js"), [runs], {
      execArgv: [],
      env: {},
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      // No signal of the host's terminal reaches it.
      detached: true,
    });
    this.#child.on("message", said);
    let open = true;
    this.#gone = new Promise((resolve) => {
      const over = (why: string) => {
        resolve();
        if (open && !this.#closed) lost(why);
        open = false;
      };
      this.#child.once("exit", (code, signal) => over(signal ?? `exit code ${code}`));
      // What could not be sent is lost with the process, of which `exit` tells.
      this.#child.on("error", (error) => {
        if (this.#child.pid === undefined) over(error.message);
      });
    });
  }

  #closed = false;

  start(call: ProgramCall): void {
    this.#send({ start: call });
  }

  stop(run: number): void {
    this.#send({ stop: run });
  }

  /** Ends all that runs; resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#child.connected) this.#child.disconnect();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), closeMs);
    await this.#gone;
    clearTimeout(late);
  }

  #send(message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message);
  }
}
