import { assert } from "../core/assert.ts";
import type { Outcome, ResultShape } from "../core/event.ts";
import {
  childId,
  type DelayId,
  type ExecutionId,
  type FunctionName,
  type JoinSetId,
  type Millis,
} from "../core/ids.ts";
import type { ResponseEvent } from "../core/intent.ts";

export type ResponseId =
  | { readonly kind: "child"; readonly id: ExecutionId }
  | { readonly kind: "delay"; readonly id: DelayId };

/** A response as the guest that awaited it gets to know it. */
export type Response =
  | ({ readonly kind: "child"; readonly id: ExecutionId; readonly outcome: Outcome } & ChildRequest)
  | { readonly kind: "delay"; readonly id: DelayId; readonly dueAt: Millis; readonly cancelled: boolean };

type SetCounts = readonly [children: number, delays: number];

interface ChildRequest {
  readonly function: FunctionName;
  readonly returns: ResultShape;
}

/** A join set as one run of its workflow knows it: what was submitted to it, and what has been consumed. */
export class RunJoinSet {
  readonly id: JoinSetId;
  readonly #execution: ExecutionId;
  readonly #children = new Map<number, ChildRequest>();
  readonly #delays = new Map<DelayId, Millis>();
  #childCount: number;
  #delayCount: number;
  /** The response that the latest await has consumed. */
  lastId: ResponseId | undefined;
  /** It was given back to the host: nothing can be asked of it any more. */
  closed = false;

  /** A name that was used before the workflow began anew goes on from its counts of then. */
  constructor(execution: ExecutionId, id: JoinSetId, [children, delays]: SetCounts = [0, 0]) {
    this.#execution = execution;
    this.id = id;
    this.#childCount = children;
    this.#delayCount = delays;
  }

  get counts(): SetCounts {
    return [this.#childCount, this.#delayCount];
  }

  /** The index that the next child takes. */
  get nextChild(): number {
    return this.#childCount + 1;
  }

  get nextDelay(): number {
    return this.#delayCount + 1;
  }

  addChild(request: ChildRequest): ExecutionId {
    this.#children.set(++this.#childCount, request);
    return childId(this.#execution, this.id, this.#childCount);
  }

  addDelay(delay: DelayId, dueAt: Millis): void {
    this.#delayCount++;
    this.#delays.set(delay, dueAt);
  }

  /** Requests whose responses have not been consumed. */
  get unconsumed(): number {
    return this.#children.size + this.#delays.size;
  }

  /** When the first of its delays is due, if nothing but delays can answer; undefined otherwise. */
  get dueAt(): Millis | undefined {
    if (this.#children.size > 0 || this.#delays.size === 0) return undefined;
    let first = Number.POSITIVE_INFINITY;
    for (const dueAt of this.#delays.values()) if (dueAt < first) first = dueAt;
    return first as Millis;
  }

  consume(event: ResponseEvent): Response {
    const response = this.#response(event);
    this.lastId = response;
    return response;
  }

  #response(event: ResponseEvent): Response {
    switch (event.kind) {
      case "child-finished":
      case "child-refused":
      case "signal-delivered":
      case "signal-cancelled": {
        const { index } = event;
        const outcome = outcomeOf(event);
        const request = this.#children.get(index);
        assert(request !== undefined, `${this.id} has no child ${index} to be answered`);
        this.#children.delete(index);
        return { kind: "child", id: childId(this.#execution, this.id, index), ...request, outcome };
      }
      case "delay-expired":
      case "delay-cancelled": {
        const dueAt = this.#delays.get(event.delay);
        assert(dueAt !== undefined, `${this.id} has no delay ${event.delay} to be settled`);
        this.#delays.delete(event.delay);
        return { kind: "delay", id: event.delay, dueAt, cancelled: event.kind === "delay-cancelled" };
      }
    }
  }
}

/** A signal is a child's ok; one that was never received is an err without a payload. */
function outcomeOf(event: Exclude<ResponseEvent, { kind: "delay-expired" | "delay-cancelled" }>): Outcome {
  switch (event.kind) {
    case "child-finished":
    case "child-refused":
      return event.outcome;
    case "signal-delivered":
      return { ok: event.value };
    case "signal-cancelled":
      return { err: null };
  }
}
