const real = {
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  dateNow: Date.now,
  performanceNow: performance.now.bind(performance),
};

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Stands in for the event loop: what asks for a later turn or for a time gets it when this one says so, in an order that
 *  is the same on each run. Promises are the engine's own. */
export class SimulatedLoop {
  /** Since the beginning; it never goes back. */
  nowMs = 0;
  /** By how much the machine's clock is ahead of that. */
  clockAheadMs: number;
  readonly #immediates = new Set<() => void>();
  readonly #timers = new Set<Timer>();
  #orders = 0;

  constructor(startMs: number) {
    this.clockAheadMs = startMs;
  }

  /** Takes the place of this process's timers and clocks until `uninstall`. */
  install(): void {
    Object.assign(globalThis, {
      setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => this.#soon(() => run(...args)),
      clearImmediate: (immediate: (() => void) | undefined) => {
        if (immediate !== undefined) this.#immediates.delete(immediate);
      },
      setTimeout: (run: () => void, ms = 0) => this.after(ms, run),
      clearTimeout: (timer: Timer | undefined) => {
        if (timer !== undefined) this.#timers.delete(timer);
      },
    });
    Date.now = () => this.nowMs + this.clockAheadMs;
    performance.now = () => this.nowMs;
  }

  uninstall(): void {
    const { dateNow, performanceNow, ...timers } = real;
    Object.assign(globalThis, timers);
    Date.now = dateNow;
    performance.now = performanceNow;
  }

  after(ms: number, run: () => void): Timer {
    const timer = { atMs: this.nowMs + Math.max(1, Math.floor(ms)), order: ++this.#orders, run };
    this.#timers.add(timer);
    return timer;
  }

  /** Gives one turn to whoever has waited the longest; when nobody is ready time passes until somebody is. False when
   *  nothing will ever happen again. */
  async step(): Promise<boolean> {
    const next = this.#takeImmediate() ?? this.#takeTimer();
    next?.();
    await new Promise((resolve) => real.setImmediate(resolve));
    return next !== undefined || this.#immediates.size > 0;
  }

  /** Whether somebody is ready at this time. */
  get isBusy(): boolean {
    return this.#immediates.size > 0;
  }

  #soon(run: () => void): () => void {
    const immediate = () => run();
    this.#immediates.add(immediate);
    return immediate;
  }

  #takeImmediate(): (() => void) | undefined {
    const [first] = this.#immediates;
    if (first !== undefined) this.#immediates.delete(first);
    return first;
  }

  #takeTimer(): (() => void) | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (first === undefined || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order))
        first = timer;
    if (first === undefined) return undefined;
    this.#timers.delete(first);
    this.nowMs = Math.max(this.nowMs, first.atMs);
    return first.run;
  }
}
