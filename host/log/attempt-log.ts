import type { Millis } from "../core/ids.ts";
import type { LogLevel, LogLine } from "../ports/journal.ts";

/** What a line costs besides its text, in bytes: without it empty lines would be free. */
const lineBytes = 32;

/** The log lines of one attempt, up to a volume; where it is cut, a line says so. */
export class AttemptLog {
  readonly #attempt: number;
  readonly #bytesMax: number;
  readonly #lines: LogLine[] = [];
  #bytesLeft: number;

  constructor(attempt: number, bytesMax: number) {
    this.#attempt = attempt;
    this.#bytesMax = bytesMax;
    this.#bytesLeft = bytesMax;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  add(level: LogLevel, message: string): void {
    if (this.#bytesLeft < 0) return;
    const bytes = Buffer.byteLength(message) + lineBytes;
    if (bytes <= this.#bytesLeft) {
      this.#push(level, message);
    } else {
      const kept = Buffer.from(message).subarray(0, Math.max(this.#bytesLeft - lineBytes, 0));
      if (kept.length > 0) this.#push(level, new TextDecoder().decode(kept, { stream: true }));
      this.#push("warn", `the log of this attempt is cut here: it has reached ${this.#bytesMax} bytes`);
    }
    this.#bytesLeft -= bytes;
  }

  /** Counts a line that is written elsewhere; false when there is no room for it, of which a line of the log tells. */
  admits(message: string): boolean {
    if (this.#bytesLeft < 0) return false;
    this.#bytesLeft -= Buffer.byteLength(message) + lineBytes;
    if (this.#bytesLeft >= 0) return true;
    this.#push("warn", `no more is printed: this attempt has reached ${this.#bytesMax} bytes`);
    return false;
  }

  #push(level: LogLevel, message: string): void {
    const at = Date.now() as Millis;
    this.#lines.push({ attempt: this.#attempt, index: this.#lines.length, at, level, message });
  }
}
