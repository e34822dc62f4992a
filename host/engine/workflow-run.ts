import { assert, unreachable } from "../core/assert.ts";
import type { DrawSource, Event, Outcome, ResultShape, ScheduleAt, StubAnswer } from "../core/event.ts";
import type { DelayId, ExecutionId, FunctionName, JoinSetId, Millis } from "../core/ids.ts";
import type { Intent, IntentEvent, ResponseEvent } from "../core/intent.ts";
import type { Json } from "../core/json.ts";
import { splitFunctionName } from "../core/names.ts";
import { Replay } from "../core/replay.ts";
import { type Guest, GuestTrap, OutOfFuel } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";
import { Interrupt } from "./interrupt.ts";
import type { RunEnd, RunHost } from "./run-host.ts";
import { RunIds } from "./run-ids.ts";
import type { Response, ResponseId, RunJoinSet } from "./run-join-set.ts";
import { Tries } from "./tries.ts";
import type { CallRequest, Refused, WorkflowCalls } from "./workflow-calls.ts";
import { jsonDigest, type WorkflowProgram } from "./workflow-program.ts";

type Child = Response & { readonly kind: "child" };

interface Waiting {
  readonly joinSet: JoinSetId;
  readonly resolve: (response: ResponseEvent | undefined) => void;
  readonly reject: (why: Interrupt) => void;
  /** Of a poll, which does not wait for ever. */
  readonly cancel?: () => void;
}

/** One attempt at a workflow: a fresh instance that is led through its history and on from there. */
export class WorkflowRun implements WorkflowCalls {
  readonly id: ExecutionId;
  readonly #program: WorkflowProgram;
  readonly #host: RunHost;
  readonly #replay: Replay;
  readonly #params: readonly Json[];
  #waiting: Waiting | undefined;
  /** Why the run must end, once it must: a guest may swallow what is thrown at it. */
  #interrupted: Interrupt | undefined;
  readonly #ids: RunIds;
  readonly #consumed = new Map<ExecutionId, Child>();
  readonly #tries = new Tries();
  lastCall: ExecutionId | undefined;
  lastOneOff: ResponseId | undefined;

  constructor(id: ExecutionId, program: WorkflowProgram, history: readonly Event[], host: RunHost) {
    const first = history[0];
    assert(first?.kind === "created" || first?.kind === "continued", `${id} has no history`);
    this.id = id;
    this.#ids = new RunIds(id, first);
    this.#program = program;
    this.#host = host;
    this.#params = first.params;
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
    return this.#ended(outcome);
  }

  /** Takes in a response that has just been appended. */
  deliver(response: ResponseEvent): void {
    this.#replay.extend(response);
    const waiting = this.#waiting;
    if (waiting?.joinSet !== response.joinSet) return;
    const next = this.#replay.takeResponse(waiting.joinSet);
    assert(next !== undefined, `${response.joinSet} has just been answered`);
    this.#waiting = undefined;
    waiting.cancel?.();
    waiting.resolve(next);
  }

  /** Ends the run from outside. A guest that waits is unwound: its promise must be rejected, since a suspended stack
   *  that is merely dropped is never freed. One that is just going on meets the end at its next host call. */
  interrupt(kind: "suspended" | "stopped"): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#interrupted ??= new Interrupt({ kind });
    waiting?.cancel?.();
    waiting?.reject(this.#interrupted);
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
    const event = this.#record({ kind: "value-drawn", source, range, value: () => value(n) });
    assert(event.kind === "value-drawn", `a draw was recorded as ${event.kind}`);
    return event.value;
  }

  generateId(): ExecutionId {
    const value = () => this.#host.newExecutionId();
    const event = this.#record({ kind: "value-drawn", source: "execution-id", range: [], value });
    assert(event.kind === "value-drawn", `an id was recorded as ${event.kind}`);
    return event.value as ExecutionId;
  }

  log(level: LogLevel, message: string): void {
    this.#recordTries();
    this.#host.log(this.#ids.logLine(), this.#replay.now, level, message);
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
    if (this.#interrupted === undefined) this.#close(set, false);
  }

  submit(set: RunJoinSet, { request, function: name, params, returns }: CallRequest): ExecutionId | Refused {
    this.#open(set);
    const event = this.#record({
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
    const event = this.#record({ kind: "delay-submitted", joinSet: set.id, index: set.nextDelay, scheduleAt });
    assert(event.kind === "delay-submitted", `a delay was recorded as ${event.kind}`);
    set.addDelay(event.delay, event.dueAt);
    return event.delay;
  }

  next(set: RunJoinSet): Response | undefined | Promise<Response | undefined> {
    this.#open(set);
    if (set.unconsumed === 0) return undefined;
    this.#record({ kind: "next-awaited", joinSet: set.id });
    const response = this.#response(set);
    return response instanceof Promise
      ? response.then((event) => this.#consume(set, event))
      : this.#consume(set, response);
  }

  tryNext(set: RunJoinSet): Response | "pending" | undefined | Promise<Response | "pending"> {
    this.#open(set);
    if (set.unconsumed === 0) return undefined;
    if (this.#interrupted !== undefined) throw this.#interrupted;
    const step = this.#replay.matchTry(set.id);
    if (step === undefined) {
      const response = this.#replay.takeResponse(set.id);
      return response === undefined ? this.#poll(set) : this.#found(set, response);
    }
    const { event } = this.#followed(step);
    assert(event.kind === "next-tried", `a try was recorded as ${event.kind}`);
    if (!event.found) return this.#pending();
    const response = this.#replay.takeResponse(set.id);
    assert(response !== undefined, `${set.id} has no response that was found`);
    return this.#consume(set, response);
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
    const event = this.#record({
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
    const event = this.#record({ kind: "stub-written", execution: id, result, resultDigest: jsonDigest(result) });
    assert(event.kind === "stub-written", `a result was recorded as ${event.kind}`);
    return event.answer;
  }

  receive(set: RunJoinSet, channel: string): ExecutionId {
    this.#open(set);
    this.#record({ kind: "signal-requested", joinSet: set.id, index: set.nextChild, channel });
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
    this.#record({ kind: "state-published", state });
  }

  continueAsNew(params: Json): string {
    const problem = this.#program.paramsProblem(params);
    if (problem !== undefined) return problem;
    throw this.#end({ kind: "continued", params: this.#program.canonical(params) });
  }

  trap(message: string): never {
    throw this.#end({ kind: "trapped", message });
  }

  #open(set: RunJoinSet): void {
    if (set.closed) this.trap(`the join set ${set.id} has been closed`);
  }

  /** Whether there was anything to be settled. */
  #close(set: RunJoinSet, waits: boolean): boolean {
    this.#open(set);
    set.closed = true;
    if (set.unconsumed === 0) return false;
    this.#record({ kind: "join-set-closed", joinSet: set.id, waits });
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

  #found(set: RunJoinSet, response: ResponseEvent): Response {
    this.#record({ kind: "next-tried", joinSet: set.id, found: true, times: 1 });
    return this.#consume(set, response);
  }

  /** Nothing is there: lets others go on for a while and looks again, once, before it says so. */
  #poll(set: RunJoinSet): Promise<Response | "pending"> {
    const { promise: waited, resolve, reject } = Promise.withResolvers<ResponseEvent | undefined>();
    const again = () => {
      this.#waiting = undefined;
      resolve(undefined);
    };
    const cancel = this.#ask(() => this.#host.poll(this.#tries.inARow, again));
    this.#waiting = { joinSet: set.id, resolve, reject, cancel };
    return waited.then((response) => {
      if (response !== undefined) return this.#found(set, response);
      if (this.#tries.isOfAnother(set.id)) this.#recordTries();
      this.#tries.add(set.id);
      return this.#pending();
    });
  }

  #pending(): "pending" {
    const count = this.#tries.cameToNothing();
    if (count <= this.#host.pollsMax) return "pending";
    const message =
      `join-next-try has been answered "pending" ${count} times, and ${this.#host.pollsMax} are allowed (polls-max): ` +
      "wait by join-next; a delay in the same join set bounds the wait";
    throw this.#end({ kind: "trapped", message, limit: "polls-max" });
  }

  /** Makes the tries that came to nothing a fact. */
  #recordTries(): void {
    const tried = this.#tries.take();
    if (tried === undefined) return;
    this.#replay.extend(this.#fresh({ kind: "next-tried", joinSet: tried.joinSet, found: false, times: tried.times }));
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
    if (step.kind !== "fresh") return this.#followed(step).event;
    this.#recordTries();
    const event = this.#fresh(intent);
    this.#replay.extend(event);
    return event;
  }

  #followed(step: Exclude<ReturnType<Replay["match"]>, { kind: "fresh" }>): { readonly event: IntentEvent } {
    switch (step.kind) {
      case "replayed":
        return step;
      case "over":
        throw this.#end({ kind: "history-ends" });
      case "diverged":
        throw this.#end(step);
    }
  }

  #fresh(intent: Intent): IntentEvent {
    return this.#ask(() => this.#host.record(intent));
  }

  /** Asks the host, who may answer by ending the run. */
  #ask<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      if (error instanceof Interrupt) this.#interrupted = error;
      throw error;
    }
  }

  #response(set: RunJoinSet): ResponseEvent | Promise<ResponseEvent> {
    const { id: joinSet } = set;
    const response = this.#replay.takeResponse(joinSet);
    if (response !== undefined) return response;
    assert(this.#waiting === undefined, `${this.id} waits twice`);
    if (this.#host.parks(set.dueAt)) throw this.#end({ kind: "suspended" });
    return new Promise((resolve, reject) => {
      this.#waiting = { joinSet, resolve: resolve as Waiting["resolve"], reject };
    });
  }

  #end(reason: Interrupt["reason"]): Interrupt {
    this.#interrupted = new Interrupt(reason);
    return this.#interrupted;
  }

  #ended(outcome: Outcome): RunEnd {
    const step = this.#replay.matchEnd(outcome);
    switch (step.kind) {
      case "fresh":
        this.#recordTries();
        return { kind: "finished", outcome };
      case "replayed":
        return { kind: "finished", outcome };
      case "over":
        return { kind: "history-ends" };
      case "diverged":
        return step;
    }
  }

  #continued(params: readonly Json[]): RunEnd {
    const step = this.#replay.matchContinuation(params);
    if (step.kind === "diverged") return step;
    if (step.kind === "fresh") this.#recordTries();
    return { kind: "continued", params, counts: this.#ids.counts };
  }

  #endOf({ reason }: Interrupt): RunEnd {
    switch (reason.kind) {
      case "suspended":
      case "stopped":
      case "history-ends":
        return { kind: reason.kind };
      case "diverged":
        return reason;
      case "continued":
        return this.#continued(reason.params);
      case "trapped":
        return this.#ended({
          failure: "uncategorized",
          reason: reason.message,
          ...(reason.limit && { limit: reason.limit }),
        });
      default:
        return unreachable(reason);
    }
  }
}

/** Stands for the child that a request for a signal would be. */
const signalFunction = "stele:workflow/signals@1.0.0.receive" as FunctionName;

/** Of a child that the host declined to submit: its outcome is a platform failure, whose text is the same for all. */
const anyShape: ResultShape = { ok: true, err: true };
