import { join } from "node:path";
import type { ComponentLimits } from "../../core/deployment.ts";
import type { AttemptFailure } from "../../core/event.ts";
import { jsonBytes, jsonBytesMax } from "../../core/json.ts";
import { splitFunctionName } from "../../core/names.ts";
import { decodeParams, outcomeFromGuest } from "../../core/wit/signature.ts";
import type { FunctionType } from "../../core/wit/type.ts";
import { AttemptLog } from "../../log/attempt-log.ts";
import type { AttemptEnd, Sandbox } from "../../ports/activities.ts";
import { timerMsMax } from "../../ports/clock.ts";
import { type Guest, GuestTrap, type LoadedComponent, type MemoryAccount, OutOfFuel } from "../../ports/components.ts";
import type { LogLevel } from "../../ports/journal.ts";
import { ActivityWasi } from "../wasi/activity-wasi.ts";
import { ScratchFolder } from "../wasi/files/scratch-folder.ts";
import { GuestScope } from "../wasi/guest-scope.ts";
import type { HttpClient } from "../wasi/http-client.ts";
import { HttpGate } from "../wasi/http-gate.ts";
import { AttemptSecrets } from "../wasi/http-secrets.ts";
import type { AttemptStart } from "./thread-messages.ts";
import { trapText } from "./trap-text.ts";

/** What all attempts of a thread share. */
export interface RunHost {
  readonly client: HttpClient;
  /** Of the guests. */
  readonly memory: MemoryAccount;
  /** Of what is held for them. */
  readonly held: MemoryAccount;
  /** The folder in which each attempt may have one of its own; none may when undefined. */
  readonly scratchDir: string | undefined;
  /** Called right before the guest of this run takes the thread. */
  readonly entering: (run: number) => void;
}

/** Unwinds the guest of an attempt that has ended. Not an error: nobody hears of it. */
class AttemptOver extends Error {
  override readonly name = "AttemptOver";
}

/** One for all: where it was made says nothing. */
const over = new AttemptOver("the attempt has ended");

/** One attempt of an activity: a fresh instance that answers one call. */
export class AttemptRun {
  readonly #start: AttemptStart;
  readonly #limits: ComponentLimits;
  readonly #memory: MemoryAccount;
  #guest: Guest | undefined;
  readonly #ended: (end: AttemptEnd) => void;
  readonly #log: AttemptLog;
  readonly #scope: GuestScope;
  readonly #secrets: AttemptSecrets;
  readonly #wasi: ActivityWasi;
  readonly #scratch: ScratchFolder | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** By the clock of `performance`. */
  #deadlineAt = 0;
  #over = false;

  /** `ended` is called at most once, and not after `cancel`. */
  constructor(start: AttemptStart, sandbox: Sandbox, host: RunHost, ended: (end: AttemptEnd) => void) {
    const { limits } = sandbox;
    this.#start = start;
    this.#limits = limits;
    this.#memory = host.memory;
    this.#ended = ended;
    this.#secrets = new AttemptSecrets(sandbox.secrets);
    this.#log = new AttemptLog(start.attempt, limits.logBytesMax, this.#secrets.mask);
    this.#scope = new GuestScope(() => host.entering(start.run));
    this.#scratch =
      host.scratchDir === undefined ? undefined : new ScratchFolder(join(host.scratchDir, `${start.run}`));
    this.#wasi = new ActivityWasi({
      scope: this.#scope,
      log: (level, message) => {
        if (!this.#over) this.#say(sandbox, level, message);
      },
      input: sandbox.stdin,
      http: {
        component: start.component,
        client: host.client,
        gate: new HttpGate(sandbox),
        secrets: this.#secrets,
        limits,
        memory: host.held,
      },
      variables: [...sandbox.env, ...this.#secrets.environment],
      folder: sandbox.scratch,
      files: {
        dirs: sandbox.dirs,
        limits,
        ...(sandbox.scratch !== undefined &&
          this.#scratch !== undefined && { scratch: { guest: sandbox.scratch, folder: this.#scratch } }),
      },
    });
  }

  /** Runs the guest up to its first wait. */
  begin(component: LoadedComponent | undefined): void {
    const { deadlineMs, function: name, params } = this.#start;
    const { interfaceName, functionName } = splitFunctionName(name);
    const type = component?.type.exports.get(interfaceName)?.functions.get(functionName);
    if (component === undefined || type === undefined) {
      return this.#fail("trap", `the component ${this.#start.component} does not export ${name}`);
    }
    const decoded = decodeParams(type, params);
    if (!decoded.ok) return this.#fail("trap", decoded.problem);
    if (deadlineMs <= timerMsMax) {
      this.#deadline = setTimeout(() => this.#fail("timed-out", `no result within ${deadlineMs} ms`), deadlineMs);
    }
    this.#deadlineAt = performance.now() + deadlineMs;
    this.#scope.enter();
    try {
      const guest = component.instantiate(this.#wasi.imports, this.#limits, {
        turn: (canWait) => this.#turn(canWait),
        memory: this.#memory,
      });
      this.#guest = guest;
      guest.call(interfaceName, functionName, decoded.values).then(
        (value) => this.#returned(type, value),
        (error: unknown) => this.#threw(error),
      );
    } catch (error) {
      this.#threw(error);
    }
  }

  cancel(): void {
    this.#end();
  }

  /** What a guest prints goes where its sandbox says; all of it together is bounded. */
  #say({ stdout, stderr }: Sandbox, level: LogLevel, message: string): void {
    const target = level === "stdout" ? stdout : level === "stderr" ? stderr : "db";
    if (target === "db") return this.#log.add(level, message);
    const line = target === "none" ? undefined : this.#log.admitted(message);
    if (target !== "none" && line !== undefined) process[target].write(`${line}\n`);
  }

  /** A guest that computes gives way to others, and to its deadline. */
  #turn(canWait: boolean): Promise<void> | undefined {
    if (performance.now() >= this.#deadlineAt) {
      this.#fail("timed-out", `no result within ${this.#start.deadlineMs} ms; the guest was computing`);
    }
    return this.#scope.turn(canWait);
  }

  #returned(type: FunctionType, value: unknown): void {
    if (this.#over) return;
    try {
      const outcome = this.#secrets.hidden(outcomeFromGuest(type, value));
      if (jsonBytes(outcome, jsonBytesMax) === jsonBytesMax)
        return this.#fail("too-large", "the result is no JSON text");
      this.#wasi.end();
      this.#end({ kind: "returned", outcome, logs: this.#log.lines });
    } catch (error) {
      this.#threw(error);
    }
  }

  #threw(error: unknown): void {
    if (error instanceof OutOfFuel) this.#fail("out-of-fuel", error.message);
    else if (error instanceof GuestTrap) this.#fail("trap", trapText(error));
    else this.#fail("trap", `the host failed this attempt: ${error instanceof Error ? error.message : String(error)}`);
  }

  #fail(kind: AttemptFailure["kind"], why: string): void {
    if (this.#over) return;
    this.#wasi.end();
    const message = this.#secrets.mask.text(why);
    this.#end({ kind: "failed", reason: { kind, message }, logs: this.#log.lines });
  }

  /** Whatever the guest still waits for or holds open ends here; what it does from now on counts for nothing. */
  #end(end?: AttemptEnd): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#scope.end(over);
    this.#guest?.release();
    const removed = this.#scratch?.remove();
    const report = () => {
      if (end !== undefined) this.#ended(end);
    };
    if (removed === undefined) report();
    else void removed.then(report, report); // what can't be removed now is swept when the host is opened again
  }
}
