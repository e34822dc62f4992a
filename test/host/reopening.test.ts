/** A host whose journal fails under it: it opens the journal again, and its callers notice nothing. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GuestName, guestFile } from "../../components/guests.ts";
import { checkJournal, type Host, openHost } from "../../host/index.ts";

let folder: string;
let host: Host;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "stele-reopening-"));
  host = await openHost({
    data: join(folder, "data"),
    deployment: manifest("tiny-workflow", "tiny-activity"),
    cacheDir: join(folder, "cache"),
    activityThreads: 1,
  });
});

afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

function manifest(...names: GuestName[]): string {
  const file = join(folder, `${names.join("-")}.toml`);
  const tables = names.map((name) => {
    const kind = name.includes("workflow") ? "workflow" : "activity";
    return `[[${kind}_wasm]]\nname = "${name}"\nlocation = ${JSON.stringify(guestFile(name))}\n`;
  });
  writeFileSync(file, tables.join(""));
  return file;
}

/** The next commit of the host is refused, as if another host had taken the journal over. */
function takeOver(): void {
  const db = new Database(join(folder, "data", "journal.sqlite"));
  db.prepare("insert into epoch (at, host, pid) values (0, 'another', 1)").run();
  db.close();
}

async function runs(): Promise<void> {
  const id = await host.submit("bench:tiny/flow@0.1.0.run", [2, "text"]);
  expect(await host.result(id)).toEqual({ ok: 2 });
}

test("a submission whose commit is refused is accepted", async () => {
  await runs();
  takeOver();
  await runs();
  await host.close();
  expect([...checkJournal(join(folder, "data"))]).toEqual([]);
});

test("a deployment whose commit is refused is made active, and what was deployed before goes on", async () => {
  takeOver();
  await host.deploy(manifest("workflow", "child-workflow", "activity", "tiny-workflow", "tiny-activity"));
  await runs();
  const id = await host.submit("test:guests/flows@0.1.0.echo-times", [2, "text"]);
  expect(await host.result(id)).toEqual({ ok: 2 });
});
