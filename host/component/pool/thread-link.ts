import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Digest } from "../../core/ids.ts";
import type { AttemptEnd, Sandbox } from "../../ports/activities.ts";
import type { PreparedComponent } from "../component.ts";
import { removeFolder } from "../wasi/files/remove-folder.ts";
import type { PoolLimits } from "./limits.ts";
import { Outbox } from "./outbox.ts";
import type {
  AttemptStart,
  FromThread,
  NewComponent,
  NewSandbox,
  RunNumber,
  SandboxNumber,
  ThreadSetup,
  ToThread,
} from "./thread-messages.ts";

/** What a thread tells the pool. */
export interface ThreadEvents {
  readonly ended: (thread: ThreadLink, run: RunNumber, end: AttemptEnd) => void;
  /** A place has become free without an end. */
  readonly stopped: (thread: ThreadLink, run: RunNumber) => void;
  /** The thread has died by itself; this run had it last, 0 for none. */
  readonly died: (thread: ThreadLink, why: string, last: RunNumber) => void;
}

/** What the pool gives to each of its threads. */
export interface ThreadMeans {
  readonly limits: PoolLimits;
  readonly memory: Int32Array<SharedArrayBuffer>;
  /** Where the thread has a folder of its own. */
  readonly scratchDir: string | undefined;
}

/** The pool's view of one of its threads. */
export class ThreadLink {
  readonly number: number;
  readonly #scratchDir: string | undefined;
  readonly #worker: Worker;
  readonly #outbox: Outbox<ToThread>;
  readonly #current = new Int32Array(new SharedArrayBuffer(8));
  readonly #known = new Set<Digest>();
  readonly #sandboxes = new WeakMap<Sandbox, SandboxNumber>();
  #lastSandbox: SandboxNumber = 0;
  #pingedAt: number | undefined;
  #closed = false;

  /** `number` is its place among the counters of `memory`. */
  constructor(number: number, { limits, memory, scratchDir }: ThreadMeans, events: ThreadEvents) {
    this.number = number;
    this.#scratchDir = scratchDir === undefined ? undefined : join(scratchDir, randomUUID());
    const entry = new URL(
      import.meta.url.endsWith(".ts") ? "activity-thread.ts" : "activity-thread.js",
      import.meta.url,
    );
    const setup: ThreadSetup = { limits, number, memory, scratchDir: this.#scratchDir, current: this.#current };
    this.#worker = new Worker(entry, {
      name: "stele-activities",
      workerData: setup,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMibMax },
    });
    this.#outbox = new Outbox((text) => {
      if (!this.#closed) this.#worker.postMessage(text);
    });
    this.#worker.on("message", (text: string) => {
      if (this.#closed) return;
      for (const message of JSON.parse(text) as readonly FromThread[]) this.#receive(message, events);
    });
    this.#worker.on("error", (error: Error & { readonly code?: string }) =>
      this.#died(events, error.message, error.code === "ERR_WORKER_OUT_OF_MEMORY"),
    );
    this.#worker.on("exit", (code) => this.#died(events, `it exited with code ${code}`));
  }

  /** The run whose guest has the thread now; 0 for none. */
  get current(): RunNumber {
    return Atomics.load(this.#current, 0);
  }

  start(prepared: PreparedComponent, sandbox: Sandbox, start: Omit<AttemptStart, "sandbox">): void {
    if (!this.#known.has(start.component)) {
      this.#known.add(start.component);
      const component: NewComponent = { digest: start.component, prepared };
      this.#worker.postMessage(component); // it comes before the text that follows
    }
    this.#outbox.add({ kind: "start", start: { ...start, sandbox: this.#numberOf(sandbox) } });
  }

  #numberOf(sandbox: Sandbox): SandboxNumber {
    const known = this.#sandboxes.get(sandbox);
    if (known !== undefined) return known;
    const given: NewSandbox = { number: ++this.#lastSandbox, sandbox };
    this.#sandboxes.set(sandbox, given.number);
    this.#worker.postMessage(given);
    return given.number;
  }

  /** No start that is under way has it; a later one would give it again. */
  forget(sandbox: Sandbox): void {
    const number = this.#sandboxes.get(sandbox);
    if (number === undefined) return;
    this.#sandboxes.delete(sandbox);
    this.#outbox.add({ kind: "forget", sandbox: number });
  }

  cancel(run: RunNumber): void {
    this.#outbox.add({ kind: "cancel", run });
  }

  /** Asks for a sign of life. Returns for how long, in milliseconds, an earlier question has gone without an answer. */
  probe(now: number): number {
    if (this.#pingedAt === undefined) {
      this.#pingedAt = now;
      this.#outbox.add({ kind: "ping" });
    }
    return now - this.#pingedAt;
  }

  /** Ends the thread whatever it does. Nothing is heard of it any more. */
  async terminate(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
    await this.#sweep();
  }

  #receive(message: FromThread, events: ThreadEvents): void {
    switch (message.kind) {
      case "ended":
        return events.ended(this, message.run, message.end);
      case "stopped":
        return events.stopped(this, message.run);
      case "pong":
        this.#pingedAt = undefined;
        break;
    }
  }

  #died(events: ThreadEvents, why: string, outOfMemory = false): void {
    if (this.#closed) return;
    this.#closed = true;
    void this.#sweep();
    // Memory may give out in the host's own code, right after the guest that has filled it.
    events.died(this, why, outOfMemory ? Atomics.load(this.#current, 1) : this.current);
  }

  /** Removes what a thread leaves that had no time to; what stays all the same goes when the host is opened again. */
  async #sweep(): Promise<void> {
    if (this.#scratchDir !== undefined) await removeFolder(this.#scratchDir).catch(() => undefined);
  }
}
