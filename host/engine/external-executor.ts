import { assert } from "../core/assert.ts";
import type { AttemptFailure } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import {
  type ExecutionId,
  type ExecutionKey,
  type FunctionName,
  type Millis,
  type Position,
  rootOf,
} from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { giveUpAt } from "../core/retry.ts";
import { decodeResult } from "../core/wit/signature.ts";
import type { Journal } from "../ports/journal.ts";
import { AttemptEnds, type AttemptEndsParts } from "./attempt-ends.ts";
import type { Executions } from "./executions.ts";
import { type GatePair, Gates } from "./gates.ts";
import type { Live } from "./live.ts";
import { ReadyWork } from "./ready-work.ts";
import { Timers } from "./timers.ts";

/** An external activity in the hands of a worker, until `leaseUntil`. */
export interface Claim {
  readonly id: ExecutionId;
  /** Says which claim is meant: a later claim has a higher number, and the older one's answers are refused. */
  readonly attempt: number;
  readonly function: FunctionName;
  readonly params: readonly Json[];
  readonly leaseUntil: Millis;
}

/** What became of a worker's word: `lost` when the lease is no longer the worker's. */
export type WorkerAnswer = "ok" | "lost" | { readonly typeCheckError: string };

export interface ExternalParts extends AttemptEndsParts {
  readonly journal: Journal;
  readonly fail: (error: unknown) => void;
}

interface Keyed {
  readonly key: ExecutionKey;
}

interface Lease {
  readonly live: Live;
  /** Through which it came, and which count it. */
  readonly gates: GatePair;
  readonly attempt: number;
}

/** Gives external activities to workers outside, each fenced by a lease. */
export class ExternalExecutor {
  readonly #parts: ExternalParts;
  readonly #ends: AttemptEnds;
  readonly #ready = new ReadyWork();
  readonly #leases = new Map<ExecutionKey, Lease>();
  readonly #gates: Gates;
  readonly #retries: Timers<Keyed>;
  /** Of leases, and of the time that those have left which nobody has claimed. */
  readonly #expiries: Timers<Keyed>;
  #stopped = false;

  constructor(parts: ExternalParts) {
    this.#parts = parts;
    this.#gates = new Gates(parts.catalogue);
    this.#ends = new AttemptEnds(parts, (live, at) => this.ready(live, at));
    this.#retries = new Timers(parts.clock, ({ key }) => this.#guard(() => this.#offer(key)));
    this.#expiries = new Timers(parts.clock, ({ key }) => this.#guard(() => this.#expire(key)));
  }

  /** Other limits hold from now on. */
  redeployed(): void {
    for (const [key, name] of this.#ready.all()) {
      const limited = this.#parts.catalogue.policy(name).retry.totalMs !== undefined;
      const live = limited ? this.#parts.executions.get(key) : undefined;
      if (live === undefined) this.#expiries.delete(key);
      else this.#limitTotal(live);
    }
  }

  /** Makes an activity claimable at that time; null stands for now. */
  ready(live: Live, at: Millis | null): void {
    this.#readyAt(live.fold.key, at);
    this.#parts.executions.release(live);
  }

  /** Takes up an activity that nobody has claimed. */
  takeUp({ key, wakeAt }: ExecutionRow): void {
    this.#readyAt(key, wakeAt);
  }

  /** Takes up an activity that was claimed under an earlier host: its worker may be alive, so the lease begins anew. */
  renewed(key: ExecutionKey, leaseMs: number): void {
    const live = this.#parts.executions.get(key);
    if (live !== undefined) this.#lease(live, this.#enter(live.fold.function), leaseMs);
  }

  /** Claims up to `max` activities of these functions, or of any, as far as their limits allow. Resolves once the claims
   *  are durable. */
  async claim(functions: readonly FunctionName[] | undefined, max: number, leaseMs: number): Promise<Claim[]> {
    const { executions, journal } = this.#parts;
    const claims: Claim[] = [];
    let latest: Position | undefined;
    const wanted = functions && new Set(functions);
    const isWanted = (name: FunctionName) =>
      wanted?.has(name) !== false && this.#gates.of(name).shut(this.#parts.clock.now()) === undefined;
    while (claims.length < max) {
      const next = this.#ready.take(isWanted);
      if (next === undefined) break;
      const { key, function: name } = next;
      const opened = this.#take(key);
      if (opened?.live.fold.status !== "pending") continue;
      const { live, history } = opened;
      if (this.#ends.isOverdue(live)) {
        this.#ends.gaveUp(live);
        continue;
      }
      const created = history[0];
      assert(created?.kind === "created", `${live.fold.id} has no history`);
      const attempt = live.fold.attempts + 1;
      latest = executions.commit([
        { live, events: [executions.next(live, { kind: "attempt-started", attempt, leaseMs })] },
      ]);
      const gates = this.#enter(name);
      gates.begin(this.#parts.clock.now());
      const leaseUntil = this.#lease(live, gates, leaseMs);
      claims.push({ id: live.fold.id, attempt, function: name, params: created.params, leaseUntil });
    }
    if (latest !== undefined) await journal.durable(latest);
    return claims;
  }

  heartbeat(key: ExecutionKey, attempt: number, leaseMs: number): Millis | "lost" {
    const lease = this.#held(key, attempt);
    return lease === undefined ? "lost" : this.#lease(lease.live, lease.gates, leaseMs);
  }

  complete(key: ExecutionKey, attempt: number, result: unknown): WorkerAnswer {
    const lease = this.#held(key, attempt);
    if (lease === undefined) return "lost";
    const type = this.#parts.catalogue.find(lease.live.fold.row.function)?.type;
    if (type === undefined) return { typeCheckError: "the deployment has no such function any more" };
    const decoded = decodeResult(type, result);
    if (!decoded.ok) return { typeCheckError: decoded.problem };
    this.#endLease(key);
    this.#ends.returned(lease.live, decoded.value, []);
    return "ok";
  }

  failed(key: ExecutionKey, attempt: number, reason: AttemptFailure): WorkerAnswer {
    const lease = this.#held(key, attempt);
    if (lease === undefined) return "lost";
    this.#endLease(key);
    this.#ends.failed(lease.live, reason, []);
    return "ok";
  }

  /** Sees to it that nothing more is heard of the activity's worker. */
  halt(key: ExecutionKey): void {
    this.#ready.delete(key);
    this.#retries.delete(key);
    this.#endLease(key);
  }

  isLeased(key: ExecutionKey): boolean {
    return this.#leases.has(key);
  }

  stop(): void {
    this.#stopped = true;
    this.#retries.stop();
    this.#expiries.stop();
    this.#ready.clear();
    this.#leases.clear();
  }

  /** It is no longer among those that are ready: when it can't be read now, nobody would claim it any more. */
  #take(key: ExecutionKey): ReturnType<Executions["open"]> {
    try {
      return this.#parts.executions.open(key);
    } catch (error) {
      this.#parts.fail(error);
      throw error;
    }
  }

  #held(key: ExecutionKey, attempt: number): Lease | undefined {
    const lease = this.#leases.get(key);
    return lease?.attempt === attempt ? lease : undefined;
  }

  #enter(name: FunctionName): GatePair {
    const gates = this.#gates.of(name);
    gates.enter();
    return gates;
  }

  #endLease(key: ExecutionKey): void {
    this.#leases.get(key)?.gates.leave();
    this.#leases.delete(key);
    this.#expiries.delete(key);
  }

  #readyAt(key: ExecutionKey, at: Millis | null): void {
    if (at === null || at <= this.#parts.clock.now()) this.#offer(key);
    else this.#retries.set(at, { key });
  }

  /** Lets workers claim it. */
  #offer(key: ExecutionKey): void {
    const live = this.#parts.executions.get(key);
    if (live?.fold.status !== "pending") return;
    this.#ready.add({ key, function: live.fold.function }, rootOf(live.fold.id));
    this.#parts.executions.release(live);
    this.#limitTotal(live);
  }

  #limitTotal(live: Live): void {
    const endsAt = this.#endsAt(live);
    if (Number.isFinite(endsAt)) this.#expiries.set(endsAt, { key: live.fold.key });
  }

  #endsAt({ fold }: Live): Millis {
    return giveUpAt(this.#parts.catalogue.policy(fold.function).retry, fold.readyAt);
  }

  /** No lease outlasts the activity's total time. */
  #lease(live: Live, gates: GatePair, leaseMs: number): Millis {
    const { key, attempts: attempt } = live.fold;
    const until = Math.min(this.#parts.clock.now() + leaseMs, this.#endsAt(live)) as Millis;
    this.#leases.set(key, { live, gates, attempt });
    this.#expiries.set(until, { key });
    return until;
  }

  #expire(key: ExecutionKey): void {
    const lease = this.#leases.get(key);
    if (lease === undefined) return this.#giveUp(key);
    this.#endLease(key);
    const reason = this.#ends.isOverdue(lease.live)
      ? ({ kind: "timed-out", message: "its worker was not done in time" } as const)
      : ({ kind: "lease-lost", message: "its worker was not heard of in time" } as const);
    this.#ends.failed(lease.live, reason, []);
  }

  /** Ends an activity that nobody has claimed, if it has no time left. */
  #giveUp(key: ExecutionKey): void {
    const live = this.#ready.has(key) ? this.#parts.executions.get(key) : undefined;
    if (live?.fold.status === "pending") this.#ends.gaveUp(live);
  }

  #guard(action: () => void): void {
    if (this.#stopped) return;
    try {
      action();
    } catch (error) {
      this.#parts.fail(error);
    }
  }
}
