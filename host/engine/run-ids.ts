import type { Counts, Event } from "../core/event.ts";
import { type ExecutionId, generatedJoinSet, namedJoinSet, oneOffJoinSet } from "../core/ids.ts";
import { RunJoinSet } from "./run-join-set.ts";

/** Gives out what counts up within an execution: join sets, draws, log lines. It follows from the history alone, and goes
 *  on where the execution was when it last began anew. */
export class RunIds {
  readonly #execution: ExecutionId;
  readonly #sets = new Map<string, RunJoinSet>();
  /** Of named join sets from before. */
  readonly #named: Counts["named"];
  #oneOffs: number;
  #generated: number;
  #draws: number;
  #logLines: number;

  constructor(execution: ExecutionId, first: Event) {
    const counts = first.kind === "continued" ? first.counts : none;
    this.#execution = execution;
    this.#named = counts.named;
    this.#oneOffs = counts.oneOffs;
    this.#generated = counts.generated;
    this.#draws = counts.draws;
    this.#logLines = counts.logLines;
  }

  oneOff(name: string | undefined): RunJoinSet {
    return new RunJoinSet(this.#execution, oneOffJoinSet(++this.#oneOffs, name));
  }

  generated(): RunJoinSet {
    return new RunJoinSet(this.#execution, generatedJoinSet(++this.#generated));
  }

  /** Undefined when the name is in use, or was. */
  named(name: string): RunJoinSet | undefined {
    if (this.#sets.has(name)) return undefined;
    const before = Object.hasOwn(this.#named, name) ? this.#named[name] : undefined;
    const set = new RunJoinSet(this.#execution, namedJoinSet(name), before);
    this.#sets.set(name, set);
    return set;
  }

  /** The number of the next draw, from 1. */
  draw(): number {
    return ++this.#draws;
  }

  /** The index of the next log line, from 0. */
  logLine(): number {
    return this.#logLines++;
  }

  get counts(): Counts {
    const named = Object.fromEntries([...this.#sets].map(([name, set]) => [name, set.counts]));
    return {
      oneOffs: this.#oneOffs,
      generated: this.#generated,
      draws: this.#draws,
      logLines: this.#logLines,
      named: { ...this.#named, ...named },
    };
  }
}

const none: Counts = { oneOffs: 0, generated: 0, draws: 0, logLines: 0, named: {} };
