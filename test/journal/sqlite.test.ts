import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Millis } from "../../host/core/ids.ts";
import { openJournal } from "../../host/journal/journal.ts";
import { openReader } from "../../host/journal/reader.ts";
import { startedAt } from "../support/histories.ts";
import { describeJournal } from "./contract.ts";

describeJournal("SQLite", {
  makePlace: () => mkdtempSync(join(tmpdir(), "stele-journal-")),
  removePlace: (place) => rmSync(place, { recursive: true }),
  open: (place) => openJournal({ dir: place, now: () => startedAt as Millis }),
  read: openReader,
  takeOver: (place) => {
    const db = new Database(join(place, "journal.sqlite"));
    db.prepare("insert into epoch (at, host, pid) values (?, 'another', 1)").run(startedAt);
    db.close();
  },
});
