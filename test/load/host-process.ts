import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Host, HostOptions } from "../../host/index.ts";
import { fromWire, type WireError } from "../../host/shard-link.ts";

export interface Call {
  readonly call: number;
  readonly method: keyof Host;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: WireError };

/** What a process holds of the machine. */
export interface Held {
  readonly residentBytes: number;
  readonly threads: number;
  readonly openFiles: number;
}

/** A host in a process of its own, on Linux: what it takes of the machine can be read there. */
export class HostProcess {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #lastCall = 0;

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.#ended = once(child, "exit");
    child.on("message", (answer: Answer) => this.#hear(answer));
    void this.#ended.then(() => {
      for (const { reject } of this.#calls.values()) reject(new Error("the host's process has ended"));
    });
  }

  /** Resolves when the host is open. `env` comes beside the variables of this process. */
  static async open(options: HostOptions, env: Readonly<Record<string, string>>): Promise<HostProcess> {
    const script = fileURLToPath(new URL("./served-host.ts", import.meta.url));
    const child = fork(script, [JSON.stringify(options)], {
      serialization: "advanced",
      execArgv: [],
      env: { ...process.env, ...env },
    });
    const host = new HostProcess(child);
    await host.#answerTo(0);
    return host;
  }

  ask<Method extends keyof Host>(method: Method, ...args: Parameters<Host[Method]>): ReturnType<Host[Method]> {
    const call = ++this.#lastCall;
    this.#process.send({ call, method, args } satisfies Call);
    return this.#answerTo(call) as ReturnType<Host[Method]>;
  }

  get held(): Held {
    return {
      residentBytes: this.#statusBytes("VmRSS"),
      threads: readdirSync(this.#path("task")).length,
      openFiles: readdirSync(this.#path("fd")).length,
    };
  }

  /** The most that has ever been resident. */
  get peakBytes(): number {
    return this.#statusBytes("VmHWM");
  }

  async close(): Promise<void> {
    await this.ask("close");
    this.#process.disconnect();
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  #answerTo(call: number): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(call, answer);
    return answer.promise;
  }

  #hear(answer: Answer): void {
    const waiting = this.#calls.get(answer.call);
    this.#calls.delete(answer.call);
    if ("error" in answer) waiting?.reject(fromWire(answer.error));
    else waiting?.resolve(answer.value);
  }

  #statusBytes(field: string): number {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(this.#path("status"), "utf8"));
    return Number(found?.[1]) * 1024;
  }

  #path(name: string): string {
    return `/proc/${this.#process.pid}/${name}`;
  }
}
