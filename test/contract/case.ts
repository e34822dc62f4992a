import type { OpenRig } from "../support/rig.ts";

/** What the contract says in a sentence, as a script and what must come of it. */
export interface Case {
  /** Operations of the script guest, see components/README.md. */
  readonly script: string;
  /** The transcript, or the outcome of a script that has none. `(…)` stands for a problem in the host's own words. */
  readonly transcript: string | { readonly [key: string]: unknown };
  /** How all executions beside the workflow's own ended: children by the rest of their id, others as `?1` and so on. */
  readonly others?: Readonly<Record<string, string>>;
  /** What a client does meanwhile. Done again after a crash, it changes nothing. */
  readonly outside?: (open: OpenRig) => Promise<unknown>;
  /** A crash costs an attempt, which shows where an activity's attempts are bounded and fail. */
  readonly losesAttempts?: true;
}

export type Section = Readonly<Record<string, Case>>;

export function lines(...all: string[]): string {
  return all.join("\n");
}
