import { HostError } from "../core/host-error.ts";
import type { OpenShard } from "./open-shard.ts";
import type { Shard } from "./shard.ts";

interface Call {
  /** It must not be made twice. */
  readonly once: boolean;
  made: boolean;
  readonly run: (shard: Shard) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Waits before each attempt at reopening a failed shard; when they are used up the failure is final. */
const reopenAfterMs = [50, 500, 2_000] as const;

/** A shard that has gone on for so long has got over its last failure, whether or not anyone has asked it anything. */
const healthyAfterMs = 60_000;

/** Keeps one shard going. A commit that failed is indeterminate, so the shard is dropped, the journal
 *  reopened and read, and every call that is still unanswered is made again. That must be harmless:
 *  what is not is called once. A claim may be lost so, as with a worker that dies: its lease ends. */
export class Supervisor {
  readonly #open: (onFailure: (error: unknown) => void) => OpenShard;
  readonly #onGiveUp: (error: unknown) => void;
  readonly #calls = new Set<Call>();
  #current: OpenShard | undefined;
  #failures = 0;
  #failedAt = 0;
  #ended: Error | undefined;

  /** `open` throws when the journal can't be opened; it hands out `onFailure` and does not call it itself. */
  constructor(open: (onFailure: (error: unknown) => void) => OpenShard, onGiveUp: (error: unknown) => void) {
    this.#open = open;
    this.#onGiveUp = onGiveUp;
    this.#current = this.#next();
  }

  /** Makes the call on the shard, and again on its successor if the shard fails before the answer. */
  call<T>(run: (shard: Shard) => Promise<T>): Promise<T> {
    return this.#call(run, false);
  }

  /** As `call`, for what must not be done twice: rejects with `indeterminate` if the shard fails before the answer. */
  callOnce<T>(run: (shard: Shard) => Promise<T>): Promise<T> {
    return this.#call(run, true);
  }

  #call<T>(run: (shard: Shard) => Promise<T>, once: boolean): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise<T>((resolve, reject) => {
      const call: Call = { once, made: false, run, resolve: resolve as (value: unknown) => void, reject };
      this.#calls.add(call);
      if (this.#current !== undefined) this.#make(call, this.#current);
    });
  }

  close(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#end(error);
    this.#current?.close();
  }

  #next(): OpenShard {
    const opened: OpenShard = this.#open((error) => {
      // One that has been dropped may fail in more than one place.
      if (this.#current === opened) this.#failed(error);
    });
    return opened;
  }

  #make(call: Call, on: OpenShard): void {
    call.made = true;
    const settle = (answer: () => void) => {
      if (this.#current !== on || !this.#calls.delete(call)) return;
      this.#failures = 0;
      answer();
    };
    Promise.try(() => call.run(on.shard)).then(
      (value) => settle(() => call.resolve(value)),
      // The shard reports its own failure; an answer that was lost with it is asked for again.
      (error: unknown) => setImmediate(() => settle(() => call.reject(error))),
    );
  }

  #failed(error: unknown): void {
    if (this.#ended !== undefined) return;
    const failed = this.#current;
    this.#current = undefined;
    this.#giveUpMadeOnce(error);
    try {
      failed?.close();
    } catch {
      // What it failed of is known; its files are given up with it.
    }
    if (performance.now() - this.#failedAt > healthyAfterMs) this.#failures = 0;
    this.#failedAt = performance.now();
    const waitMs = reopenAfterMs[this.#failures++];
    if (waitMs === undefined) {
      this.#end(error);
      this.#onGiveUp(error);
      return;
    }
    setTimeout(() => this.#reopen(), waitMs);
  }

  #giveUpMadeOnce(cause: unknown): void {
    for (const call of this.#calls) {
      if (!call.once || !call.made) continue;
      this.#calls.delete(call);
      call.reject(
        new HostError("indeterminate", "the journal failed, and whether this was done is not known", {
          hint: "look at the execution's events before you ask for it again",
          cause,
        }),
      );
    }
  }

  #reopen(): void {
    if (this.#ended !== undefined) return;
    try {
      this.#current = this.#next();
    } catch (error) {
      this.#failed(error);
      return;
    }
    for (const call of this.#calls) {
      // Any of them may find that this one fails too.
      if (this.#current !== undefined) this.#make(call, this.#current);
    }
  }

  #end(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.#ended = error;
    for (const call of this.#calls) call.reject(error);
    this.#calls.clear();
  }
}
