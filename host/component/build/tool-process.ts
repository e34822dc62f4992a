import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ToolCalls, ToolReply, ToolRequest } from "./tool-requests.ts";

/** What a tool has to say of its input, in its own words. */
export class ToolFailure extends Error {
  override readonly name = "ToolFailure";
}

/** The tools took longer than they may. */
export class ToolTimeout extends ToolFailure {}

/** The tools, in a process of their own that is ended with `stop`, and when the time for all its calls is over: a guest
 *  that loops where it is loaded would keep its engine for ever. */
export class ToolProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastCall = 0;
  #said = "";
  readonly #timer: NodeJS.Timeout;
  #ended: ToolFailure | undefined;

  constructor(timeoutMs: number) {
    const main = fileURLToPath(new URL("./tool-process-main.ts", import.meta.url));
    // Once built, both files end in .js.
    this.#child = fork(import.meta.url.endsWith(".ts") ? main : main.replace(/ts$/, "js"), [], {
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: [],
      // Leader of a group of its own: an engine that it has started ends with it.
      detached: true,
    });
    this.#timer = setTimeout(() => {
      this.#end(new ToolTimeout(`not done after ${timeoutMs / 1000} s`));
      this.stop();
    }, timeoutMs);
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.setEncoding("utf8").on("data", (text: string) => {
        // Only the end matters: why it died.
        this.#said = (this.#said + text).slice(-4_000);
      });
    }
    this.#child.on("message", (reply: ToolReply) => this.#receive(reply));
    this.#child.on("error", (error) => this.#end(new ToolFailure(error.message)));
    this.#child.on("close", (code, signal) => {
      this.#end(new ToolFailure(`the tools ended with ${signal ?? `exit code ${code}`}\n${this.#said}`.trim()));
    });
  }

  /** Throws ToolFailure. */
  call<Method extends keyof ToolCalls>(
    method: Method,
    request: Parameters<ToolCalls[Method]>[0],
  ): ReturnType<ToolCalls[Method]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended) as ReturnType<ToolCalls[Method]>;
    const answer = new Promise<unknown>((resolve, reject) => {
      const call = ++this.#lastCall;
      this.#waiting.set(call, { resolve, reject });
      this.#child.send({ call, method, request } satisfies ToolRequest);
    });
    return answer as ReturnType<ToolCalls[Method]>;
  }

  stop(): void {
    clearTimeout(this.#timer);
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // There are no groups on this platform, or it has just ended by itself.
      this.#child.kill("SIGKILL");
    }
  }

  #receive(reply: ToolReply): void {
    const waiting = this.#waiting.get(reply.call);
    this.#waiting.delete(reply.call);
    if ("failure" in reply) waiting?.reject(new ToolFailure(reply.failure));
    else waiting?.resolve(reply.value);
  }

  #end(why: ToolFailure): void {
    this.#ended ??= why;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
