import type { AttemptFailure } from "../core/event.ts";
import type { LogLine } from "../ports/journal.ts";

/** What is asked of the process that runs programs. */
export type ToProcess = { readonly start: ProgramCall } | { readonly stop: number };

/** What it says: each run ends once, when nothing of it is left. */
export interface FromProcess {
  readonly run: number;
  readonly end: ProgramEnd;
}

/** One run of a program. */
export interface ProgramCall {
  readonly run: number;
  readonly attempt: number;
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: readonly (readonly [key: string, value: string])[];
  readonly input: string;
  readonly deadlineMs: number;
  readonly outputBytesMax: number;
  readonly logBytesMax: number;
}

export type ProgramEnd = { readonly logs: readonly LogLine[] } & (
  | { readonly output: string }
  | { readonly failure: AttemptFailure }
);
