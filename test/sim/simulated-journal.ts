import { assert } from "../../host/core/assert.ts";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionRow } from "../../host/core/execution.ts";
import { HostError } from "../../host/core/host-error.ts";
import {
  type Digest,
  type ExecutionId,
  type ExecutionKey,
  type Millis,
  type Position,
  parentOf,
} from "../../host/core/ids.ts";
import { digestOf } from "../../host/journal/digest.ts";
import type { Change, Journal, StoredComponent } from "../../host/ports/journal.ts";
import { failureOf, type Kept, type SimulatedDisk } from "./simulated-disk.ts";

export interface JournalPlan {
  /** Calls `commit` in a later turn, as soon as the disk gets round to it. */
  readonly later: (commit: () => void) => void;
  /** Called before each append; what it throws is what the append throws. */
  readonly beforeAppend?: () => void;
}

/** Units that were appended and are not on the disk yet. */
class Batch {
  readonly units: (readonly Change[])[] = [];
  readonly keys = new Set<ExecutionKey>();
  readonly outcome = Promise.withResolvers<void>();

  constructor() {
    this.outcome.promise.catch(() => undefined); // whoever waits hears of it
  }
}

/** A Journal on a simulated disk: what is appended is seen at once, and durable when the disk has written it. */
export class SimulatedJournal implements Journal {
  readonly epoch: number;
  readonly #disk: SimulatedDisk;
  readonly #plan: JournalPlan;
  /** As its host sees it. */
  readonly #seen: Kept;
  #batch: Batch | undefined;
  #committed: number;
  #lastKey: number;
  #failure: Error | undefined;
  #closed = false;
  #lost = false;

  constructor(disk: SimulatedDisk, plan: JournalPlan) {
    this.#disk = disk;
    this.#plan = plan;
    this.epoch = disk.enter(this);
    this.#seen = disk.kept.copy();
    this.#committed = this.#seen.position;
    this.#lastKey = Math.max(0, ...this.#seen.executions.keys());
  }

  append(changes: readonly Change[]): Position {
    this.#check();
    const batch = this.#openBatch();
    try {
      this.#plan.beforeAppend?.();
      const fault = this.#disk.appendFault();
      if (fault !== undefined) throw failureOf(fault);
      this.#seen.apply(changes);
    } catch (error) {
      throw this.#fail(error, batch);
    }
    batch.units.push(structuredClone(changes));
    for (const { row } of changes) batch.keys.add(row.key);
    return this.#seen.position as Position;
  }

  durable(position: Position): Promise<void> {
    if (this.#lost) return new Promise(() => undefined);
    if (position <= this.#committed) return settled;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    assert(this.#batch !== undefined, `the position ${position} has not been given yet`);
    return this.#batch.outcome.promise;
  }

  nextKey(): ExecutionKey {
    return ++this.#lastKey as ExecutionKey;
  }

  execution(key: ExecutionKey): ExecutionRow | undefined {
    this.#checkRead();
    return this.#seen.executions.get(key)?.row;
  }

  findExecution(id: ExecutionId): ExecutionRow | undefined {
    this.#checkRead();
    if (parentOf(id) !== undefined) this.#flush(); // as a journal does that finds it through histories
    return this.#seen.find(id);
  }

  history(key: ExecutionKey): readonly Event[] {
    this.#checkRead();
    if (this.#batch?.keys.has(key) === true) this.#flush();
    return this.#seen.history(key);
  }

  load(key: ExecutionKey): { readonly row: ExecutionRow; readonly history: readonly Event[] } | undefined {
    const history = this.history(key);
    const row = this.execution(key);
    if (row === undefined) return undefined;
    return {
      row,
      history: history.slice(
        Math.max(
          0,
          history.findLastIndex(({ kind }) => kind === "continued"),
        ),
      ),
    };
  }

  unfinished(after: ExecutionKey, limit: number): readonly ExecutionRow[] {
    return this.#unfinished()
      .filter(({ key }) => key > after)
      .toSorted((a, b) => a.key - b.key)
      .slice(0, limit);
  }

  unfinishedCount(): number {
    return this.#unfinished().length;
  }

  logCount(key: ExecutionKey, attempt: number): number {
    this.#checkRead();
    if (this.#batch?.keys.has(key) === true) this.#flush();
    const lines = [...(this.#seen.executions.get(key)?.logs.values() ?? [])];
    return lines.filter((line) => line.attempt === attempt).length;
  }

  putComponent(component: StoredComponent): void {
    const { digest, name, bytes } = component;
    assert(digestOf(bytes) === digest, `the component ${name} has another digest than ${digest}`);
    this.#direct((kept) => {
      if (!kept.components.has(digest)) kept.components.set(digest, component);
    });
  }

  component(digest: Digest): StoredComponent | undefined {
    this.#checkRead();
    return this.#seen.components.get(digest);
  }

  componentKinds(): ReadonlyMap<Digest, StoredComponent["kind"]> {
    this.#checkRead();
    return new Map([...this.#seen.components.values()].map(({ digest, kind }) => [digest, kind]));
  }

  activateDeployment(digest: Digest, json: string, _at: Millis): void {
    assert(digestOf(json) === digest, `the deployment has another digest than ${digest}`);
    this.#direct((kept) => {
      kept.active = { digest, json };
    });
  }

  activeDeployment(): { readonly digest: Digest; readonly json: string } | undefined {
    this.#checkRead();
    return this.#seen.active;
  }

  close(): void {
    if (this.#closed) return;
    try {
      if (this.#failure === undefined) this.#flush();
    } finally {
      this.#closed = true;
      this.#disk.leave(this);
    }
  }

  /** Its host is gone at once. Of the units that were on their way `keeps` says how many are on the disk. */
  lose(keeps: (units: number) => number): void {
    const units = this.#batch?.units ?? [];
    const stillWrites = this.#failure === undefined && !this.#closed && this.epoch === this.#disk.epoch;
    if (stillWrites) this.#disk.keep(this.epoch, units.slice(0, keeps(units.length)));
    this.#batch = undefined;
    this.#closed = true;
    this.#lost = true;
    this.#disk.leave(this);
  }

  #unfinished(): ExecutionRow[] {
    this.#flush();
    this.#checkRead();
    return [...this.#seen.executions.values()].map(({ row }) => row).filter(({ status }) => status !== "finished");
  }

  #openBatch(): Batch {
    if (this.#batch !== undefined) return this.#batch;
    const batch = new Batch();
    this.#batch = batch;
    this.#plan.later(() => {
      if (this.#batch !== batch || this.#closed || this.#failure !== undefined) return;
      try {
        this.#flush();
      } catch {
        // those who wait for the batch hear of it
      }
    });
    return batch;
  }

  #flush(): void {
    this.#check();
    const batch = this.#batch;
    if (batch === undefined) return;
    try {
      this.#disk.write(this.epoch, batch.units);
    } catch (error) {
      throw this.#fail(error, batch);
    }
    this.#batch = undefined;
    this.#committed = this.#seen.position;
    batch.outcome.resolve();
  }

  /** For good: only reopening tells what of it is on the disk. */
  #fail(error: unknown, batch?: Batch): Error {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#failure = failure;
    this.#batch = undefined;
    batch?.outcome.reject(failure);
    return failure;
  }

  #direct(write: (kept: Kept) => void): void {
    this.#flush();
    try {
      this.#disk.write(this.epoch, []);
    } catch (error) {
      throw this.#fail(error);
    }
    write(this.#disk.kept);
    write(this.#seen);
  }

  /** A read that fails says nothing of what is written. */
  #checkRead(): void {
    this.#check();
    const fault = this.#disk.readFault();
    if (fault !== undefined) throw failureOf(fault);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new HostError("closed", "the journal has been closed");
  }
}

const settled = Promise.resolve();
