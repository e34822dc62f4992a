import { assert, unreachable } from "../core/assert.ts";
import { isWritten } from "../core/deployment.ts";
import type { RefusalError, StubAnswer } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import { childId, delayId, depthOf, type ExecutionId, isTopLevel, levelsMax, type Millis } from "../core/ids.ts";
import { type Intent, type IntentEvent, isJsonRequest } from "../core/intent.ts";
import type { Json } from "../core/json.ts";
import { decodeParams, decodeResult, resultShape } from "../core/wit/signature.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Catalogue, DeployedFunction } from "./catalogue.ts";
import type { Executions } from "./executions.ts";
import { Interrupt } from "./interrupt.ts";
import type { Launch } from "./launch.ts";
import type { ShardLimits } from "./limits.ts";
import type { Live } from "./live.ts";
import { payloadProblem } from "./payload.ts";
import { dueTime } from "./schedule.ts";

export interface RecorderParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly executions: Executions;
  readonly journal: Journal;
  readonly launch: Launch;
  readonly limits: ShardLimits;
  /** Looks after the execution's delays at that time. */
  readonly wakeAt: (live: Live, at: Millis) => void;
}

type Of<Kind extends Intent["kind"]> = Extract<Intent, { kind: Kind }>;

/** What a request comes to: a function with parameters of its type, or why not. */
type Resolved =
  | { readonly kind: "call"; readonly target: DeployedFunction; readonly params: readonly Json[] }
  /** To a request in JSON the error says why; `reason` says it in words to anyone else. */
  | { readonly kind: "refused"; readonly error: RefusalError; readonly reason: string };

/** Makes what workflows ask for facts of the journal. */
export class Recorder {
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  record(live: Live, intent: Intent): IntentEvent {
    switch (intent.kind) {
      case "child-submitted":
        return this.#submit(live, intent);
      case "delay-submitted":
        return this.#delay(live, intent);
      case "value-drawn": {
        const { kind, source, range } = intent;
        return this.#alone(live, { kind, source, range, value: intent.value() });
      }
      case "signal-requested":
        return this.#receive(live, intent);
      case "state-published":
        return this.#publish(live, intent);
      case "next-awaited":
      case "next-tried":
        return this.#alone(live, intent);
      case "join-set-closed":
        return this.#close(live, intent);
      case "execution-scheduled":
        return this.#schedule(live, intent);
      case "stub-written": {
        const { kind, execution, resultDigest } = intent;
        return this.#stub(live, execution, intent.result, (answer) => ({ kind, execution, resultDigest, answer }));
      }
      default:
        return unreachable(intent);
    }
  }

  #alone<Body extends Parameters<Executions["next"]>[1]>(live: Live, body: Body): Body & Placed {
    const { executions } = this.#parts;
    const event = executions.next(live, body);
    executions.commit([{ live, events: [event] }]);
    return event;
  }

  #submit(live: Live, intent: Of<"child-submitted">): IntentEvent {
    const { executions, journal, launch } = this.#parts;
    const { joinSet, index, request } = intent;
    const resolved = depthOf(live.fold.id) < levelsMax ? this.#resolve(intent) : tooDeep;
    if (resolved.kind === "refused") return this.#refuse(live, intent, resolved);

    const { target, params } = resolved;
    const childKey = journal.nextKey();
    const child = childId(live.fold.id, joinSet, index);
    const unit = executions.unit();
    const submitted = unit.add(live, {
      kind: "child-submitted",
      joinSet,
      function: intent.function,
      params,
      child,
      childKey,
      ...(request !== "direct" && { returns: resultShape(target.type) }),
      ...(isJsonRequest(request) && { given: intent.paramsDigest() }),
    });
    const begun = launch.begin(unit, {
      key: childKey,
      id: child,
      parent: live.fold.key,
      function: intent.function,
      params,
      target,
    });
    begun(unit.commit());
    return submitted;
  }

  #refuse(live: Live, intent: Of<"child-submitted">, { error, reason }: Resolved & { kind: "refused" }): IntentEvent {
    const { request, joinSet, index, function: name } = intent;
    const paramsDigest = intent.paramsDigest();
    if (isJsonRequest(request)) {
      return this.#alone(live, { kind: "request-refused", request, function: name, paramsDigest, error });
    }
    const outcome = { failure: "uncategorized", reason } as const;
    return this.#alone(live, { kind: "child-refused", joinSet, index, function: name, paramsDigest, outcome });
  }

  #delay(live: Live, { joinSet, index, scheduleAt }: Of<"delay-submitted">): IntentEvent {
    const dueAt = dueTime(scheduleAt, this.#parts.clock.now());
    const delay = delayId(live.fold.id, joinSet, index);
    const event = this.#alone(live, { kind: "delay-submitted", joinSet, scheduleAt, delay, dueAt });
    this.#parts.wakeAt(live, dueAt);
    return event;
  }

  #receive(live: Live, intent: Of<"signal-requested">): IntentEvent {
    const { joinSet, index, channel } = intent;
    const waiting = live.fold.signals.find((signal) => signal.channel === channel);
    const unit = this.#parts.executions.unit();
    const requested = unit.add(live, intent);
    if (waiting !== undefined) {
      unit.respond(live, { kind: "signal-delivered", joinSet, index, ...waiting, buffered: true });
    }
    unit.commit();
    return requested;
  }

  #publish(live: Live, intent: Of<"state-published">): IntentEvent {
    const message = payloadProblem("the published state", intent.state, this.#parts.limits.payloadBytesMax);
    if (message !== undefined) throw new Interrupt({ kind: "trapped", message, limit: "payload-bytes-max" });
    return this.#alone(live, intent);
  }

  #close(live: Live, intent: Of<"join-set-closed">): IntentEvent {
    const unit = this.#parts.executions.unit();
    const closed = unit.add(live, intent);
    unit.settle(live, intent.joinSet, `the join set ${intent.joinSet} of its parent was closed`);
    unit.commit();
    return closed;
  }

  #schedule(live: Live, intent: Of<"execution-scheduled">): IntentEvent {
    const { clock, executions, journal, launch } = this.#parts;
    const { function: name, scheduleAt, request, execution: given } = intent;
    const resolved = this.#resolve(intent, given);
    if (resolved.kind === "refused") {
      if (!isJsonRequest(request)) throw new Interrupt({ kind: "trapped", message: resolved.reason });
      const paramsDigest = intent.paramsDigest();
      return this.#alone(live, {
        kind: "request-refused",
        request,
        function: name,
        paramsDigest,
        error: resolved.error,
      });
    }
    const { target, params } = resolved;
    const now = clock.now();
    const startAt = dueTime(scheduleAt, now);
    const execution = given ?? this.#parts.executions.newId();
    const unit = executions.unit();
    const scheduled = unit.add(live, {
      kind: "execution-scheduled",
      function: name,
      params,
      scheduleAt,
      execution,
      generated: given === undefined,
      startAt,
      ...(isJsonRequest(request) && { given: intent.paramsDigest() }),
    });
    // The same work under the same id is there already.
    const exists = given !== undefined && journal.findExecution(given) !== undefined;
    const begun = exists
      ? () => undefined
      : launch.begin(unit, {
          key: journal.nextKey(),
          id: execution,
          parent: null,
          function: name,
          params,
          target,
          startAt: startAt > now ? startAt : undefined,
        });
    begun(unit.commit());
    return scheduled;
  }

  #resolve(
    { request, function: name, params: asked }: Of<"child-submitted" | "execution-scheduled">,
    id?: ExecutionId,
  ): Resolved {
    const { catalogue, limits } = this.#parts;
    const target = catalogue.find(name);
    if (target === undefined) {
      const reason = `no component of the active deployment exports ${name}`;
      return { kind: "refused", error: "function-not-found", reason };
    }
    let params = asked;
    if (isJsonRequest(request)) {
      const decoded = decodeParams(target.type, asked);
      if (!decoded.ok) return mistyped(decoded.problem);
      params = decoded.canonical;
    }
    const canonical = params as readonly Json[];
    const tooLarge = payloadProblem(`the parameters of ${name}`, canonical, limits.payloadBytesMax);
    if (tooLarge !== undefined) return mistyped(tooLarge);
    const taken = id === undefined ? undefined : this.#taken(id, name, canonical);
    return taken === undefined ? { kind: "call", target, params: canonical } : mistyped(taken);
  }

  /** Why an execution can't be made under this id. */
  #taken(id: ExecutionId, name: string, params: readonly Json[]): string | undefined {
    const { journal } = this.#parts;
    if (!isTopLevel(id)) return `${id} is the id of a child; a scheduled execution is nobody's`;
    const row = journal.findExecution(id);
    if (row === undefined) return undefined;
    const created = journal.history(row.key)[0];
    const same =
      created?.kind === "created" &&
      created.function === name &&
      JSON.stringify(created.params) === JSON.stringify(params);
    return same ? undefined : `${id} exists already, for other work: ${row.function}`;
  }

  #stub<Body extends Parameters<Executions["next"]>[1]>(
    live: Live,
    id: ExecutionId,
    result: Json,
    bodyOf: (answer: StubAnswer) => Body,
  ): Body & Placed {
    const { executions } = this.#parts;
    const { answer, finish } = this.judge(id, result);
    const unit = executions.unit();
    const written = unit.add(live, bodyOf(answer));
    if (finish !== undefined) unit.finish(finish.live, finish.outcome);
    unit.commit();
    return written;
  }

  /** What a result for a stub or external activity comes to: an answer and, where it is the first, what it finishes. */
  judge(
    id: ExecutionId,
    result: Json,
  ): { answer: StubAnswer; finish?: { live: Live; outcome: { ok: Json } | { err: Json } } } {
    const { catalogue, executions, limits } = this.#parts;
    const row = executions.find(id);
    if (row === undefined || !isWritten(catalogue.kind(row.component))) return { answer: "execution-not-found" };
    const type = catalogue.find(row.function)?.type;
    if (type === undefined) return { answer: { typeCheckError: `the deployment has no ${row.function} any more` } };
    const decoded = decodeResult(type, result);
    if (!decoded.ok) return { answer: { typeCheckError: decoded.problem } };
    const tooLarge = payloadProblem("the result", decoded.value, limits.payloadBytesMax);
    if (tooLarge !== undefined) return { answer: { typeCheckError: tooLarge } };
    const live = row.status === "finished" ? undefined : executions.get(row.key);
    if (live !== undefined) return { answer: "ok", finish: { live, outcome: decoded.value } };
    return { answer: this.#wrote(row, decoded.value) ? "ok" : "conflict" };
  }

  #wrote(row: ExecutionRow, outcome: Json): boolean {
    const last = this.#parts.journal.load(row.key)?.history.at(-1);
    assert(last?.kind === "finished", `${row.id} has not finished`);
    return JSON.stringify(last.outcome) === JSON.stringify(outcome);
  }
}

const tooDeep = mistyped(`children are nested ${levelsMax} levels deep, and no deeper`);

type Placed = { version: number; at: Millis };

function mistyped(problem: string): Resolved {
  return { kind: "refused", error: { typeCheckError: problem }, reason: problem };
}
