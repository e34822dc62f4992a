import { assert, unreachable } from "../core/assert.ts";
import type { DrawSource, Event, Outcome, ScheduleAt } from "../core/event.ts";
import type { ExecutionId, FunctionName, JoinSetId, Millis } from "../core/ids.ts";
import { oneOffJoinSet } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { type Difference, type Intent, type IntentEvent, Replay, type ResponseEvent } from "../core/replay.ts";
import { type Guest, GuestTrap, OutOfFuel } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";
import { Interrupt } from "./interrupt.ts";
import type { WorkflowCalls } from "./workflow-calls.ts";
import type { WorkflowProgram } from "./workflow-program.ts";

export type RunEnd =
  | { readonly kind: "finished"; readonly outcome: Outcome }
  /** It waits; nothing of the run is left but the journal. */
  | { readonly kind: "suspended" | "stopped" | "history-ends" }
  | ({ readonly kind: "diverged" } & Difference);

/** What a run needs of the world around it. */
export interface RunHost {
  /** Makes a fresh intent a fact: appends its event and returns it. */
  record(intent: Intent): IntentEvent;
  /** The outcome as it may be recorded: a result that is too large is a failure. */
  admit(outcome: Outcome): Outcome;
  /** Whether a guest should give up its instance while it waits, for a delay until `dueAt` or else for a child. */
  parks(dueAt: Millis | undefined): boolean;
  /** One of the guest's log lines, counted from 0; lines of an earlier run come again with the same index. */
  log(index: number, at: Millis, level: LogLevel, message: string): void;
}

/** One attempt at a workflow: a fresh instance that is led through its history and on from there. */
export class WorkflowRun implements WorkflowCalls {
  readonly id: ExecutionId;
  readonly #program: WorkflowProgram;
  readonly #host: RunHost;
  readonly #replay: Replay;
  readonly #params: readonly Json[];
  #waiting:
    | { joinSet: JoinSetId; resolve: (response: ResponseEvent) => void; reject: (why: Interrupt) => void }
    | undefined;
  /** Why the run must end, once it must: a guest may swallow what is thrown at it. */
  #interrupted: Interrupt | undefined;
  #oneOffs = 0;
  #draws = 0;
  #logLines = 0;

  constructor(id: ExecutionId, program: WorkflowProgram, history: readonly Event[], host: RunHost) {
    const created = history[0];
    assert(created?.kind === "created", `${id} has no history`);
    this.id = id;
    this.#program = program;
    this.#host = host;
    this.#params = created.params;
    this.#replay = new Replay(history);
  }

  get now(): Millis {
    return this.#replay.now;
  }

  get waiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Runs until the workflow ends or is interrupted. Rejects only when the world or the host has failed. */
  async start(): Promise<RunEnd> {
    const outcome = await this.#outcome();
    if (this.#interrupted !== undefined) return this.#endOf(this.#interrupted);
    assert(outcome !== undefined, `${this.id} ended without an outcome`);
    const step = this.#replay.matchEnd(outcome);
    return step.kind === "diverged" ? step : { kind: "finished", outcome };
  }

  /** Takes in a response that has just been appended. */
  deliver(response: ResponseEvent): void {
    this.#replay.extend(response);
    const waiting = this.#waiting;
    if (waiting?.joinSet !== response.joinSet) return;
    const next = this.#replay.takeResponse(waiting.joinSet);
    assert(next !== undefined, `${response.joinSet} has just been answered`);
    this.#waiting = undefined;
    waiting.resolve(next);
  }

  /** Unwinds a guest that waits. Its promise must be rejected: a suspended stack that is merely dropped is never freed. */
  interrupt(kind: "suspended" | "stopped"): void {
    const waiting = this.#waiting;
    assert(waiting !== undefined, `${this.id} does not wait`);
    this.#waiting = undefined;
    this.#interrupted = new Interrupt({ kind });
    waiting.reject(this.#interrupted);
  }

  callChild(name: FunctionName, shortName: string, params: readonly Json[]): Outcome | Promise<Outcome> {
    const joinSet = oneOffJoinSet(++this.#oneOffs, shortName);
    const paramsDigest = () => this.#program.digestOf(params);
    const event = this.#record({ kind: "child-submitted", joinSet, function: name, params, paramsDigest });
    if (event.kind === "child-refused") return event.outcome;
    const response = this.#response(joinSet);
    return response instanceof Promise ? response.then(childOutcome) : childOutcome(response);
  }

  sleep(scheduleAt: ScheduleAt, name: string | undefined): Millis | Promise<Millis> {
    const joinSet = oneOffJoinSet(++this.#oneOffs, name);
    const event = this.#record({ kind: "delay-submitted", joinSet, scheduleAt });
    assert(event.kind === "delay-submitted", `a delay was recorded as ${event.kind}`);
    const response = this.#replay.takeResponse(joinSet);
    if (response !== undefined) return event.dueAt;
    return this.#wait(joinSet, event.dueAt).then(() => event.dueAt);
  }

  draw(source: DrawSource, range: readonly Json[], value: (n: number) => Json): Json {
    const n = ++this.#draws;
    const event = this.#record({ kind: "value-drawn", source, range, value: () => value(n) });
    assert(event.kind === "value-drawn", `a draw was recorded as ${event.kind}`);
    return event.value;
  }

  log(level: LogLevel, message: string): void {
    this.#host.log(this.#logLines++, this.#replay.now, level, message);
  }

  trap(message: string): never {
    throw this.#end({ kind: "trapped", message });
  }

  async #outcome(): Promise<Outcome | undefined> {
    let guest: Guest | undefined;
    try {
      guest = this.#program.instantiate(this);
      return this.#host.admit(await this.#program.call(guest, this.#params));
    } catch (error) {
      if (this.#interrupted !== undefined) return undefined;
      if (error instanceof OutOfFuel) return { failure: "out-of-fuel", reason: error.message };
      if (error instanceof GuestTrap) return { failure: "uncategorized", reason: error.message };
      throw error;
    }
  }

  #record(intent: Intent): IntentEvent {
    if (this.#interrupted !== undefined) throw this.#interrupted;
    const step = this.#replay.match(intent);
    switch (step.kind) {
      case "replayed":
        return step.event;
      case "fresh": {
        const event = this.#fresh(intent);
        this.#replay.extend(event);
        return event;
      }
      case "diverged":
        throw this.#end(step);
    }
  }

  #fresh(intent: Intent): IntentEvent {
    try {
      return this.#host.record(intent);
    } catch (error) {
      if (error instanceof Interrupt) this.#interrupted = error;
      throw error;
    }
  }

  #response(joinSet: JoinSetId): ResponseEvent | Promise<ResponseEvent> {
    return this.#replay.takeResponse(joinSet) ?? this.#wait(joinSet);
  }

  #wait(joinSet: JoinSetId, dueAt?: Millis): Promise<ResponseEvent> {
    assert(this.#waiting === undefined, `${this.id} waits twice`);
    if (this.#host.parks(dueAt)) throw this.#end({ kind: "suspended" });
    return new Promise((resolve, reject) => {
      this.#waiting = { joinSet, resolve, reject };
    });
  }

  #end(reason: Interrupt["reason"]): Interrupt {
    this.#interrupted = new Interrupt(reason);
    return this.#interrupted;
  }

  #endOf({ reason }: Interrupt): RunEnd {
    switch (reason.kind) {
      case "suspended":
      case "stopped":
      case "history-ends":
        return { kind: reason.kind };
      case "diverged":
        return reason;
      case "trapped": {
        const outcome: Outcome = { failure: "uncategorized", reason: reason.message };
        const step = this.#replay.matchEnd(outcome);
        return step.kind === "diverged" ? step : { kind: "finished", outcome };
      }
      default:
        return unreachable(reason);
    }
  }
}

function childOutcome(response: ResponseEvent): Outcome {
  assert(response.kind === "child-finished", `a child was answered by ${response.kind}`);
  return response.outcome;
}
