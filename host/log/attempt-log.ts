import type { Millis } from "../core/ids.ts";
import type { LogLevel, LogLine } from "../ports/journal.ts";

/** What a line costs besides its text, in bytes: without it empty lines would be free. */
const lineBytes = 32;

/** What is not to be told. */
export interface Mask {
  /** The most bytes that one occurrence of it takes. */
  readonly longest: number;
  text(text: string): string;
}

const nothingHidden: Mask = { longest: 0, text: (text) => text };

/** The log lines of one attempt, up to a volume; where it is cut, a line says so. */
export class AttemptLog {
  readonly #attempt: number;
  readonly #bytesMax: number;
  readonly #mask: Mask;
  readonly #lines: LogLine[] = [];
  #bytesLeft: number;

  constructor(attempt: number, bytesMax: number, mask = nothingHidden) {
    this.#attempt = attempt;
    this.#bytesMax = bytesMax;
    this.#mask = mask;
    this.#bytesLeft = bytesMax;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  add(level: LogLevel, message: string): void {
    if (this.#bytesLeft < 0) return;
    const text = this.#hidden(message);
    const bytes = Buffer.byteLength(text) + lineBytes;
    if (bytes <= this.#bytesLeft) {
      this.#push(level, text);
    } else {
      const kept = Buffer.from(text).subarray(0, Math.max(this.#bytesLeft - lineBytes, 0));
      if (kept.length > 0) this.#push(level, new TextDecoder().decode(kept, { stream: true }));
      this.#push("warn", `the log of this attempt is cut here: it has reached ${this.#bytesMax} bytes`);
    }
    this.#bytesLeft -= bytes;
  }

  /** What is to be written of a line elsewhere; undefined when there is no room for it, of which a line of the log tells. */
  admitted(message: string): string | undefined {
    if (this.#bytesLeft < 0) return undefined;
    const text = this.#hidden(message);
    this.#bytesLeft -= Buffer.byteLength(text) + lineBytes;
    if (this.#bytesLeft >= 0) return text;
    this.#push("warn", `no more is printed: this attempt has reached ${this.#bytesMax} bytes`);
    return undefined;
  }

  /** Of a message for which there is no room, only so much is searched that none of what is kept shows. */
  #hidden(message: string): string {
    return this.#mask.text(message.slice(0, this.#bytesLeft + this.#mask.longest));
  }

  #push(level: LogLevel, message: string): void {
    const at = Date.now() as Millis;
    this.#lines.push({ attempt: this.#attempt, index: this.#lines.length, at, level, message });
  }
}
