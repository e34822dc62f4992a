import { assert, unreachable } from "../core/assert.ts";
import type { Event, Outcome } from "../core/event.ts";
import type { ExecutionId, JoinSetId, Millis } from "../core/ids.ts";
import type { Intent, IntentEvent, ResponseEvent } from "../core/intent.ts";
import type { Json } from "../core/json.ts";
import { Replay } from "../core/replay.ts";
import { Interrupt } from "./interrupt.ts";
import type { RunEnd, RunHost } from "./run-host.ts";
import type { RunIds } from "./run-ids.ts";
import { Tries } from "./tries.ts";

interface Waiting {
  readonly joinSet: JoinSetId;
  readonly resolve: (response: ResponseEvent | undefined) => void;
  readonly reject: (why: Interrupt) => void;
  /** Of a poll, which does not wait for ever. */
  readonly cancel?: () => void;
}

/** A run's way through its history and on from there: what was recorded is answered from it, what is fresh goes to the host. */
export class RunJournal {
  readonly #id: ExecutionId;
  readonly #host: RunHost;
  readonly #ids: RunIds;
  readonly #replay: Replay;
  readonly #tries = new Tries();
  #waiting: Waiting | undefined;
  /** Why the run must end, once it must: a guest may swallow what is thrown at it. */
  #interrupted: Interrupt | undefined;

  constructor(id: ExecutionId, history: readonly Event[], ids: RunIds, host: RunHost) {
    this.#id = id;
    this.#host = host;
    this.#ids = ids;
    this.#replay = new Replay(history);
  }

  /** The time of the last event that the guest has seen. */
  get now(): Millis {
    return this.#replay.now;
  }

  get waiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Whether it waits for a moment only. */
  get polling(): boolean {
    return this.#waiting?.cancel !== undefined;
  }

  get interrupted(): boolean {
    return this.#interrupted !== undefined;
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
    const interrupted = this.end({ kind });
    waiting?.cancel?.();
    waiting?.reject(interrupted);
  }

  /** Takes the instance away to make room. A try under way has come to nothing, and is recorded, so that a workflow that
   *  polls gets on however often it is evicted. */
  evict(): void {
    const waiting = this.#waiting;
    if (this.polling && waiting !== undefined) {
      if (this.#tries.isOfAnother(waiting.joinSet)) this.recordTries();
      this.#tries.add(waiting.joinSet);
      this.recordTries();
    }
    this.interrupt("suspended");
  }

  /** What is to be thrown at the guest so that the run ends. The first reason stands. */
  end(reason: Interrupt["reason"]): Interrupt {
    this.#interrupted ??= new Interrupt(reason);
    return this.#interrupted;
  }

  /** Throws when the run must end. */
  goOn(): void {
    if (this.#interrupted !== undefined) throw this.#interrupted;
  }

  record(intent: Intent): IntentEvent {
    this.goOn();
    const step = this.#replay.match(intent);
    if (step.kind !== "fresh") return this.#followed(step);
    this.recordTries();
    const event = this.#fresh(intent);
    this.#replay.extend(event);
    return event;
  }

  /** The next response of a join set, when it comes. `dueAt` tells when it comes at the latest, if that is known. */
  response(joinSet: JoinSetId, dueAt: () => Millis | undefined): ResponseEvent | Promise<ResponseEvent> {
    this.goOn();
    const response = this.#replay.takeResponse(joinSet);
    if (response !== undefined) return response;
    assert(this.#waiting === undefined, `${this.#id} waits twice`);
    if (this.#host.parks(dueAt())) throw this.end({ kind: "suspended" });
    const { promise, resolve, reject } = Promise.withResolvers<ResponseEvent>();
    this.#waiting = { joinSet, resolve: resolve as Waiting["resolve"], reject };
    return promise;
  }

  /** The next response of a join set if there is one now; undefined otherwise, which takes a while to say. */
  try(joinSet: JoinSetId): ResponseEvent | undefined | Promise<ResponseEvent | undefined> {
    this.goOn();
    const step = this.#replay.matchTry(joinSet);
    if (step === undefined) {
      const response = this.#replay.takeResponse(joinSet);
      return response === undefined ? this.#poll(joinSet) : this.#found(joinSet, response);
    }
    const event = this.#followed(step);
    assert(event.kind === "next-tried", `a try was recorded as ${event.kind}`);
    if (!event.found) return this.#cameToNothing();
    const response = this.#replay.takeResponse(joinSet);
    assert(response !== undefined, `${joinSet} has no response that was found`);
    return response;
  }

  /** Makes the tries that came to nothing a fact. */
  recordTries(): void {
    const tried = this.#tries.take();
    if (tried === undefined) return;
    this.#replay.extend(this.#fresh({ kind: "next-tried", joinSet: tried.joinSet, found: false, times: tried.times }));
  }

  /** How the run ends whose guest came to this outcome; undefined for one that was interrupted. */
  endOf(outcome: Outcome | undefined): RunEnd {
    if (this.#interrupted !== undefined) return this.#endOf(this.#interrupted);
    assert(outcome !== undefined, `${this.#id} ended without an outcome`);
    return this.#finished(outcome);
  }

  #found(joinSet: JoinSetId, response: ResponseEvent): ResponseEvent {
    this.record({ kind: "next-tried", joinSet, found: true, times: 1 });
    return response;
  }

  /** Nothing is there: lets others go on for a while and looks again, once, before it says so. */
  #poll(joinSet: JoinSetId): Promise<ResponseEvent | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<ResponseEvent | undefined>();
    const again = () => {
      this.#waiting = undefined;
      resolve(undefined);
    };
    const cancel = this.#ask(() => this.#host.poll(this.#tries.inARow, again));
    this.#waiting = { joinSet, resolve, reject, cancel };
    return promise.then((response) => {
      if (response !== undefined) return this.#found(joinSet, response);
      this.goOn();
      if (this.#tries.isOfAnother(joinSet)) this.recordTries();
      this.#tries.add(joinSet);
      return this.#cameToNothing();
    });
  }

  #cameToNothing(): undefined {
    const count = this.#tries.cameToNothing();
    const { pollsMax } = this.#host;
    if (count <= pollsMax) return undefined;
    const message =
      `join-next-try has been answered "pending" ${count} times, and ${pollsMax} are allowed (polls-max): ` +
      "wait by join-next; a delay in the same join set bounds the wait";
    throw this.end({ kind: "trapped", message, limit: "polls-max" });
  }

  #followed(step: Exclude<ReturnType<Replay["match"]>, { kind: "fresh" }>): IntentEvent {
    switch (step.kind) {
      case "replayed":
        return step.event;
      case "over":
        throw this.end({ kind: "history-ends" });
      case "diverged":
        throw this.end(step);
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
      if (error instanceof Interrupt) this.#interrupted ??= error;
      throw error;
    }
  }

  #finished(outcome: Outcome): RunEnd {
    const step = this.#replay.matchEnd(outcome);
    switch (step.kind) {
      case "fresh":
        this.recordTries();
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
    if (step.kind === "over") return { kind: "history-ends" };
    if (step.kind === "fresh") this.recordTries();
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
      case "trapped": {
        const { message, limit } = reason;
        return this.#finished({ failure: "uncategorized", reason: message, ...(limit && { limit }) });
      }
      default:
        return unreachable(reason);
    }
  }
}
