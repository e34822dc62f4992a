import { assert } from "../../core/assert.ts";
import type { AttemptFailure } from "../../core/event.ts";
import type { Digest } from "../../core/ids.ts";
import type { Activities, ActivityAttempt, AttemptEnd, Sandbox } from "../../ports/activities.ts";
import { timerMsMax } from "../../ports/clock.ts";
import type { PreparedComponent } from "../component.ts";
import { defaultPoolLimits, type PoolLimits } from "./limits.ts";
import { MemoryUse, memoryCounters } from "./memory-use.ts";
import { ThreadLink } from "./thread-link.ts";
import type { RunNumber } from "./thread-messages.ts";

export interface PoolOptions {
  /** Threads at most; the first one is started at once, the others when there is work for them. */
  readonly threads: number;
  readonly component: (digest: Digest) => PreparedComponent | Promise<PreparedComponent>;
  readonly limits?: Partial<PoolLimits>;
  /** Where attempts have their scratch folders; it need not be there. Without it none is granted one. */
  readonly scratchDir?: string;
}

/** Runs attempts of activities in threads of its own, each attempt in a fresh instance. */
export function createActivityPool(options: PoolOptions): Activities {
  return new ActivityPool(options);
}

/** How often threads are looked after while they have attempts, in milliseconds. */
const watchMs = 250;
/** Threads that die under an attempt, by nobody's doing that can be told, before it is given one of its own, or given up where
 *  it was alone. */
const lossesMax = 4;
/** After so many times the grace a thread that answers nothing, and runs no guest, is given up. */
const deafFactor = 10;

/** Numbers for each thread that runs attempts together: for itself, for one of a single attempt, and for two that are ending. */
const numbersPerThread = 4;

interface Running {
  readonly attempt: ActivityAttempt;
  readonly ended: (end: AttemptEnd) => void;
  run: RunNumber;
  /** When it must have ended, wherever it is, by the clock of `performance`. */
  readonly endAt: number;
  /** Ends it then if it waits; in a thread it has a deadline. */
  readonly expiry: NodeJS.Timeout | undefined;
  prepared: PreparedComponent | undefined;
  /** Undefined while it waits for its component or a place. */
  thread: ThreadLink | undefined;
  deadlineMs: number;
  /** By the clock of `performance`. */
  deadlineAt: number;
  losses: number;
  /** It is suspected: it runs in a thread of its own, so that whatever becomes of that is its own doing. */
  alone: boolean;
  /** It was cancelled, or has ended: nobody waits for its end. */
  over: boolean;
}

class ActivityPool implements Activities {
  readonly #options: PoolOptions;
  readonly #limits: PoolLimits;
  /** With what runs in them, by run. What was cancelled keeps its place until the thread has let go of it. */
  readonly #threads = new Map<ThreadLink, Map<RunNumber, Running>>();
  readonly #silent = new Set<ThreadLink>();
  /** Threads of one attempt each. */
  readonly #ownThreads = new Set<ThreadLink>();
  readonly #attempts = new Map<ActivityAttempt, Running>();
  readonly #components = new Map<Digest, PreparedComponent>();
  readonly #queue = new Set<Running>();
  /** Those that wait for a thread of their own. */
  readonly #suspects = new Set<Running>();
  /** Of deployments that were replaced. */
  readonly #retired = new WeakSet<Sandbox>();
  readonly #memoryCounters: Int32Array<SharedArrayBuffer>;
  readonly #memory: MemoryUse;
  #lastRun = 0;
  /** Of threads that are there, or not gone yet. */
  readonly #numbers = new Set<number>();
  readonly #numbersMax: number;
  #watch: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#limits = { ...defaultPoolLimits, ...options.limits };
    this.#numbersMax = numbersPerThread * options.threads;
    this.#memoryCounters = memoryCounters(this.#numbersMax);
    this.#memory = new MemoryUse(this.#memoryCounters, this.#limits.memoryBytesMax);
    this.#addThread();
  }

  start(attempt: ActivityAttempt, ended: (end: AttemptEnd) => void): void {
    const { component, leftMs = Number.POSITIVE_INFINITY } = attempt;
    const running: Running = {
      attempt,
      ended,
      run: 0,
      endAt: performance.now() + leftMs,
      expiry: leftMs > timerMsMax ? undefined : setTimeout(() => this.#expire(running), leftMs),
      prepared: this.#components.get(component),
      thread: undefined,
      deadlineMs: 0,
      deadlineAt: 0,
      losses: 0,
      alone: false,
      over: false,
    };
    this.#attempts.set(attempt, running);
    if (running.prepared !== undefined) this.#place(running);
    else void this.#prepare(running);
  }

  cancel(attempt: ActivityAttempt): void {
    const running = this.#attempts.get(attempt);
    if (running === undefined) return;
    this.#attempts.delete(attempt);
    this.#queue.delete(running);
    this.#suspects.delete(running);
    running.over = true;
    clearTimeout(running.expiry);
    running.deadlineAt = performance.now();
    running.thread?.cancel(running.run);
  }

  retire(sandbox: Sandbox): void {
    this.#retired.add(sandbox);
    for (const [thread, runs] of this.#threads) this.#forget(thread, runs, sandbox);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    for (const { expiry } of this.#attempts.values()) clearTimeout(expiry);
    this.#attempts.clear();
    this.#queue.clear();
    this.#suspects.clear();
    const threads = [...this.#threads.keys()];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  async #prepare(running: Running): Promise<void> {
    const { component } = running.attempt;
    try {
      running.prepared = await this.#options.component(component);
      this.#components.set(component, running.prepared);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fail(running, "trap", `the component ${component} can't be run: ${message}`);
      return;
    }
    if (!this.#closed && !running.over) this.#place(running);
  }

  #place(running: Running): void {
    const thread = this.#freeThread();
    if (thread === undefined) this.#queue.add(running);
    else this.#run(thread, running);
  }

  #pump(): void {
    for (const running of this.#suspects) {
      if (this.#ownThreads.size >= this.#options.threads || this.#isFull || !this.#hasNumber) break;
      this.#suspects.delete(running);
      const thread = this.#addThread();
      this.#ownThreads.add(thread);
      this.#run(thread, running);
    }
    for (const running of this.#queue) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      this.#queue.delete(running);
      this.#run(thread, running);
    }
  }

  #run(thread: ThreadLink, running: Running): void {
    const { attempt, component, function: name, params, sandbox } = running.attempt;
    const now = performance.now();
    const deadlineMs = Math.min(running.attempt.deadlineMs, Math.max(Math.ceil(running.endAt - now), 0));
    const { prepared } = running;
    assert(prepared !== undefined, `attempt ${attempt} of ${name} was placed before its component was there`);
    running.run = ++this.#lastRun;
    running.thread = thread;
    running.deadlineMs = deadlineMs;
    running.deadlineAt = now + deadlineMs;
    this.#threads.get(thread)?.set(running.run, running);
    thread.start(prepared, sandbox, { run: running.run, attempt, component, function: name, params, deadlineMs });
    this.#watch ??= setInterval(() => this.#lookAfter(), watchMs).unref();
  }

  /** The thread with the fewest attempts, one that answers if possible; a new one when all have some. */
  #freeThread(): ThreadLink | undefined {
    if (this.#isFull) return undefined;
    let best: ThreadLink | undefined;
    let fewest = this.#limits.attemptsPerThread;
    for (const [thread, runs] of this.#threads) {
      if (runs.size >= fewest || this.#silent.has(thread) || this.#ownThreads.has(thread)) continue;
      best = thread;
      fewest = runs.size;
    }
    const shared = this.#threads.size - this.#ownThreads.size;
    if (fewest > 0 && shared < this.#options.threads && this.#hasNumber) return this.#addThread();
    return best ?? this.#leastBusySilent();
  }

  /** There is no memory for another guest until one of them has ended. */
  get #isFull(): boolean {
    return this.#memory.isScarce && this.#threads.values().some((runs) => runs.size > 0);
  }

  get #hasNumber(): boolean {
    return this.#numbers.size < this.#numbersMax;
  }

  /** Undefined while one of the threads answers. */
  #leastBusySilent(): ThreadLink | undefined {
    const shared = [...this.#threads].filter(([thread]) => !this.#ownThreads.has(thread));
    if (!shared.every(([thread]) => this.#silent.has(thread))) return undefined;
    const sizes = shared.filter(([, runs]) => runs.size < this.#limits.attemptsPerThread);
    return sizes.toSorted(([, a], [, b]) => a.size - b.size)[0]?.[0];
  }

  #addThread(): ThreadLink {
    let number = 0;
    while (this.#numbers.has(number)) number++;
    assert(number < this.#numbersMax, "a thread is made only where there is a number for it");
    this.#numbers.add(number);
    const means = { limits: this.#limits, memory: this.#memoryCounters, scratchDir: this.#options.scratchDir };
    const thread = new ThreadLink(number, means, {
      ended: (from, run, end) => this.#ended(from, run, end),
      stopped: (from, run) => this.#release(from, run),
      died: (from, why, last) => this.#died(from, why, last),
    });
    this.#threads.set(thread, new Map());
    return thread;
  }

  #ended(thread: ThreadLink, run: RunNumber, end: AttemptEnd): void {
    const running = this.#release(thread, run);
    if (running !== undefined) this.#finish(running, end);
  }

  /** Frees a place and gives it to the next in line. Returns whose it was, if it still matters. */
  #release(thread: ThreadLink, run: RunNumber): Running | undefined {
    const runs = this.#threads.get(thread);
    const running = runs?.get(run);
    runs?.delete(run);
    if (this.#ownThreads.has(thread)) this.#remove(thread);
    else if (runs !== undefined && running !== undefined) this.#forget(thread, runs, running.attempt.sandbox);
    this.#pump();
    return running?.run === run && !running.over ? running : undefined;
  }

  /** Takes a retired sandbox from a thread in which nothing has it any more. */
  #forget(thread: ThreadLink, runs: ReadonlyMap<RunNumber, Running>, sandbox: Sandbox): void {
    if (!this.#retired.has(sandbox) || runs.values().some(({ attempt }) => attempt.sandbox === sandbox)) return;
    thread.forget(sandbox);
  }

  #finish(running: Running, end: AttemptEnd): void {
    if (running.over || this.#closed) return;
    running.over = true;
    clearTimeout(running.expiry);
    this.#attempts.delete(running.attempt);
    running.ended(end);
  }

  /** All its time is over. */
  #expire(running: Running): void {
    if (running.thread !== undefined) return;
    this.#queue.delete(running);
    this.#suspects.delete(running);
    this.#fail(running, "timed-out", "its time was over while it waited to be run");
  }

  /** An end that no thread could give; what the guest logged is lost. */
  #fail(running: Running, kind: AttemptFailure["kind"], message: string): void {
    this.#finish(running, { kind: "failed", reason: { kind, message }, logs: [] });
  }

  /** Others may have filled the heap that gave out under the run that had the thread last. So that is suspected and goes on
   *  alone, as one does that has lost many threads; only who is alone in a thread that dies has ended by that. */
  #died(thread: ThreadLink, why: string, last: RunNumber): void {
    const runs = this.#remove(thread);
    const wasAlone = runs.size === 1;
    const suspect = runs.get(last);
    if (suspect?.run === last) {
      if (wasAlone) this.#fail(suspect, "trap", `the activity brought its thread down: ${why}`);
      else this.#againAlone(suspect);
    }
    for (const [run, running] of runs) {
      if (running === suspect || running.run !== run) continue;
      running.losses++;
      if (running.losses < lossesMax) this.#again(running);
      else if (!wasAlone) this.#againAlone(running);
      else this.#fail(running, "host-lost", `the thread of this attempt was lost ${running.losses} times: ${why}`);
    }
    this.#pump();
  }

  /** Deadlines are kept by the threads themselves. The pool steps in where a thread is too busy to do so. */
  #lookAfter(): void {
    const now = performance.now();
    let busy = false;
    this.#pump();
    for (const [thread, runs] of this.#threads) {
      if (runs.size === 0) {
        this.#silent.delete(thread);
        continue;
      }
      busy = true;
      const silentMs = thread.probe(now);
      if (silentMs < this.#limits.graceMs) this.#silent.delete(thread);
      else if (silentMs > this.#limits.graceMs * deafFactor && thread.current === 0) this.#deaf(thread);
      else this.#intervene(thread, runs, now - this.#limits.graceMs);
    }
    if (busy) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** No guest has the thread, and yet it does not answer. */
  #deaf(thread: ThreadLink): void {
    this.#died(thread, "it did not answer", 0);
  }

  /** A guest that spins past its deadline goes down with its thread. Neighbours that
   *  it kept from running past theirs get another thread and their whole time again, as far as there is time in all. */
  #intervene(thread: ThreadLink, runs: Map<RunNumber, Running>, dueBefore: number): void {
    this.#silent.add(thread);
    const spinning = runs.get(thread.current);
    if (spinning !== undefined && spinning.deadlineAt < dueBefore) {
      this.#remove(thread);
      this.#fail(spinning, "timed-out", `no result within ${spinning.deadlineMs} ms; the guest was computing`);
      for (const [run, running] of runs) if (running !== spinning && running.run === run) this.#again(running);
      this.#pump();
      return;
    }
    for (const [run, running] of runs) {
      if (running === spinning || running.run !== run || running.over || running.deadlineAt >= dueBefore) continue;
      thread.cancel(run);
      this.#again(running);
    }
  }

  /** Starts an attempt anew, with the same number. */
  #again(running: Running): void {
    if (running.over || this.#closed) return;
    running.thread = undefined;
    if (running.endAt <= performance.now()) this.#expire(running);
    else if (running.alone) this.#suspects.add(running);
    else this.#place(running);
  }

  #againAlone(running: Running): void {
    running.alone = true;
    this.#again(running);
  }

  #remove(thread: ThreadLink): Map<RunNumber, Running> {
    const runs = this.#threads.get(thread) ?? new Map<RunNumber, Running>();
    this.#threads.delete(thread);
    this.#silent.delete(thread);
    this.#ownThreads.delete(thread);
    // Until it is gone its guests may still take memory.
    void thread.terminate().then(() => {
      this.#memory.clear(thread.number);
      this.#numbers.delete(thread.number);
      if (!this.#closed) this.#pump();
    });
    return runs;
  }
}
