import { assert } from "../core/assert.ts";
import { FairQueue } from "../core/fair-queue.ts";
import type { ExecutionId, ExecutionKey, FunctionName, Millis } from "../core/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Gate, Shut } from "./gate.ts";
import { type GatePair, Gates } from "./gates.ts";

/** What is kept of an activity that is ready for an attempt: no history. */
export interface Candidate {
  readonly key: ExecutionKey;
  readonly root: ExecutionId;
  readonly function: FunctionName;
  /** When it could first run. */
  readonly readyAt: Millis;
}

/** What an activity waits for that could run. */
export type Wait = { readonly for: "host" } | ({ readonly for: "component" | "function" } & Shut);

export interface AdmissionParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  /** Of all functions together. */
  readonly attemptsMax: number;
  /** Hears of each that may start, and calls `begin` if it does. It counts as under way until it has left. */
  readonly start: (key: ExecutionKey) => void;
}

/** Functions that the same limits hold back wait together. */
interface Lane {
  readonly gates: readonly Gate[];
  readonly queue: FairQueue<ExecutionKey>;
}

/** A function's way in. */
interface Way {
  readonly gates: GatePair;
  readonly lane: Lane;
}

/** Says which attempts may start. Those that share their limits wait in one lane, where roots take turns; lanes take
 *  turns too, and one that is shut holds up no other. A start costs as much as there are lanes: as limits, not attempts. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #gates: Gates;
  readonly #ways = new Map<FunctionName, Way>();
  readonly #lanes = new Map<Gate | undefined, Lane>();
  /** The lanes in which anybody waits, the next in turn first. */
  #turns: Lane[] = [];
  /** In order of their arrival. */
  readonly #waiting = new Map<ExecutionKey, Candidate>();
  readonly #underWay = new Map<ExecutionKey, GatePair>();
  #alarm: { readonly at: Millis; readonly cancel: () => void } | undefined;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#gates = new Gates(parts.catalogue);
  }

  get waiting(): ReadonlyMap<ExecutionKey, Candidate> {
    return this.#waiting;
  }

  /** How many wait where one of this function would. */
  inLine(name: FunctionName): number {
    return this.#wayOf(name).lane.queue.size;
  }

  /** Whether it may start at once, before anything else is asked for: then it counts as under way, as what is told to start
   *  does. */
  admits(key: ExecutionKey, name: FunctionName): boolean {
    const { gates, lane } = this.#wayOf(name);
    if (this.#isFull || lane.queue.size > 0 || isShut(lane, this.#parts.clock.now())) return false;
    this.#enter(key, gates);
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

  /** What may start does so. */
  begin(key: ExecutionKey): void {
    this.#underWay.get(key)?.begin(this.#parts.clock.now());
  }

  /** It is under way no more; `pump` lets others in. */
  leave(key: ExecutionKey): void {
    this.#underWay.get(key)?.leave();
    this.#underWay.delete(key);
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
    return this.#wayOf(candidate.function).gates.shut(this.#parts.clock.now()) ?? { for: "host" };
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
    this.#enter(candidate.key, this.#wayOf(candidate.function).gates);
    return candidate.key;
  }

  #enter(key: ExecutionKey, gates: GatePair): void {
    this.#underWay.set(key, gates);
    gates.enter();
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
    const gates = this.#gates.of(name);
    const { component, function: own } = gates;
    if (own.isLimited) return { gates, lane: this.#laneOf(own, [component, own]) };
    if (component.isLimited) return { gates, lane: this.#laneOf(component, [component]) };
    return { gates, lane: this.#laneOf(undefined, []) };
  }

  #laneOf(narrowest: Gate | undefined, gates: readonly Gate[]): Lane {
    const known = this.#lanes.get(narrowest);
    if (known !== undefined) return known;
    const lane = { gates, queue: new FairQueue<ExecutionKey>() };
    this.#lanes.set(narrowest, lane);
    return lane;
  }
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
