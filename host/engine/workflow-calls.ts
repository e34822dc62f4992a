import type { DrawSource, Outcome, ScheduleAt } from "../core/event.ts";
import type { ExecutionId, FunctionName, Millis } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import type { HostImports } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";

/** What a workflow's guest may ask of its run, in the terms of the journal. */
export interface WorkflowCalls {
  readonly id: ExecutionId;
  /** The guest's own time: that of the last journaled event it has seen. */
  readonly now: Millis;
  /** Calls a child in a one-off join set and waits for it. */
  callChild(name: FunctionName, shortName: string, params: readonly Json[]): Outcome | Promise<Outcome>;
  /** Returns the time for which the delay was due. */
  sleep(scheduleAt: ScheduleAt, name: string | undefined): Millis | Promise<Millis>;
  /** `value` draws the n-th value of the execution, n from 1. */
  draw(source: DrawSource, range: readonly Json[], value: (n: number) => Json): Json;
  log(level: LogLevel, message: string): void;
  /** The guest asked for what the host can't do: it ends as by a trap. */
  trap(message: string): never;
}

/** The deterministic WASI of one run, from the world outside this room. */
export type WorkflowWasi = (calls: WorkflowCalls) => HostImports;
