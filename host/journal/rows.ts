import type Database from "better-sqlite3";
import type { ExecutionRow } from "../core/execution.ts";
import { corrupt } from "./corrupt.ts";

/** A row of the table `execution`. */
export interface StoredRow {
  readonly key: number;
  readonly id: string;
  readonly parent: number | null;
  readonly function: number;
  readonly component: number;
  readonly status: string;
  readonly blocked_by: string | null;
  readonly wake_at: number | null;
  readonly created_at: number;
  readonly finished_at: number | null;
  readonly outcome: string | null;
  readonly attempts: number;
  readonly next_version: number;
  readonly head: number;
  readonly head_hash: string;
}

/** Reads rows of executions. Names are looked up once and kept: there are few, and each row has two. */
export class Rows {
  readonly #db: Database.Database;
  readonly #name: Database.Statement<[number], string>;
  readonly #names = new Map<number, string>();

  constructor(db: Database.Database) {
    this.#db = db;
    this.#name = db.prepare<[number], string>("select text from name where key = ?").pluck();
  }

  /** `condition` is what follows the table's name. */
  prepare<Parameters extends unknown[]>(condition: string): Database.Statement<Parameters, StoredRow> {
    return this.#db.prepare<Parameters, StoredRow>(
      `select key, id, parent, function, component, status, blocked_by, wake_at, created_at, finished_at, outcome,
        attempts, next_version, head, lower(hex(head_hash)) as head_hash from execution ${condition}`,
    );
  }

  rowOf(stored: StoredRow): ExecutionRow {
    return {
      key: stored.key,
      id: stored.id,
      parent: stored.parent,
      function: this.#nameOf(stored.function, stored),
      component: this.#nameOf(stored.component, stored),
      status: stored.status,
      blockedBy: stored.blocked_by,
      wakeAt: stored.wake_at,
      createdAt: stored.created_at,
      finishedAt: stored.finished_at,
      outcome: stored.outcome,
      attempts: stored.attempts,
      nextVersion: stored.next_version,
    } as ExecutionRow;
  }

  #nameOf(key: number, { id }: StoredRow): string {
    let name = this.#names.get(key);
    if (name === undefined) {
      name = this.#name.get(key);
      if (name === undefined) throw corrupt(`${id}: the name ${key} of its function or component is missing`);
      this.#names.set(key, name);
    }
    return name;
  }
}
