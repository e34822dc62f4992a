import { LineLog } from "../../log/line-log.ts";
import { GuestTrap, type HostInterface } from "../../ports/components.ts";
import type { LogLevel } from "../../ports/journal.ts";
import { refusedResource } from "./refused.ts";
import { type ByteSink, type ByteSource, InputStream, OutputStream, streamClosed } from "./streams.ts";
import { always, type Waiting } from "./waiting.ts";

/** Variables and a folder to begin in, and no arguments. */
export function environmentOf(
  variables: readonly (readonly [key: string, value: string])[],
  folder?: string,
): HostInterface {
  return {
    getEnvironment: () => variables,
    getArguments: () => [],
    initialCwd: () => folder,
  };
}

/** A guest that exits has not returned what its caller waits for: it ends as a trap does. */
export const exit: HostInterface = {
  exit: (status: { tag: "ok" | "err" }) => {
    throw new GuestTrap(`the guest called exit(${status.tag})`);
  },
  exitWithCode: (code: number) => {
    throw new GuestTrap(`the guest called exit-with-code(${code})`);
  },
};

/** Bytes that the log takes at once. */
const logRoom = 64 * 1024;

/** No stream is a terminal. */
export const terminals = {
  "wasi:cli/terminal-input": { TerminalInput: refusedResource("wasi:cli/terminal-input.terminal-input") },
  "wasi:cli/terminal-output": { TerminalOutput: refusedResource("wasi:cli/terminal-output.terminal-output") },
  "wasi:cli/terminal-stdin": { getTerminalStdin: () => undefined },
  "wasi:cli/terminal-stdout": { getTerminalStdout: () => undefined },
  "wasi:cli/terminal-stderr": { getTerminalStderr: () => undefined },
} satisfies Readonly<Record<string, HostInterface>>;

/** Standard input is a text, which may be empty; standard output and error go to the log, line by line. */
export class Stdio {
  readonly #stdout: LineLog;
  readonly #stderr: LineLog;
  readonly stdin: HostInterface;
  readonly stdout: HostInterface;
  readonly stderr: HostInterface;

  constructor(waiting: Waiting, log: (level: LogLevel, line: string) => void, input = "") {
    this.#stdout = new LineLog("stdout", log);
    this.#stderr = new LineLog("stderr", log);
    const source = new TextSource(input);
    this.stdin = { getStdin: () => new InputStream(source, waiting) };
    this.stdout = { getStdout: () => new OutputStream(sinkOf(this.#stdout), waiting) };
    this.stderr = { getStderr: () => new OutputStream(sinkOf(this.#stderr), waiting) };
  }

  /** Logs what was written without an end of line. */
  end(): void {
    this.#stdout.end();
    this.#stderr.end();
  }
}

function sinkOf(log: LineLog): ByteSink {
  return { writable: always, flushed: always, room: () => logRoom, write: (bytes) => log.write(bytes) };
}

/** Gives a text once, whoever reads it. */
class TextSource implements ByteSource {
  readonly readable = always;
  #left: Uint8Array;

  constructor(text: string) {
    this.#left = new TextEncoder().encode(text);
  }

  read(max: number): Uint8Array {
    if (this.#left.length === 0) throw streamClosed();
    const bytes = this.#left.subarray(0, max);
    this.#left = this.#left.subarray(max);
    return bytes;
  }
}
