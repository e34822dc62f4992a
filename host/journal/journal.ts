import { hostname } from "node:os";
import type Database from "better-sqlite3";
import { assert } from "../core/assert.ts";
import type { Event } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import { HostError } from "../core/host-error.ts";
import type { Digest, ExecutionId, ExecutionKey, Millis, Position } from "../core/ids.ts";
import { parentOf } from "../core/ids.ts";
import type { Change, Journal, LogLine, StoredComponent } from "../ports/journal.ts";
import { blobDigest, bodyOf, link, noHash } from "./chain.ts";
import { digestOf } from "./digest.ts";
import { journalFile, prepareFolder } from "./folder.ts";
import { openForWriting } from "./open-file.ts";
import { OwnerLock } from "./owner-lock.ts";
import { type Head, Reads } from "./read.ts";
import type { StoredRow } from "./rows.ts";
import { hostErrorOf, translated } from "./sqlite-error.ts";
import { type PlacedEvent, Writes } from "./writes.ts";

export interface JournalOptions {
  /** The data folder; made when it is not there. */
  readonly dir: string;
  readonly now: () => Millis;
  readonly allowNetworkFileSystem?: boolean;
}

/** Opens the folder's journal for this host alone. Throws HostError. */
export function openJournal(options: JournalOptions): Journal {
  prepareFolder(options.dir, options.allowNetworkFileSystem ?? false);
  const lock = new OwnerLock(options.dir);
  const file = journalFile(options.dir);
  try {
    return translated(file, () => {
      const { db, cutFrames } = openForWriting(file);
      try {
        return new SqliteJournal(db, lock, file, options.now(), cutFrames);
      } catch (error) {
        db.close();
        throw error;
      }
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A body of more than this many characters is kept apart from its row, once for all that have it. */
const inlineMax = 256 * 1024;
/** Heads of executions that are kept at hand. */
const headsMax = 10_000;

/** What has been appended and not yet committed. */
class Batch {
  readonly events: PlacedEvent[] = [];
  /** The last row of each execution. */
  readonly rows = new Map<ExecutionKey, { row: ExecutionRow; isNew: boolean }>();
  readonly topLevel = new Map<ExecutionId, ExecutionRow>();
  readonly logs: (readonly [ExecutionKey, LogLine])[] = [];
  readonly #outcome = Promise.withResolvers<void>();

  constructor() {
    this.durable.catch(() => undefined); // whoever waits hears of it
  }

  get durable(): Promise<void> {
    return this.#outcome.promise;
  }

  resolve(): void {
    this.#outcome.resolve();
  }

  reject(error: unknown): void {
    this.#outcome.reject(error);
  }
}

const settled = Promise.resolve();

class SqliteJournal implements Journal {
  readonly epoch: number;
  readonly #db: Database.Database;
  readonly #lock: OwnerLock;
  readonly #file: string;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #newestEpoch: Database.Statement<[], number>;
  readonly #unfinished: Database.Statement<[number, number], StoredRow>;
  readonly #logCount: Database.Statement<[number, number], number>;
  readonly #commit: Database.Transaction<(batch: Batch) => void>;
  readonly #heads = new Map<ExecutionKey, Head>();
  #batch: Batch | undefined;
  #lastPosition: number;
  #committed: number;
  #lastKey: number;
  #failure: Error | undefined;
  #closed = false;

  constructor(db: Database.Database, lock: OwnerLock, file: string, now: Millis, cutFrames: number) {
    this.#db = db;
    this.#lock = lock;
    this.#file = file;
    this.#reads = new Reads(db);
    this.#writes = new Writes(db);
    this.#newestEpoch = db.prepare<[], number>("select max(number) from epoch").pluck();
    this.#unfinished = this.#reads.rows.prepare("where finished_at is null and key > ? order by key limit ?");
    this.#logCount = db
      .prepare<[number, number], number>("select count(*) from log where execution = ? and attempt = ?")
      .pluck();
    this.#commit = db.transaction((batch) => this.#write(batch));
    // The epoch comes first: from here on nobody else appends, so what is read next stays true.
    this.epoch = Number(
      db
        .prepare("insert into epoch (at, host, pid, cut_frames) values (?, ?, ?, ?)")
        .run(now, hostname(), process.pid, cutFrames).lastInsertRowid,
    );
    this.#lastPosition = this.#max("position", "event");
    this.#committed = this.#lastPosition;
    this.#lastKey = this.#max("key", "execution");
  }

  append(changes: readonly Change[]): Position {
    this.#check();
    const batch = this.#openBatch();
    try {
      for (const change of changes) this.#take(change, batch);
    } catch (error) {
      throw this.#fail(error, batch); // half a unit is in the batch: nothing of it may be committed
    }
    return this.#lastPosition as Position;
  }

  durable(position: Position): Promise<void> {
    if (position <= this.#committed) return settled;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    assert(this.#batch !== undefined, `the position ${position} has not been given yet`);
    return this.#batch.durable;
  }

  nextKey(): ExecutionKey {
    return ++this.#lastKey as ExecutionKey;
  }

  execution(key: ExecutionKey): ExecutionRow | undefined {
    return this.#batch?.rows.get(key)?.row ?? this.#read(() => this.#reads.execution(key));
  }

  findExecution(id: ExecutionId): ExecutionRow | undefined {
    const fresh = this.#batch?.topLevel.get(id);
    if (fresh !== undefined) return this.execution(fresh.key);
    if (parentOf(id) !== undefined) this.#flush(); // it is found through histories
    const found = this.#read(() => this.#reads.findExecution(id));
    return found === undefined ? undefined : this.execution(found.key);
  }

  history(key: ExecutionKey): readonly Event[] {
    if (this.#batch?.rows.has(key) === true) this.#flush();
    return this.#read(() => this.#reads.history(key));
  }

  load(key: ExecutionKey): { readonly row: ExecutionRow; readonly history: readonly Event[] } | undefined {
    if (this.#batch?.rows.has(key) === true) this.#flush();
    const loaded = this.#read(() => this.#reads.load(key));
    if (loaded === undefined) return undefined;
    const { row, head, history } = loaded;
    this.#heads.set(key, head);
    return { row, history };
  }

  unfinished(after: ExecutionKey, limit: number): readonly ExecutionRow[] {
    this.#flush();
    return this.#read(() => this.#unfinished.all(after, limit).map((stored) => this.#reads.rows.rowOf(stored)));
  }

  unfinishedCount(): number {
    this.#flush();
    return this.#read(() => this.#reads.unfinishedCount());
  }

  logCount(key: ExecutionKey, attempt: number): number {
    if (this.#batch?.logs.some(([execution]) => execution === key) === true) this.#flush();
    return this.#read(() => this.#logCount.get(key, attempt) ?? 0);
  }

  putComponent({ digest, name, kind, bytes }: StoredComponent): void {
    assert(digestOf(bytes) === digest, `the component ${name} has another digest than ${digest}`);
    this.#direct(() =>
      this.#db
        .prepare("insert into component (digest, name, kind, bytes) values (?, ?, ?, ?) on conflict do nothing")
        .run(digest, name, kind, bytes),
    );
  }

  component(digest: Digest): StoredComponent | undefined {
    return this.#read(() => this.#reads.component(digest));
  }

  componentKinds(): ReadonlyMap<Digest, StoredComponent["kind"]> {
    const all = this.#read(() =>
      this.#db.prepare<[], Pick<StoredComponent, "digest" | "kind">>("select digest, kind from component").all(),
    );
    return new Map(all.map(({ digest, kind }) => [digest, kind]));
  }

  activateDeployment(digest: Digest, json: string, at: Millis): void {
    assert(digestOf(json) === digest, `the deployment has another digest than ${digest}`);
    this.#direct(() => {
      this.#db.prepare("insert into deployment (digest, json) values (?, ?) on conflict do nothing").run(digest, json);
      this.#db.prepare("insert into activation (deployment, at) values (?, ?)").run(digest, at);
    });
  }

  activeDeployment(): { readonly digest: Digest; readonly json: string } | undefined {
    return this.#read(() => this.#reads.activeDeployment());
  }

  close(): void {
    if (this.#closed) return;
    try {
      if (this.#failure === undefined) this.#flush();
    } finally {
      this.#closed = true;
      this.#db.close();
      this.#lock.release();
    }
  }

  #openBatch(): Batch {
    if (this.#batch === undefined) {
      this.#batch = new Batch();
      setImmediate(() => {
        if (!this.#closed && this.#failure === undefined) this.#attemptFlush();
      });
    }
    return this.#batch;
  }

  #take({ row, events, logs }: Change, batch: Batch): void {
    const isNew = events[0]?.version === 0;
    for (const event of events) batch.events.push(this.#place(row, event));
    const before = batch.rows.get(row.key);
    if (events.length > 0) batch.rows.set(row.key, { row, isNew: isNew || before?.isNew === true });
    if (isNew && row.parent === null) batch.topLevel.set(row.id, row);
    for (const line of logs ?? []) batch.logs.push([row.key, line]);
    assert(
      events.length === 0 || row.nextVersion === this.#head(row.key)?.version,
      `${row.id}: the row is not its head's`,
    );
  }

  /** Gives the event its position and links it to the one before it. */
  #place(row: ExecutionRow, event: Event): PlacedEvent {
    const head = event.version === 0 ? undefined : this.#head(row.key);
    assert((head?.version ?? 0) === event.version, `${row.id}: version ${event.version} is not the next one`);
    const body = bodyOf(event);
    const blob = body.length > inlineMax ? blobDigest(body) : null;
    const hash = link(head?.hash ?? noHash, row.id, event, blob === null ? body : blob.toString("hex"));
    const position = ++this.#lastPosition;
    this.#heads.set(row.key, { position, hash, version: event.version + 1 });
    const { version, at, kind } = event;
    return { position, execution: row.key, version, previous: head?.position ?? null, at, kind, body, blob, hash };
  }

  #head(key: ExecutionKey): Head | undefined {
    const known = this.#heads.get(key);
    if (known !== undefined) return known;
    const stored = this.#read(() => this.#reads.head(key));
    if (stored !== undefined) this.#heads.set(key, stored);
    return stored;
  }

  /** Commits from a timer, where nobody is there to catch: those who wait for the batch hear of a failure. */
  #attemptFlush(): void {
    try {
      this.#flush();
    } catch {
      assert(this.#failure !== undefined, "a commit that throws has failed the journal");
    }
  }

  #flush(): void {
    this.#check();
    const batch = this.#batch;
    if (batch === undefined) return;
    try {
      this.#commit.immediate(batch);
    } catch (error) {
      throw this.#fail(error, batch);
    }
    this.#batch = undefined;
    this.#committed = this.#lastPosition;
    batch.resolve();
    this.#forget(batch);
  }

  /** For good: whether the rows of a commit that failed are there, only reopening the file tells. Gives the failure
   *  back, to be thrown. */
  #fail(error: unknown, batch?: Batch): Error {
    const failure = hostErrorOf(error, this.#file);
    this.#failure = failure;
    this.#batch = undefined;
    batch?.reject(failure);
    return failure;
  }

  #write(batch: Batch): void {
    this.#fence();
    for (const event of batch.events) this.#writes.event(event);
    for (const { row, isNew } of batch.rows.values()) {
      const head = this.#heads.get(row.key);
      assert(head !== undefined, `${row.id} has no head`);
      this.#writes.row(row, isNew, head.position, head.hash);
    }
    for (const [execution, line] of batch.logs) this.#writes.log(execution, line);
  }

  #forget(batch: Batch): void {
    for (const { row } of batch.rows.values()) if (row.status === "finished") this.#heads.delete(row.key);
    if (this.#heads.size > headsMax) this.#heads.clear();
  }

  /** Small writes outside of any history, committed at once. */
  #direct(write: () => void): void {
    this.#check();
    this.#flush();
    const commit = this.#db.transaction(() => {
      this.#fence();
      write();
    });
    try {
      commit.immediate();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fence(): void {
    const newest = this.#newestEpoch.get();
    if (newest === this.epoch) return;
    throw new HostError(
      "journal-fenced",
      `${this.#file} was taken over by the host of epoch ${newest}; this one is of epoch ${this.epoch}`,
      {
        hint: "this host must not go on; stop it",
      },
    );
  }

  #read<T>(read: () => T): T {
    this.#check();
    return translated(this.#file, read);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new HostError("closed", `${this.#file} has been closed`);
  }

  #max(column: string, table: string): number {
    return Number(this.#db.prepare(`select coalesce(max(${column}), 0) from ${table}`).pluck().get());
  }
}
