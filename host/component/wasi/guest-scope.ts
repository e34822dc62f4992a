import type { Condition, Waiting } from "./waiting.ts";

/** How long a guest may compute before others have their turn, in milliseconds. */
const computingMsMax = 10;

/** Answers in a row that need no waiting before the guest gives way to the event loop. */
const answersPerTurn = 64;

/** What one running guest hangs on: its waits and whatever it has open end with it. */
export class GuestScope implements Waiting {
  /** Called right before the guest goes on, in a turn of the event loop of its own. */
  readonly #entering: () => void;
  readonly #waits = new Set<(reason: Error) => void>();
  readonly #closers = new Set<() => void>();
  #ended: Error | undefined;
  #answers = 0;
  /** By the clock of `performance`. */
  #enteredAt = 0;

  constructor(entering: () => void) {
    this.#entering = entering;
  }

  /** Why the guest must end, once it must. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  /** To be called right before the guest takes the thread. */
  enter(): void {
    this.#enteredAt = performance.now();
    this.#entering();
  }

  /** For a guest that computes: undefined when it may go on; a promise when it `canWait` and others are to have their turn.
   *  Throws what it must end for. */
  turn(canWait: boolean): Promise<void> | undefined {
    if (this.#ended !== undefined) throw this.#ended;
    if (!canWait || performance.now() - this.#enteredAt < computingMsMax) return undefined;
    return this.wait([soon]);
  }

  /** Closes what is open and unwinds the guest out of its wait with `reason`; it can't wait again. */
  end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const close of this.#closers) close();
    this.#closers.clear();
    for (const interrupt of this.#waits) interrupt(reason);
  }

  /** Has `close` called when the guest ends. Returns what takes that back. */
  own(close: () => void): () => void {
    this.#closers.add(close);
    return () => this.#closers.delete(close);
  }

  wait(conditions: readonly Condition[]): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const settle = (go: () => void) => {
        this.#waits.delete(interrupt);
        for (const stop of stops) stop();
        // A guest goes on in a turn of its own, so that a thread that hangs is known to hang in this guest.
        setImmediate(() => {
          this.enter();
          go();
        });
      };
      const interrupt = (reason: Error) => settle(() => reject(reason));
      const wake = () => {
        if (!this.#waits.has(interrupt)) return;
        settle(() => (this.#ended === undefined ? resolve() : reject(this.#ended)));
      };
      this.#waits.add(interrupt);
      const stops = conditions.map((condition) => condition.whenReady(wake));
    });
  }

  pace<T>(answer: T): T | Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    if (++this.#answers % answersPerTurn !== 0) return answer;
    return this.wait([soon]).then(() => answer);
  }
}

/** The event loop's next turn. */
const soon: Condition = {
  ready: () => false,
  whenReady: (wake) => {
    const turn = setImmediate(wake);
    return () => clearImmediate(turn);
  },
};
