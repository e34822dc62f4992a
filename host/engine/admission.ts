import { assert } from "../core/assert.ts";
import { FairQueue } from "../core/fair-queue.ts";
import type { ExecutionId, ExecutionKey, FunctionName, Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { Catalogue } from "./catalogue.ts";
import { Gate, type Shut } from "./gate.ts";

/** What is kept of an activity that is ready for an attempt: no history. */
export interface Candidate {
  readonly key: ExecutionKey;
  readonly root: ExecutionId;
  readonly function: FunctionName;
}

/** What an activity waits for that could run. */
export type Wait = { readonly for: "host" } | ({ readonly for: "component" | "function" } & Shut);

export interface AdmissionParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  /** Of all functions together. */
  readonly attemptsMax: number;
  /** Hears of each that may start. It counts as under way until it has left. */
  readonly start: (key: ExecutionKey) => void;
}

/** Functions that the same limits hold back wait together. */
interface Lane {
  readonly gates: readonly Gate[];
  readonly queue: FairQueue<ExecutionKey>;
}

/** A function's way in: every gate counts its attempts. */
interface Way {
  readonly component: Gate;
  readonly function: Gate;
  readonly lane: Lane;
}

/** Says which attempts may start. Those that share their limits wait in one lane, where roots take turns; lanes take
 *  turns too, and one that is shut holds up no other. A start costs as much as there are lanes: as limits, not attempts. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #componentGates = new Map<string, Gate>();
  readonly #functionGates = new Map<FunctionName, Gate>();
  readonly #ways = new Map<FunctionName, Way>();
  readonly #lanes = new Map<Gate | undefined, Lane>();
  /** The lanes in which anybody waits, the next in turn first. */
  #turns: Lane[] = [];
  /** In order of their arrival. */
  readonly #waiting = new Map<ExecutionKey, Candidate>();
  readonly #underWay = new Map<ExecutionKey, Way>();
  #alarm: { readonly at: Millis; readonly cancel: () => void } | undefined;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  isWaiting(key: ExecutionKey): boolean {
    return this.#waiting.has(key);
  }

  /** Whether it may start at once, before anything else is asked for: then it counts as under way. */
  admits(key: ExecutionKey, name: FunctionName): boolean {
    const way = this.#wayOf(name);
    const now = this.#parts.clock.now();
    if (this.#isFull || way.lane.queue.size > 0 || isShut(way.lane, now)) return false;
    this.#enter(key, way, now);
    return true;
  }

  /** Puts it in line; it may start at once. */
  add(candidate: Candidate): void {
    if (this.#underWay.has(candidate.key) || this.#waiting.has(candidate.key)) return;
    this.#waiting.set(candidate.key, candidate);
    this.#lineUp(candidate);
    this.pump();
  }

  /** It waits no more. */
  delete(key: ExecutionKey): void {
    const candidate = this.#waiting.get(key);
    if (candidate === undefined) return;
    this.#waiting.delete(key);
    const { lane } = this.#wayOf(candidate.function);
    lane.queue.delete(key);
    if (lane.queue.size === 0) this.#turns = this.#turns.filter((one) => one !== lane);
  }

  /** It is under way no more; `pump` lets others in. */
  leave(key: ExecutionKey): void {
    const way = this.#underWay.get(key);
    if (way === undefined) return;
    this.#underWay.delete(key);
    way.component.leave();
    way.function.leave();
  }

  /** Starts whatever may start now. */
  pump(): void {
    for (let key = this.#take(); key !== undefined; key = this.#take()) this.#parts.start(key);
    this.#await();
  }

  /** Other limits hold from now on. */
  redeployed(): void {
    this.#ways.clear();
    this.#lanes.clear();
    this.#turns = [];
    for (const candidate of this.#waiting.values()) this.#lineUp(candidate);
    this.pump();
  }

  /** Undefined for what doesn't wait. */
  waitOf(key: ExecutionKey): Wait | undefined {
    const candidate = this.#waiting.get(key);
    if (candidate === undefined) return undefined;
    const way = this.#wayOf(candidate.function);
    const now = this.#parts.clock.now();
    for (const one of ["component", "function"] as const) {
      const shut = way[one].shut(now);
      if (shut !== undefined) return { for: one, ...shut };
    }
    return { for: "host" };
  }

  stop(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#turns = [];
    this.#waiting.clear();
    this.#underWay.clear();
  }

  get #isFull(): boolean {
    return this.#underWay.size >= this.#parts.attemptsMax;
  }

  #lineUp({ key, root, function: name }: Candidate): void {
    const { lane } = this.#wayOf(name);
    if (lane.queue.size === 0) this.#turns.push(lane);
    lane.queue.add(root, key);
  }

  #take(): ExecutionKey | undefined {
    if (this.#isFull) return undefined;
    const now = this.#parts.clock.now();
    const turn = this.#turns.findIndex((lane) => !isShut(lane, now));
    const lane = this.#turns[turn];
    if (lane === undefined) return undefined;
    this.#turns.splice(turn, 1);
    const key = lane.queue.take();
    const candidate = key === undefined ? undefined : this.#waiting.get(key);
    assert(candidate !== undefined, "a lane in which nobody waits has no turn");
    if (lane.queue.size > 0) this.#turns.push(lane);
    this.#waiting.delete(candidate.key);
    this.#enter(candidate.key, this.#wayOf(candidate.function), now);
    return candidate.key;
  }

  #enter(key: ExecutionKey, way: Way, now: Millis): void {
    this.#underWay.set(key, way);
    way.component.enter(now);
    way.function.enter(now);
  }

  /** Looks again when the first rate allows another; ends of attempts are told. */
  #await(): void {
    const now = this.#parts.clock.now();
    const at = this.#isFull ? undefined : this.#turns.map((lane) => opensAt(lane, now)).reduce(earlier, undefined);
    if (at === this.#alarm?.at) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (at === undefined) return;
    const cancel = this.#parts.clock.at(at, () => {
      this.#alarm = undefined;
      this.pump();
    });
    this.#alarm = { at, cancel };
  }

  #wayOf(name: FunctionName): Way {
    const known = this.#ways.get(name);
    if (known !== undefined) return known;
    const way = this.#newWay(name);
    this.#ways.set(name, way);
    return way;
  }

  #newWay(name: FunctionName): Way {
    const { catalogue } = this.#parts;
    const of = catalogue.find(name)?.component.name ?? "";
    const component = gateOf(this.#componentGates, of, () => catalogue.component(of) ?? {});
    const own = gateOf(this.#functionGates, name, () => catalogue.policy(name));
    if (own.isLimited) return { component, function: own, lane: this.#laneOf(own, [component, own]) };
    const shared = component.isLimited ? component : undefined;
    return { component, function: own, lane: this.#laneOf(shared, shared === undefined ? [] : [shared]) };
  }

  #laneOf(narrowest: Gate | undefined, gates: readonly Gate[]): Lane {
    const known = this.#lanes.get(narrowest);
    if (known !== undefined) return known;
    const lane = { gates, queue: new FairQueue<ExecutionKey>() };
    this.#lanes.set(narrowest, lane);
    return lane;
  }
}

function gateOf<Name>(gates: Map<Name, Gate>, name: Name, limits: ConstructorParameters<typeof Gate>[0]): Gate {
  const known = gates.get(name);
  if (known !== undefined) return known;
  const gate = new Gate(limits);
  gates.set(name, gate);
  return gate;
}

function isShut({ gates }: Lane, now: Millis): boolean {
  return gates.some((gate) => gate.shut(now) !== undefined);
}

/** Undefined when it opens with the end of an attempt. */
function opensAt({ gates }: Lane, now: Millis): Millis | undefined {
  let at = now;
  for (const gate of gates) {
    const shut = gate.shut(now);
    if (shut?.by === "concurrency") return undefined;
    if (shut !== undefined && shut.until > at) at = shut.until;
  }
  return at;
}

function earlier(a: Millis | undefined, b: Millis | undefined): Millis | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}
