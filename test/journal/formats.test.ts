/** Journals of every format that there has been, as hosts left them: what they hold opens, goes on and comes to its end.
 *  A migration owes a golden: `node test/support/write-formats.ts`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { checkJournal, openHost, openReader, replayExecution } from "../../host/index.ts";
import { migrations } from "../../host/journal/open-file.ts";
import {
  type Ending,
  endingsOf,
  formatFile,
  goldenFormats,
  restoreFormat,
  rowsOf,
  schemaOf,
  schemaOfNew,
} from "../support/format.ts";
import { historiesIn, logsIn } from "../support/rig.ts";

const newest = migrations().length;

let folder: string;
let data: string;
let cacheDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stele-formats-"));
  [data, cacheDir] = [mkdtempSync(join(folder, "data-")), join(folder, "cache")];
});
afterEach(() => rmSync(folder, { recursive: true }));

function inFile<T>(work: (db: Database.Database) => T): T {
  const db = new Database(join(data, "journal.sqlite"));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Opens the folder without a manifest: the deployment is the journal's own. */
async function finishAll(endings: readonly Ending[]): Promise<void> {
  const host = await openHost({ data, cacheDir, activityThreads: 1 });
  try {
    for (const { id, given } of endings) {
      if (given === undefined) continue;
      if ("signal" in given) await host.signal(id, "word", given.signal);
      else await host.stub(id, given.result);
    }
    for (const { id, outcome } of endings) expect(await host.result(id), id).toMatchObject(outcome);
    await host.idle();
  } finally {
    await host.close();
  }
}

async function expectReplays(): Promise<void> {
  const reader = openReader(data);
  const rows = reader.executions({ limit: 100, children: true });
  const workflows = rows.filter(({ component }) => reader.component(component)?.kind === "workflow");
  reader.close();
  expect(workflows.length).toBeGreaterThan(4);
  for (const { id } of workflows)
    expect(await replayExecution(data, id, { cacheDir }), id).toMatchObject({ kind: "matches" });
}

/** What came first is as it was. */
function expectKept<T>(before: ReadonlyMap<ExecutionId, readonly T[]>, after: ReadonlyMap<ExecutionId, readonly T[]>) {
  for (const [id, kept] of before) expect(after.get(id)?.slice(0, kept.length), id).toEqual(kept);
}

test("every format has its golden", () => {
  expect(goldenFormats(), `${formatFile(newest)} is missing: \`node test/support/write-formats.ts\` writes it`).toEqual(
    Array.from({ length: newest }, (_, n) => n + 1),
  );
});

test.each(goldenFormats())("the migrations up to format %i make the tables that its golden has", (version) => {
  restoreFormat(version, data);
  expect(inFile(schemaOf)).toEqual(schemaOfNew(version));
});

test.each(goldenFormats())("a journal of format %i is read as it is", async (version) => {
  restoreFormat(version, data);
  expect([...checkJournal(data)]).toEqual([]);
  expect(historiesIn(data).size).toBeGreaterThan(10);
  await expectReplays();
  expect(inFile((db) => db.pragma("user_version", { simple: true }))).toBe(version);
});

test.each(goldenFormats())("what a journal of format %i holds goes on and comes to its end", async (version) => {
  restoreFormat(version, data);
  const rows = inFile((db) => rowsOf(db, version)).filter(({ table }) => table !== "execution"); // follows from the others
  const [histories, logs] = [historiesIn(data), logsIn(data)];
  const unfinished = (all: ReadonlyMap<ExecutionId, readonly Event[]>) =>
    [...all.values()].filter((history) => history.at(-1)?.kind !== "finished").length;
  expect(unfinished(histories)).toBeGreaterThan(4);

  await finishAll(endingsOf(version));
  expect([...checkJournal(data)]).toEqual([]);
  expectKept(histories, historiesIn(data));
  expectKept(logs, logsIn(data));
  expect(unfinished(historiesIn(data))).toBe(0);
  expect(inFile((db) => rowsOf(db, version))).toEqual(expect.arrayContaining(rows));
  expect(inFile((db) => db.pragma("user_version", { simple: true }))).toBe(newest);
  expect(inFile(schemaOf)).toEqual(schemaOfNew(newest));
  await expectReplays();
});
