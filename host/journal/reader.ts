import { existsSync, readFileSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import type { Event } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import { HostError } from "../core/host-error.ts";
import type { Digest, ExecutionId, ExecutionKey } from "../core/ids.ts";
import type {
  Cut,
  ExecutionQuery,
  FoldRow,
  JournalProblem,
  JournalReader,
  LogLine,
  StoredComponent,
} from "../ports/journal.ts";
import { journalFile } from "./folder.ts";
import { checkVersion } from "./open-file.ts";
import { problemsIn } from "./problems.ts";
import { Reads } from "./read.ts";
import { translated } from "./sqlite-error.ts";
import { problemInLog } from "./wal.ts";

/** Opens the folder's journal for reading, beside a running host or after it. Throws HostError. */
export function openReader(dir: string): JournalReader {
  const file = journalFile(dir);
  if (!existsSync(file)) {
    throw new HostError("journal-missing", `there is no journal in ${dir}: ${file} does not exist`, {
      hint: "name the folder that was given to `stele run --data`",
    });
  }
  return translated(file, () => {
    const db = openReadOnly(file);
    try {
      checkVersion(db, file);
      refuseEmpty(db, file);
      return new SqliteReader(db, file);
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A file whose tables are only in a log that can't be read looks as one that nothing was written to. */
function refuseEmpty(db: Database.Database, file: string): void {
  if (db.pragma("user_version", { simple: true }) !== 0) return;
  const problem = problemInLog(file);
  if (problem !== undefined)
    throw new HostError("journal-corrupt", problem, { hint: "restore the folder from a copy" });
  throw new HostError("journal-missing", `${file} is empty: no host has finished making it`, {
    hint: "start a host on the folder",
  });
}

/** SQLite needs to make a file of shared memory beside a database with a log. Where the folder
 *  can't be written and nobody has it open, a private copy in memory is read instead. */
function openReadOnly(file: string): Database.Database {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    db.prepare("select count(*) from sqlite_schema").get();
    return db;
  } catch (error) {
    db.close();
    const code = error instanceof Database.SqliteError ? error.code : "";
    const logged = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
    if (logged || !(code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY"))) throw error;
    return copyInMemory(file);
  }
}

/** The copy is marked as a database without a log: bytes 18 and 19 of the header (sqlite.org/fileformat2.html). */
function copyInMemory(file: string): Database.Database {
  const bytes = readFileSync(file);
  bytes[18] = 1;
  bytes[19] = 1;
  return new Database(bytes, { readonly: true });
}

class SqliteReader implements JournalReader {
  readonly #db: Database.Database;
  readonly #file: string;
  readonly #reads: Reads;

  constructor(db: Database.Database, file: string) {
    this.#db = db;
    this.#file = file;
    this.#reads = new Reads(db);
  }

  execution(key: ExecutionKey): ExecutionRow | undefined {
    return this.#read(() => this.#reads.execution(key));
  }

  findExecution(id: ExecutionId): ExecutionRow | undefined {
    return this.#read(() => this.#reads.findExecution(id));
  }

  unfinishedCount(): number {
    return this.#read(() => this.#reads.unfinishedCount());
  }

  /** The row and the events come from one state of the file, also while a host appends. */
  history(key: ExecutionKey): readonly Event[] {
    return this.#read(() => this.#db.transaction(() => this.#reads.history(key))());
  }

  executions({ limit, before, status, children }: ExecutionQuery): readonly ExecutionRow[] {
    const conditions = [
      before === undefined ? "" : "and key < :before",
      status === undefined ? "" : "and status = :status",
      children === true ? "" : "and parent is null",
    ];
    const condition = `where true ${conditions.join(" ")} order by key desc limit :limit`;
    const values = { limit, ...(before !== undefined && { before }), ...(status !== undefined && { status }) };
    const { rows } = this.#reads;
    return this.#read(() =>
      rows
        .prepare<[object]>(condition)
        .all(values)
        .map((stored) => rows.rowOf(stored)),
    );
  }

  logs(key: ExecutionKey): readonly LogLine[] {
    return this.#read(() => this.#reads.logs(key));
  }

  component(digest: Digest): StoredComponent | undefined {
    return this.#read(() => this.#reads.component(digest));
  }

  activeDeployment(): { readonly digest: Digest; readonly json: string } | undefined {
    return this.#read(() => this.#reads.activeDeployment());
  }

  cuts(): readonly Cut[] {
    // A journal of an older format has not noted them.
    if (Number(this.#db.pragma("user_version", { simple: true })) < 4) return [];
    const found = "select number as epoch, at, cut_frames as frames from epoch where cut_frames > 0 order by number";
    return this.#read(() => this.#db.prepare<[], Cut>(found).all());
  }

  *problems(fold: FoldRow): Iterable<JournalProblem> {
    const inLog = problemInLog(this.#file);
    if (inLog !== undefined) yield { message: inLog };
    yield* problemsIn(this.#db, this.#reads, fold);
  }

  close(): void {
    this.#db.close();
  }

  #read<T>(read: () => T): T {
    return translated(this.#file, read);
  }
}
