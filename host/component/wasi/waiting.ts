/** Something that a guest may wait for. It may become ready and cease to be so any number of times. */
export interface Condition {
  ready(): boolean;
  /** Calls `wake` when it may have become ready. Returns what takes that back. */
  whenReady(wake: () => void): () => void;
}

/** How the guests of one kind wait. */
export interface Waiting {
  /** Suspends the guest until one of the conditions is ready. */
  wait(conditions: readonly Condition[]): Promise<void>;
  /** Passes an answer on that needed no waiting. A guest that keeps asking lets others have their turn. */
  pace<T>(answer: T): T | Promise<T>;
}

/** A condition that is set and cleared. */
export class Flag implements Condition {
  #ready: boolean;
  readonly #wakes = new Set<() => void>();

  constructor(ready: boolean) {
    this.#ready = ready;
  }

  ready(): boolean {
    return this.#ready;
  }

  set(ready: boolean): void {
    this.#ready = ready;
    if (!ready) return;
    for (const wake of this.#wakes) wake();
  }

  whenReady(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }
}

export const always: Condition = { ready: () => true, whenReady: () => () => undefined };
