import type Database from "better-sqlite3";
import { assert } from "../core/assert.ts";
import type { ExecutionRow } from "../core/execution.ts";
import type { ExecutionKey } from "../core/ids.ts";
import type { LogLine } from "../ports/journal.ts";

/** An event with its place in the log and its link, ready to be inserted. */
export interface PlacedEvent {
  readonly position: number;
  readonly execution: ExecutionKey;
  readonly version: number;
  readonly previous: number | null;
  readonly at: number;
  readonly kind: string;
  readonly body: string;
  /** Set when the body is kept apart. */
  readonly blob: Buffer | null;
  readonly hash: string;
}

/** The statements of a commit. */
export class Writes {
  readonly #event: Database.Statement;
  readonly #blob: Database.Statement;
  readonly #insertRow: Database.Statement;
  readonly #goOnRow: Database.Statement;
  readonly #finishRow: Database.Statement;
  readonly #log: Database.Statement;
  readonly #insertName: Database.Statement<[string]>;
  readonly #name: Database.Statement<[string], number>;
  readonly #names = new Map<string, number>();

  constructor(db: Database.Database) {
    this.#event = db.prepare(
      "insert into event (position, execution, version, previous, at, kind, body, blob, hash) values (?, ?, ?, ?, ?, ?, ?, ?, unhex(?))",
    );
    this.#blob = db.prepare("insert into blob (digest, body) values (?, ?) on conflict do nothing");
    this.#insertRow = db.prepare(
      `insert into execution (key, id, parent, function, component, status, blocked_by, wake_at, created_at, finished_at,
        outcome, attempts, next_version, head, head_hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?))`,
    );
    this.#goOnRow = db.prepare(
      `update execution set component = ?, status = ?, blocked_by = ?, wake_at = ?, attempts = ?, next_version = ?, head = ?,
        head_hash = unhex(?) where key = ?`,
    );
    this.#finishRow = db.prepare(
      `update execution set status = ?, blocked_by = null, wake_at = null, finished_at = ?, outcome = ?,
        attempts = ?, next_version = ?, head = ?, head_hash = unhex(?) where key = ?`,
    );
    this.#log = db.prepare(
      "insert into log (execution, attempt, line, at, level, message) values (?, ?, ?, ?, ?, ?) on conflict do nothing",
    );
    this.#insertName = db.prepare("insert into name (text) values (?) on conflict do nothing");
    this.#name = db.prepare<[string], number>("select key from name where text = ?").pluck();
  }

  event(event: PlacedEvent): void {
    if (event.blob !== null) this.#blob.run(event.blob, event.body);
    const { position, execution, version, previous, at, kind, body, blob, hash } = event;
    this.#event.run(position, execution, version, previous, at, kind, blob === null ? body : null, blob, hash);
  }

  row(row: ExecutionRow, isNew: boolean, head: number, headHash: string): void {
    const { key, status, blockedBy, wakeAt, finishedAt, outcome, attempts, nextVersion } = row;
    if (isNew) {
      const name = this.#nameKey(row.function);
      const component = this.#nameKey(row.component);
      const first = [key, row.id, row.parent, name, component, status, blockedBy, wakeAt, row.createdAt, finishedAt];
      this.#insertRow.run(...first, outcome, attempts, nextVersion, head, headHash);
      return;
    }
    const { changes } =
      finishedAt === null
        ? this.#goOnRow.run(
            this.#nameKey(row.component),
            status,
            blockedBy,
            wakeAt,
            attempts,
            nextVersion,
            head,
            headHash,
            key,
          )
        : this.#finishRow.run(status, finishedAt, outcome, attempts, nextVersion, head, headHash, key);
    assert(changes === 1, `${row.id} has no row to go on`);
  }

  log(execution: ExecutionKey, { attempt, index, at, level, message }: LogLine): void {
    this.#log.run(execution, attempt, index, at, level, message);
  }

  #nameKey(text: string): number {
    let key = this.#names.get(text);
    if (key === undefined) {
      this.#insertName.run(text);
      key = this.#name.get(text) as number;
      this.#names.set(text, key);
    }
    return key;
  }
}
