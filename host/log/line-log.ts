import type { LogLevel } from "../ports/journal.ts";

/** A longer line is cut into several, so that nobody can make the host hold it back for ever. */
const lineCharactersMax = 16 * 1024;

/** Standard output or error: each line becomes a line of the log. */
export class LineLog {
  readonly #log: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(level: LogLevel, log: (level: LogLevel, line: string) => void) {
    this.#log = (line) => log(level, line);
  }

  write(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line.endsWith("\r") ? line.slice(0, -1) : line);
    while (this.#rest.length > lineCharactersMax) {
      this.#log(this.#rest.slice(0, lineCharactersMax));
      this.#rest = this.#rest.slice(lineCharactersMax);
    }
  }

  /** Logs what was left without an end of line. */
  end(): void {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = "";
    if (rest !== "") this.#emit(rest);
  }

  #emit(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += lineCharactersMax) {
      this.#log(line.slice(at, at + lineCharactersMax));
    }
  }
}
