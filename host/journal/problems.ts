import Database from "better-sqlite3";
import { componentKinds } from "../core/deployment.ts";
import type { ExecutionRow } from "../core/execution.ts";
import { type Digest, type ExecutionKey, parentOf } from "../core/ids.ts";
import type { FoldRow, JournalProblem } from "../ports/journal.ts";
import { blobDigest } from "./chain.ts";
import { digestOf } from "./digest.ts";
import { migrate } from "./open-file.ts";
import type { Reads } from "./read.ts";

/** Executions looked at in one read, so that a long check holds no checkpoint back. */
const pageSize = 500;

/** Everything that is wrong: SQLite's own checks, each chain, each row against its history, blobs, components, deployments. */
export function* problemsIn(db: Database.Database, reads: Reads, fold: FoldRow): Iterable<JournalProblem> {
  yield* sqliteProblems(db);
  yield* attempt(() => schemaProblems(db));
  yield* attempt(() => executionProblems(db, reads, fold));
  yield* attempt(() => strayEvents(db));
  yield* attempt(() => blobProblems(db));
  yield* attempt(() => componentProblems(db, reads));
  yield* attempt(() => deploymentProblems(db));
}

function* sqliteProblems(db: Database.Database): Iterable<JournalProblem> {
  yield* attempt(function* () {
    const rows = db.pragma("integrity_check(100)") as { integrity_check: string }[];
    for (const { integrity_check: message } of rows) if (message !== "ok") yield { message: `SQLite: ${message}` };
  });
  yield* attempt(function* () {
    const rows = db.pragma("foreign_key_check") as { table: string; rowid: number; parent: string }[];
    for (const { table, rowid, parent } of rows)
      yield { message: `row ${rowid} of ${table} names a row of ${parent} that is not there` };
  });
}

/** Tables and views that are not what the migrations made of them. */
function* schemaProblems(db: Database.Database): Iterable<JournalProblem> {
  const stored = db.prepare<[string], string>("select sql from sqlite_schema where name = ?").pluck();
  const made = new Database(":memory:");
  try {
    migrate(made, Number(db.pragma("user_version", { simple: true })));
    const all = made.prepare<[], { type: string; name: string; sql: string }>(
      "select type, name, sql from sqlite_schema where sql is not null",
    );
    for (const { type, name, sql } of all.all())
      if (stored.get(name) !== sql) yield { message: `the ${type} ${name} is not defined as it was made` };
  } finally {
    made.close();
  }
}

function* executionProblems(db: Database.Database, reads: Reads, fold: FoldRow): Iterable<JournalProblem> {
  const page = db
    .prepare<[number, number], number>("select key from execution where key > ? order by key limit ?")
    .pluck();
  let after = 0;
  for (;;) {
    const keys = page.all(after, pageSize);
    for (const key of keys) yield* oneExecution(db, reads, key as ExecutionKey, fold);
    const last = keys.at(-1);
    if (last === undefined || last <= after || keys.length < pageSize) return; // a damaged index may lead back
    after = last;
  }
}

function* oneExecution(
  db: Database.Database,
  reads: Reads,
  key: ExecutionKey,
  fold: FoldRow,
): Iterable<JournalProblem> {
  let row: ExecutionRow | undefined;
  try {
    const history = db.transaction(() => {
      row = reads.execution(key);
      return reads.history(key);
    })();
    if (row === undefined) {
      yield { message: `execution ${key} names a function or component that is not there` };
      return;
    }
    yield* parentProblems(reads, row);
    const folded = fold(row, history);
    for (const column of Object.keys(folded) as (keyof ExecutionRow)[]) {
      if (folded[column] === row[column]) continue;
      const message = `${row.id}: ${column} is ${String(row[column])}; its history says ${String(folded[column])}`;
      yield { execution: row.id, message };
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield row === undefined ? { message } : { execution: row.id, message };
  }
}

/** The chain covers an execution's id, and its id says whose child it is. */
function* parentProblems(reads: Reads, { id, parent }: ExecutionRow): Iterable<JournalProblem> {
  const stored = parent === null ? undefined : (reads.execution(parent)?.id ?? `execution ${parent}`);
  const wanted = parentOf(id)?.parent;
  if (stored === wanted) return;
  yield { execution: id, message: `${id}: its parent is ${stored ?? "none"}; its id says ${wanted ?? "none"}` };
}

/** Events that no execution's history leads to. */
function* strayEvents(db: Database.Database): Iterable<JournalProblem> {
  const counts = db
    .prepare<[], { written: number; expected: number }>(
      "select (select count(*) from event) as written, (select coalesce(sum(next_version), 0) from execution) as expected",
    )
    .get();
  if (counts !== undefined && counts.written !== counts.expected) {
    yield {
      message: `the log holds ${counts.written} events; the histories of all executions add up to ${counts.expected}`,
    };
  }
}

function* blobProblems(db: Database.Database): Iterable<JournalProblem> {
  const bodyOf = db.prepare<[Buffer], string>("select body from blob where digest = ?").pluck();
  for (const digest of db.prepare<[], Buffer>("select digest from blob").pluck().all()) {
    const body = bodyOf.get(digest);
    if (body === undefined || !blobDigest(body).equals(digest))
      yield { message: `blob ${digest.toString("hex")} is not what was written` };
  }
}

function* componentProblems(db: Database.Database, reads: Reads): Iterable<JournalProblem> {
  const digests = db.prepare<[], Digest>("select digest from component").pluck().all();
  for (const digest of digests) yield* attempt(() => void reads.component(digest));
  const kindless = db
    .prepare<[], { digest: Digest; kind: string }>("select digest, kind from component")
    .all()
    .filter(({ kind }) => !componentKinds.some((known) => known === kind));
  for (const { digest, kind } of kindless) yield { message: `the component ${digest} is said to be a ${kind}` };
  const missing = db
    .prepare<[], string>(
      `select distinct n.text from execution e join name n on n.key = e.component
       left join component c on c.digest = n.text where c.digest is null`,
    )
    .pluck();
  for (const digest of missing.all()) yield { message: `the component ${digest} has executions and is not stored` };
}

function* deploymentProblems(db: Database.Database): Iterable<JournalProblem> {
  const all = db.prepare<[], { digest: Digest; json: string }>("select digest, json from deployment").all();
  for (const { digest, json } of all)
    if (digestOf(json) !== digest) yield { message: `the deployment ${digest} is not the one that was stored` };
}

/** A part of the file that can't be read at all is a problem too, and not the end of the check. */
function* attempt(check: () => Iterable<JournalProblem> | undefined): Iterable<JournalProblem> {
  try {
    const found = check();
    if (found !== undefined) yield* found;
  } catch (error) {
    yield { message: error instanceof Error ? error.message : String(error) };
  }
}
