import { assert } from "./assert.ts";
import { ByTime } from "./by-time.ts";
import type { DelayId, ExecutionId, ExecutionKey, JoinSetId, Millis } from "./ids.ts";

/** A child that has been submitted and not yet answered. */
export interface PendingChild {
  readonly child: ExecutionId;
  readonly childKey: ExecutionKey;
  readonly joinSet: JoinSetId;
}

/** A delay that has been submitted and not yet settled. */
export interface PendingDelay {
  readonly delay: DelayId;
  readonly joinSet: JoinSetId;
  readonly dueAt: Millis;
}

/** A request for a signal that has not come. */
export interface PendingSignal {
  readonly joinSet: JoinSetId;
  readonly index: number;
  readonly channel: string;
}

interface SetCounts {
  outstanding: number;
  /** Responses that no await has taken. */
  unconsumed: number;
  closed: boolean;
}

/** Delays that are settled before their time are kept up to this many, beside as many as are pending. */
const settledMax = 64;

/** What one execution has asked for and not been answered. */
export class Outstanding {
  readonly #children = new Map<ExecutionId, PendingChild>();
  readonly #delays = new Map<DelayId, PendingDelay>();
  /** The pending delays, and some that have been settled meanwhile. */
  #byTime = new ByTime<DelayId>();
  readonly #signals = new Map<string, PendingSignal>();
  /** Of sets that are not one-off: these have one request, and the call that makes it awaits it. */
  readonly #sets = new Map<JoinSetId, SetCounts>();

  get count(): number {
    return this.#children.size + this.#delays.size + this.#signals.size;
  }

  /** The join set of the request that has waited the longest for its answer. */
  get first(): JoinSetId | undefined {
    const [child] = this.#children.values();
    const [delay] = this.#delays.values();
    const [signal] = this.#signals.values();
    return (child ?? delay ?? signal)?.joinSet;
  }

  /** Of one join set, or of all. */
  children(joinSet?: JoinSetId): readonly PendingChild[] {
    return ofSet(this.#children.values(), joinSet);
  }

  delays(joinSet?: JoinSetId): readonly PendingDelay[] {
    return ofSet(this.#delays.values(), joinSet);
  }

  signals(joinSet?: JoinSetId): readonly PendingSignal[] {
    return ofSet(this.#signals.values(), joinSet);
  }

  child(id: ExecutionId): PendingChild | undefined {
    return this.#children.get(id);
  }

  delay(id: DelayId): PendingDelay | undefined {
    return this.#delays.get(id);
  }

  /** When the first delay is due. */
  get earliest(): Millis | null {
    for (let { first } = this.#byTime; first !== undefined; { first } = this.#byTime) {
      if (this.#delays.has(first.value)) return first.at;
      this.#byTime.takeFirst();
    }
    return null;
  }

  /** Delays that are due at `now`, the earliest first. */
  due(now: Millis): readonly PendingDelay[] {
    return this.#byTime.until(now).flatMap((id) => this.#delays.get(id) ?? []);
  }

  addChild({ child, childKey, joinSet }: PendingChild): void {
    this.#children.set(child, { child, childKey, joinSet });
    this.#counts(joinSet).outstanding++;
  }

  addDelay({ delay, joinSet, dueAt }: PendingDelay): void {
    this.#delays.set(delay, { delay, joinSet, dueAt });
    this.#byTime.add(dueAt, delay);
    this.#counts(joinSet).outstanding++;
  }

  addSignal({ joinSet, index, channel }: PendingSignal): void {
    this.#signals.set(`${joinSet}_${index}`, { joinSet, index, channel });
    this.#counts(joinSet).outstanding++;
  }

  settleSignal(joinSet: JoinSetId, index: number): void {
    assert(this.#signals.delete(`${joinSet}_${index}`), `${joinSet}_${index} asked for no signal`);
    this.#settled(joinSet);
  }

  /** Forgets all: nothing may be outstanding. */
  clear(): void {
    this.#sets.clear();
  }

  settleChild(child: ExecutionId, joinSet: JoinSetId): void {
    assert(this.#children.delete(child), `${child} is answered and was not submitted`);
    this.#settled(joinSet);
  }

  settleDelay(delay: DelayId, joinSet: JoinSetId): void {
    assert(this.#delays.delete(delay), `${delay} is settled and was not submitted`);
    if (this.#byTime.size > 2 * this.#delays.size + settledMax) this.#forgetSettled();
    this.#settled(joinSet);
  }

  /** A request that was declined is its own response. */
  refused(joinSet: JoinSetId): void {
    this.#counts(joinSet).unconsumed++;
  }

  /** Takes a response for an await; false when none is there yet. */
  consume(joinSet: JoinSetId): boolean {
    const counts = this.#counts(joinSet);
    if (counts.unconsumed === 0) return false;
    counts.unconsumed--;
    this.#tidy(joinSet, counts);
    return true;
  }

  close(joinSet: JoinSetId): void {
    const counts = this.#counts(joinSet);
    counts.closed = true;
    this.#tidy(joinSet, counts);
  }

  isSettled(joinSet: JoinSetId): boolean {
    return (this.#sets.get(joinSet)?.outstanding ?? 0) === 0;
  }

  isClosed(joinSet: JoinSetId): boolean {
    return this.#sets.get(joinSet)?.closed ?? false;
  }

  #forgetSettled(): void {
    this.#byTime = new ByTime();
    for (const { delay, dueAt } of this.#delays.values()) this.#byTime.add(dueAt, delay);
  }

  #settled(joinSet: JoinSetId): void {
    const counts = this.#counts(joinSet);
    counts.outstanding--;
    counts.unconsumed++;
    this.#tidy(joinSet, counts);
  }

  #counts(joinSet: JoinSetId): SetCounts {
    let counts = this.#sets.get(joinSet);
    if (counts === undefined) this.#sets.set(joinSet, (counts = { outstanding: 0, unconsumed: 0, closed: false }));
    return counts;
  }

  #tidy(joinSet: JoinSetId, { outstanding, unconsumed, closed }: SetCounts): void {
    if (outstanding === 0 && (closed || unconsumed === 0)) this.#sets.delete(joinSet);
  }
}

function ofSet<T extends { readonly joinSet: JoinSetId }>(all: Iterable<T>, joinSet: JoinSetId | undefined): T[] {
  const found: T[] = [];
  for (const one of all) if (joinSet === undefined || one.joinSet === joinSet) found.push(one);
  return found;
}
