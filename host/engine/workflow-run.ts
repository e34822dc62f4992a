import { assert } from "../core/assert.ts";
import {
  type DrawSource,
  type Event,
  type Outcome,
  type ResultShape,
  type RunLimits,
  type ScheduleAt,
  type StubAnswer,
  usualRunLimits,
} from "../core/event.ts";
import type { DelayId, ExecutionId, FunctionName, Millis } from "../core/ids.ts";
import type { ResponseEvent } from "../core/intent.ts";
import { type Json, jsonBytes, jsonBytesMax } from "../core/json.ts";
import { splitFunctionName } from "../core/names.ts";
import { type Guest, GuestTrap, OutOfFuel } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";
import type { RunEnd, RunHost } from "./run-host.ts";
import { RunIds } from "./run-ids.ts";
import type { Response, ResponseId, RunJoinSet } from "./run-join-set.ts";
import { RunJournal } from "./run-journal.ts";
import type { CallRequest, Refused, WorkflowCalls } from "./workflow-calls.ts";
import { jsonDigest, type WorkflowProgram } from "./workflow-program.ts";

type Child = Response & { readonly kind: "child" };

/** One attempt at a workflow: a fresh instance that is led through its history and on from there. */
export class WorkflowRun implements WorkflowCalls {
  readonly id: ExecutionId;
  readonly #program: WorkflowProgram;
  readonly #host: RunHost;
  readonly #params: readonly Json[];
  readonly #limits: RunLimits;
  readonly #ids: RunIds;
  readonly #journal: RunJournal;
  #logBytes = 0;
  readonly #consumed = new Map<ExecutionId, Child>();
  lastCall: ExecutionId | undefined;
  lastOneOff: ResponseId | undefined;

  constructor(id: ExecutionId, program: WorkflowProgram, history: readonly Event[], host: RunHost) {
    const first = history[0];
    assert(first?.kind === "created" || first?.kind === "continued", `${id} has no history`);
    this.id = id;
    this.#program = program;
    this.#host = host;
    this.#params = first.params;
    this.#limits = first.limits ?? usualRunLimits;
    this.#ids = new RunIds(id, first);
    this.#journal = new RunJournal(id, history, this.#ids, host);
  }

  get now(): Millis {
    return this.#journal.now;
  }

  get waiting(): boolean {
    return this.#journal.waiting;
  }

  get polling(): boolean {
    return this.#journal.polling;
  }

  /** Runs until the workflow ends or is interrupted. Rejects only when the world or the host has failed. */
  async start(): Promise<RunEnd> {
    return this.#journal.endOf(await this.#outcome());
  }

  /** Takes in a response that has just been appended. */
  deliver(response: ResponseEvent): void {
    this.#journal.deliver(response);
  }

  /** Takes the instance away to make room. */
  evict(): void {
    this.#journal.evict();
  }

  interrupt(kind: "suspended" | "stopped"): void {
    this.#journal.interrupt(kind);
  }

  call(request: CallRequest): Child | Refused | Promise<Child | Refused> {
    const set = this.#ids.oneOff(splitFunctionName(request.function).functionName);
    const child = this.submit(set, request);
    if (typeof child !== "string") return child;
    this.lastCall = child;
    const response = this.#response(set);
    return response instanceof Promise
      ? response.then((event) => this.#answered(set, event))
      : this.#answered(set, response);
  }

  sleep(scheduleAt: ScheduleAt, name: string | undefined): Millis | undefined | Promise<Millis | undefined> {
    const set = this.#ids.oneOff(name);
    this.submitDelay(set, scheduleAt);
    const response = this.#response(set);
    return response instanceof Promise ? response.then((event) => this.#slept(set, event)) : this.#slept(set, response);
  }

  draw(source: DrawSource, range: readonly Json[], value: (n: number) => Json): Json {
    const n = this.#ids.draw();
    const event = this.#journal.record({ kind: "value-drawn", source, range, value: () => value(n) });
    assert(event.kind === "value-drawn", `a draw was recorded as ${event.kind}`);
    return event.value;
  }

  generateId(): ExecutionId {
    const value = () => this.#host.newExecutionId();
    const event = this.#journal.record({ kind: "value-drawn", source: "execution-id", range: [], value });
    assert(event.kind === "value-drawn", `an id was recorded as ${event.kind}`);
    return event.value as ExecutionId;
  }

  log(level: LogLevel, message: string): void {
    this.#journal.goOn();
    if (this.#logBytes > logBytesMax) return;
    this.#logBytes += message.length;
    this.#journal.recordTries();
    const text = this.#logBytes > logBytesMax ? `no more is logged after ${logBytesMax} characters` : message;
    this.#host.log(this.#ids.logLine(), this.now, level, text);
  }

  createJoinSet(name?: string): RunJoinSet | undefined {
    return name === undefined ? this.#ids.generated() : this.#ids.named(name);
  }

  closeJoinSet(set: RunJoinSet): void | Promise<void> {
    if (!this.#close(set, true)) return;
    return this.#drain(set);
  }

  dropJoinSet(set: RunJoinSet): void {
    // What is dropped while the guest is unwound is settled with everything else.
    if (!this.#journal.interrupted) this.#close(set, false);
  }

  submit(set: RunJoinSet, { request, function: name, params, returns }: CallRequest): ExecutionId | Refused {
    this.#open(set);
    this.#bounded(params);
    const event = this.#journal.record({
      kind: "child-submitted",
      request,
      joinSet: set.id,
      index: set.nextChild,
      function: name,
      params,
      paramsDigest: () => jsonDigest(params),
    });
    if (event.kind === "request-refused") return { refused: event.error };
    assert(event.kind === "child-submitted" || event.kind === "child-refused", `a call was recorded as ${event.kind}`);
    const shape = event.kind === "child-submitted" ? event.returns : undefined;
    return set.addChild({ function: name, returns: returns ?? shape ?? anyShape });
  }

  submitDelay(set: RunJoinSet, scheduleAt: ScheduleAt): DelayId {
    this.#open(set);
    const event = this.#journal.record({ kind: "delay-submitted", joinSet: set.id, index: set.nextDelay, scheduleAt });
    assert(event.kind === "delay-submitted", `a delay was recorded as ${event.kind}`);
    set.addDelay(event.delay, event.dueAt);
    return event.delay;
  }

  next(set: RunJoinSet): Response | undefined | Promise<Response | undefined> {
    this.#open(set);
    if (set.unconsumed === 0) return undefined;
    this.#journal.record({ kind: "next-awaited", joinSet: set.id });
    const response = this.#response(set);
    return response instanceof Promise
      ? response.then((event) => this.#consume(set, event))
      : this.#consume(set, response);
  }

  tryNext(set: RunJoinSet): Response | "pending" | undefined | Promise<Response | "pending"> {
    this.#open(set);
    if (set.unconsumed === 0) return undefined;
    const answer = (event: ResponseEvent | undefined) => (event === undefined ? "pending" : this.#consume(set, event));
    const found = this.#journal.try(set.id);
    return found instanceof Promise ? found.then(answer) : answer(found);
  }

  consumed(id: ExecutionId): Child | undefined {
    return this.#consumed.get(id);
  }

  schedule(
    { request, function: name, params }: CallRequest,
    scheduleAt: ScheduleAt,
    id: ExecutionId | undefined,
  ): ExecutionId | Refused {
    assert(request !== "direct", "a direct call is not scheduled");
    this.#bounded(params);
    const event = this.#journal.record({
      kind: "execution-scheduled",
      request,
      function: name,
      params,
      paramsDigest: () => jsonDigest(params),
      scheduleAt,
      execution: id,
    });
    if (event.kind === "request-refused") return { refused: event.error };
    assert(event.kind === "execution-scheduled", `a schedule was recorded as ${event.kind}`);
    return event.execution;
  }

  writeStub(id: ExecutionId, result: Json): StubAnswer {
    this.#bounded(result);
    const event = this.#journal.record({
      kind: "stub-written",
      execution: id,
      result,
      resultDigest: jsonDigest(result),
    });
    assert(event.kind === "stub-written", `a result was recorded as ${event.kind}`);
    return event.answer;
  }

  receive(set: RunJoinSet, channel: string): ExecutionId {
    this.#open(set);
    this.#journal.record({ kind: "signal-requested", joinSet: set.id, index: set.nextChild, channel });
    return set.addChild({ function: signalFunction, returns: { ok: true, err: false } });
  }

  receiveOne(channel: string): Json | Promise<Json> {
    const set = this.#ids.oneOff(channel);
    this.receive(set, channel);
    const value = (event: ResponseEvent) => {
      const { outcome } = this.#answered(set, event);
      assert("ok" in outcome, `${this.id} goes on after its end`);
      return outcome.ok;
    };
    const response = this.#response(set);
    return response instanceof Promise ? response.then(value) : value(response);
  }

  publish(state: Json): void {
    this.#bounded(state);
    this.#journal.record({ kind: "state-published", state });
  }

  continueAsNew(params: Json): string {
    this.#bounded(params);
    const problem = this.#program.paramsProblem(params);
    if (problem !== undefined) return problem;
    throw this.#journal.end({ kind: "continued", params: this.#program.canonical(params) });
  }

  trap(message: string): never {
    throw this.#journal.end({ kind: "trapped", message });
  }

  #bounded(value: Json): void {
    if (!isText(value)) this.trap(`a value has ${jsonBytesMax} bytes of JSON or more, which is no text`);
  }

  #open(set: RunJoinSet): void {
    if (set.closed) this.trap(`the join set ${set.id} has been closed`);
  }

  /** Whether there was anything to be settled. */
  #close(set: RunJoinSet, waits: boolean): boolean {
    this.#open(set);
    set.closed = true;
    if (set.unconsumed === 0) return false;
    this.#journal.record({ kind: "join-set-closed", joinSet: set.id, waits });
    return true;
  }

  async #drain(set: RunJoinSet): Promise<void> {
    while (set.unconsumed > 0) set.consume(await this.#response(set));
  }

  #answered(set: RunJoinSet, event: ResponseEvent): Child {
    const response = this.#consume(set, event);
    assert(response.kind === "child", `a child was answered by ${event.kind}`);
    this.lastOneOff = response;
    return response;
  }

  #slept(set: RunJoinSet, event: ResponseEvent): Millis | undefined {
    const response = this.#consume(set, event);
    assert(response.kind === "delay", `a delay was answered by ${event.kind}`);
    this.lastOneOff = response;
    return response.cancelled ? undefined : response.dueAt;
  }

  #consume(set: RunJoinSet, event: ResponseEvent): Response {
    const response = set.consume(event);
    if (response.kind === "child" && this.#program.looksBack) this.#consumed.set(response.id, response);
    return response;
  }

  async #outcome(): Promise<Outcome | undefined> {
    let guest: Guest | undefined;
    try {
      guest = this.#program.instantiate(this, this.#limits, {
        turn: (canWait) => this.#turn(canWait),
        memory: this.#host.memory,
      });
      const outcome = await this.#program.call(guest, this.#params);
      if (isText(outcome)) return this.#host.admit(outcome);
      return { failure: "uncategorized", reason: "the result is no JSON text" };
    } catch (error) {
      if (this.#journal.interrupted) return undefined;
      if (error instanceof OutOfFuel) return { failure: "out-of-fuel", reason: error.message };
      if (error instanceof GuestTrap) return { failure: "uncategorized", reason: error.message };
      throw error;
    } finally {
      guest?.release();
    }
  }

  #turn(canWait: boolean): Promise<void> | undefined {
    this.#journal.goOn();
    return canWait ? this.#host.turn()?.then(() => this.#journal.goOn()) : undefined;
  }

  #response(set: RunJoinSet): ResponseEvent | Promise<ResponseEvent> {
    return this.#journal.response(set.id, () => set.dueAt);
  }
}

/** What a workflow may log from its start, or from where it began anew: the same on each replay. */
const logBytesMax = 1024 * 1024;

function isText(value: Json): boolean {
  return jsonBytes(value, jsonBytesMax) < jsonBytesMax;
}

/** Stands for the child that a request for a signal would be. */
const signalFunction = "stele:workflow/signals@1.0.0.receive" as FunctionName;

/** Of a child that the host declined to submit: its outcome is a platform failure, whose text is the same for all. */
const anyShape: ResultShape = { ok: true, err: true };
