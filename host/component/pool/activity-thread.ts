import { parentPort, workerData } from "node:worker_threads";
import { assert, unreachable } from "../../core/assert.ts";
import type { Digest } from "../../core/ids.ts";
import type { AttemptEnd, Sandbox } from "../../ports/activities.ts";
import type { LoadedComponent } from "../../ports/components.ts";
import { loadComponent } from "../component.ts";
import { HttpClient } from "../wasi/http-client.ts";
import { AttemptRun, type RunHost } from "./attempt-run.ts";
import { MemoryUse, partOf } from "./memory-use.ts";
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

/** Starts take at most this long in one turn of the event loop: guests that wait for the network have theirs too. */
const startsMsPerTurn = 5;

/** Of an attempt whose run can't be made: it fails alone. */
const unmade: AttemptEnd = {
  kind: "failed",
  reason: { kind: "trap", message: "the host can't begin this attempt" },
  logs: [],
};

/** The pool's end in a thread of its own: runs attempts, each in a fresh instance. */
class ActivityThread {
  readonly #outbox: Outbox<FromThread>;
  readonly #host: RunHost;
  readonly #current: Int32Array<SharedArrayBuffer>;
  readonly #components = new Map<Digest, LoadedComponent>();
  readonly #sandboxes = new Map<SandboxNumber, Sandbox>();
  readonly #runs = new Map<RunNumber, AttemptRun>();
  readonly #waiting = new Map<RunNumber, AttemptStart>();
  #starting = false;
  #leaving = false;

  constructor({ current, limits, number, memory, scratchDir }: ThreadSetup, post: (text: string) => void) {
    this.#outbox = new Outbox(post);
    this.#current = current;
    const account = new MemoryUse(memory, limits.memoryBytesMax).account(number);
    this.#host = {
      client: new HttpClient(),
      memory: account,
      held: partOf(account, (limits.heapMibMax / 2) * 1024 * 1024),
      scratchDir,
      entering: (run) => this.#enter(run),
    };
  }

  add(given: NewComponent | NewSandbox): void {
    if ("sandbox" in given) this.#sandboxes.set(given.number, given.sandbox);
    else this.#components.set(given.digest, loadComponent(given.prepared));
  }

  receive(message: ToThread): void {
    switch (message.kind) {
      case "start":
        this.#waiting.set(message.start.run, message.start);
        return;
      case "cancel":
        return this.#cancel(message.run);
      case "forget":
        this.#sandboxes.delete(message.sandbox);
        return;
      case "ping":
        return this.#outbox.add({ kind: "pong" });
      default:
        return unreachable(message);
    }
  }

  /** Starts what has been received, bounded by time. */
  pump(): void {
    if (this.#starting) return;
    const until = performance.now() + startsMsPerTurn;
    for (const [run, start] of this.#waiting) {
      this.#waiting.delete(run);
      this.#begin(run, start);
      if (performance.now() > until) break;
    }
    if (this.#waiting.size === 0) return;
    this.#starting = true;
    setImmediate(() => {
      this.#starting = false;
      this.pump();
    });
  }

  #begin(run: RunNumber, start: AttemptStart): void {
    const sandbox = this.#sandboxes.get(start.sandbox);
    assert(sandbox !== undefined, `run ${run} is started in the sandbox ${start.sandbox}, which is not here`);
    const ended = (end: AttemptEnd) => {
      this.#runs.delete(run);
      this.#outbox.add({ kind: "ended", run, end });
    };
    const attempt = this.#made(start, sandbox, ended);
    if (attempt === undefined) return ended(unmade);
    this.#runs.set(run, attempt);
    attempt.begin(this.#components.get(start.component));
  }

  /** Undefined when it can't be made. Why is not told: nothing is masked yet. */
  #made(start: AttemptStart, sandbox: Sandbox, ended: (end: AttemptEnd) => void): AttemptRun | undefined {
    try {
      return new AttemptRun(start, sandbox, this.#host, ended);
    } catch {
      return undefined;
    }
  }

  #cancel(run: RunNumber): void {
    const attempt = this.#runs.get(run);
    const waited = this.#waiting.delete(run);
    if (attempt === undefined && !waited) return;
    this.#runs.delete(run);
    attempt?.cancel();
    this.#outbox.add({ kind: "stopped", run });
  }

  /** The guest has the thread until the microtasks that its wake-up brings about have run. */
  #enter(run: RunNumber): void {
    this.#current[0] = run;
    this.#current[1] = run;
    if (this.#leaving) return;
    this.#leaving = true;
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#leaving = false;
        this.#current[0] = 0;
      }),
    );
  }
}

const port = parentPort;
assert(port !== null, "activities run in a worker thread");
const thread = new ActivityThread(workerData as ThreadSetup, (text) => port.postMessage(text));
port.on("message", (message: string | NewComponent | NewSandbox) => {
  if (typeof message !== "string") return thread.add(message);
  for (const each of JSON.parse(message) as readonly ToThread[]) thread.receive(each);
  thread.pump();
});
