/** Goldens of the journal's format, one for each version of its schema: `test/journal/formats/format-N.sql`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { migrate } from "../../host/journal/open-file.ts";

/** What is to become of an execution of a golden. */
export interface Ending {
  readonly id: ExecutionId;
  /** What it is waiting for: a signal of the channel `word`, or its result. */
  readonly given?: { readonly signal: Json } | { readonly result: Json };
  /** The part of its outcome that no wording is part of. */
  readonly outcome: Readonly<Record<string, Json>>;
}

const folder = join(import.meta.dirname, "..", "journal", "formats");

export function formatFile(version: number): string {
  return join(folder, `format-${version}.sql`);
}

/** The versions that have a golden, in ascending order. */
export function goldenFormats(): readonly number[] {
  return readdirSync(folder)
    .flatMap((name) => /^format-(\d+)\.sql$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

const note = "-- ends ";

export function endingsOf(version: number): readonly Ending[] {
  return readFileSync(formatFile(version), "utf8")
    .split("\n")
    .filter((line) => line.startsWith(note))
    .map((line) => JSON.parse(line.slice(note.length)) as Ending);
}

/** Makes the golden's file in a folder, as a host of then had left it. */
export function restoreFormat(version: number, data: string): void {
  const db = new Database(join(data, "journal.sqlite"));
  try {
    db.pragma("page_size = 4096");
    db.pragma("journal_mode = WAL");
    db.transaction(() => db.exec(readFileSync(formatFile(version), "utf8")))();
  } finally {
    db.close();
  }
}

/** What a closed folder holds, in the format of this version. */
export function formatText(version: number, data: string, endings: readonly Ending[]): string {
  const db = new Database(":memory:");
  try {
    migrate(db, version);
    db.prepare("attach ? as newest").run(join(data, "journal.sqlite"));
    for (const table of tablesOf(db)) {
      const columns = columnsOf(db, table).join(", ");
      db.exec(`insert into main.${table} (${columns}) select ${columns} from newest.${table}`);
    }
    return [
      `-- A journal of the format ${version}. Never edited.`,
      ...endings.map((ending) => `${note}${JSON.stringify(ending)}`),
      ...["application_id", "user_version"].map(
        (name) => `pragma ${name} = ${String(db.pragma(name, { simple: true }))};`,
      ),
      ...schemaOf(db).map(({ sql }) => `${sql};`),
      ...rowsOf(db, version).map(({ table, values }) => `insert into ${table} values (${values.join(", ")});`),
      "",
    ].join("\n");
  } finally {
    db.close();
  }
}

/** In the order in which they were made, so that each finds what it refers to. */
export function schemaOf(db: Database.Database): readonly { readonly name: string; readonly sql: string }[] {
  return db
    .prepare<[], { name: string; sql: string }>(
      "select name, sql from main.sqlite_schema where sql is not null order by rowid",
    )
    .all();
}

/** Of a journal that begins with this format. */
export function schemaOfNew(version: number): ReturnType<typeof schemaOf> {
  const db = new Database(":memory:");
  migrate(db, version);
  const schema = schemaOf(db);
  db.close();
  return schema;
}

export interface Row {
  readonly table: string;
  /** Written as in SQL. */
  readonly values: readonly string[];
}

/** Every row of every table, in the columns that it has in the format of this version. */
export function rowsOf(db: Database.Database, version: number): readonly Row[] {
  const then = new Database(":memory:");
  try {
    migrate(then, version);
    return tablesOf(then).flatMap((table) => {
      const columns = columnsOf(then, table).map((column) => `quote(${column})`);
      const rows = db.prepare<[], string[]>(`select ${columns.join(", ")} from ${table}`).raw();
      return rows.all().map((values) => ({ table, values }));
    });
  } finally {
    then.close();
  }
}

function tablesOf(db: Database.Database): readonly string[] {
  return db
    .prepare<[], string>("select name from main.sqlite_schema where type = 'table' order by rowid")
    .pluck()
    .all();
}

function columnsOf(db: Database.Database, table: string): readonly string[] {
  return db.prepare<[string], string>("select name from pragma_table_info(?, 'main')").pluck().all(table);
}
