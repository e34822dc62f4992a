import type { DrawSource, JsonRequest, RefusalError, ResultShape, ScheduleAt, StubAnswer } from "../core/event.ts";
import type { DelayId, ExecutionId, FunctionName, Millis } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import type { HostImports } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";
import type { Response, ResponseId, RunJoinSet } from "./run-join-set.ts";

/** A function to be called with these parameters. */
export interface CallRequest {
  readonly request: "direct" | "typed" | JsonRequest;
  readonly function: FunctionName;
  /** Of a JSON request as the workflow wrote them, otherwise canonical. */
  readonly params: Json;
  /** Of a direct call; the host knows it of others. */
  readonly returns?: ResultShape;
}

/** What the host answers to a request in JSON that it declines. */
export interface Refused {
  readonly refused: RefusalError;
}

type Soon<T> = T | Promise<T>;

/** What a workflow's guest may ask of its run, in the terms of the journal. */
export interface WorkflowCalls {
  readonly id: ExecutionId;
  /** The guest's own time: that of the last journaled event it has seen. */
  readonly now: Millis;
  /** Child of the latest call that waited for its result. */
  readonly lastCall: ExecutionId | undefined;
  /** Response of the latest one-off operation. */
  readonly lastOneOff: ResponseId | undefined;

  /** Calls a child in a one-off join set and waits for it. */
  call(request: CallRequest): Soon<(Response & { readonly kind: "child" }) | Refused>;
  /** Sleeps in a one-off join set. Returns the time for which the delay was due; undefined when it was cancelled. */
  sleep(scheduleAt: ScheduleAt, name: string | undefined): Soon<Millis | undefined>;
  /** `value` draws the n-th value of the execution, n from 1. */
  draw(source: DrawSource, range: readonly Json[], value: (n: number) => Json): Json;
  log(level: LogLevel, message: string): void;

  /** A generated join set, or one of this name; undefined when the name is in use. */
  createJoinSet(name?: string): RunJoinSet | undefined;
  /** Settles what is outstanding in the set, and waits until it is. */
  closeJoinSet(set: RunJoinSet): Soon<void>;
  /** As closing, without the wait: it is waited for before the workflow finishes. */
  dropJoinSet(set: RunJoinSet): void;
  submit(set: RunJoinSet, request: CallRequest): ExecutionId | Refused;
  submitDelay(set: RunJoinSet, scheduleAt: ScheduleAt): DelayId;
  /** Consumes the next response; undefined when all have been consumed. */
  next(set: RunJoinSet): Soon<Response | undefined>;
  tryNext(set: RunJoinSet): Soon<Response | "pending" | undefined>;
  /** A child whose response has been consumed. */
  consumed(id: ExecutionId): (Response & { readonly kind: "child" }) | undefined;

  /** Starts a top-level execution that is nobody's child, under the given id or a new one. */
  schedule(request: CallRequest, scheduleAt: ScheduleAt, id: ExecutionId | undefined): ExecutionId | Refused;
  generateId(): ExecutionId;
  /** Writes the result, `{ ok }` or `{ err }`, of a stub or external activity. */
  writeStub(id: ExecutionId, result: Json): StubAnswer;

  /** Asks for a signal of the channel; its response is a child's. */
  receive(set: RunJoinSet, channel: string): ExecutionId;
  /** Waits for a signal of the channel. */
  receiveOne(channel: string): Soon<Json>;
  publish(state: Json): void;
  /** Ends the run, to begin anew with these parameters. Returns why they don't fit. */
  continueAsNew(params: Json): string;

  /** The guest asked for what the host can't do: it ends as by a trap. */
  trap(message: string): never;
}

/** The deterministic WASI of one run, from the world outside this room. */
export type WorkflowWasi = (calls: WorkflowCalls) => HostImports;
