import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

interface Wait {
  readonly holds: () => boolean;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** A process of our own that says, line by line, how far it is. */
export class Speaker {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #errors = "";
  #waits: Wait[] = [];

  private constructor(child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable }) {
    this.#process = child;
    this.#ended = once(child, "close");
    child.stderr.on("data", (text: Buffer) => {
      this.#errors += text.toString();
    });
    createInterface(child.stdout).on("line", (line) => {
      this.lines.push(line);
      this.#changed();
    });
    void this.#ended.then(() => {
      for (const { failed } of this.#waits) failed(new Error(`the process has ended: ${this.#errors}`));
    });
  }

  static start(script: URL, ...args: readonly string[]): Speaker {
    return Speaker.startWith({}, script, ...args);
  }

  /** With these variables beside those of this process. */
  static startWith(env: Readonly<Record<string, string>>, script: URL, ...args: readonly string[]): Speaker {
    const child = spawn(process.execPath, [fileURLToPath(script), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    return new Speaker(child);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Resolves when it has said so many lines. */
  saidLines(count: number): Promise<void> {
    return this.#until(() => this.lines.length >= count);
  }

  /** Resolves when it has said this. */
  said(line: string): Promise<void> {
    return this.#until(() => this.lines.includes(line));
  }

  /** Resolves when it has ended by itself; rejects when it failed. */
  async ended(): Promise<void> {
    await this.#ended;
    if (this.#process.exitCode !== 0) throw new Error(`the process has failed: ${this.#errors}`);
  }

  /** With SIGKILL; resolves when all that it has said is here. */
  async kill(): Promise<void> {
    if (!(await this.killUnlessEnded())) throw new Error(`the process ended before its kill: ${this.#errors}`);
  }

  /** As `kill`; false when it had just ended by itself. Rejects when it had failed. */
  async killUnlessEnded(): Promise<boolean> {
    this.#process.kill("SIGKILL");
    await this.#ended;
    if (this.#process.signalCode === "SIGKILL") return true;
    await this.ended();
    return false;
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((done, failed) => {
      this.#waits.push({ holds, done, failed });
      this.#changed();
    });
  }

  #changed(): void {
    for (const { done } of this.#waits.filter(({ holds }) => holds())) done();
    this.#waits = this.#waits.filter(({ holds }) => !holds());
  }
}
