import { readdirSync, readFileSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { assert } from "../core/assert.ts";
import { HostError } from "../core/host-error.ts";
import { corrupt } from "./corrupt.ts";
import { problemInLog, settleLog } from "./wal.ts";

/** "Stel", the first four bytes of the name, in the file's header. */
const applicationId = 0x5374656c;
/** Above this size an unclean stop is not followed by SQLite's own quick check, which reads the whole file. */
const quickCheckBytesMax = 64 * 1024 * 1024;
/** The log is moved into the database when it has grown to this many pages of 4 KiB. */
const autoCheckpointPages = 8_000;
/** Pages that SQLite keeps at hand. */
const cacheKib = 16 * 1024;

const migrationsFolder = new URL("./migrations/", import.meta.url);

export function migrations(): readonly string[] {
  return readdirSync(migrationsFolder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted();
}

export interface OpenedFile {
  readonly db: Database.Database;
  /** Frames of an unfinished commit that were cut off the log. */
  readonly cutFrames: number;
}

/** Opens the file for writing: settings read back, schema brought up to date. */
export function openForWriting(file: string): OpenedFile {
  const unclean = sizeOf(`${file}-wal`) > 0;
  refuseDamagedLog(file);
  const db = new Database(file, { timeout: 5_000 });
  try {
    // Before anything is written: is this ours, and not newer than we are?
    checkVersion(db, file);
    db.pragma("page_size = 4096");
    expectPragma(db, "journal_mode = WAL", "wal");
    const cutFrames = unclean ? db.transaction(() => settleLog(file)).immediate() : 0;
    db.pragma("synchronous = FULL");
    expectPragma(db, "synchronous", 2);
    db.pragma("foreign_keys = ON");
    db.pragma("trusted_schema = OFF");
    db.pragma("cell_size_check = ON");
    db.pragma("mmap_size = 0");
    db.pragma(`cache_size = -${cacheKib}`);
    db.pragma(`wal_autocheckpoint = ${autoCheckpointPages}`);
    db.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
    if (unclean && sizeOf(file) <= quickCheckBytesMax) {
      const found: unknown = db.pragma("quick_check(1)", { simple: true });
      if (found !== "ok") throw corrupt(`${file}: ${String(found)}`);
    }
    migrate(db);
    return { db, cutFrames };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Before SQLite opens the file: it would write over what it can't read. */
function refuseDamagedLog(file: string): void {
  const problem = problemInLog(file);
  if (problem === undefined) return;
  throw new HostError("journal-corrupt", problem, {
    hint: `restore the folder from a copy; \`sqlite3 ${file} "pragma wal_checkpoint"\` goes on without those commits`,
  });
}

/** Refuses a database that another program or a newer Stele has made. */
export function checkVersion(db: Database.Database, file: string): void {
  const id = db.pragma("application_id", { simple: true });
  const version = Number(db.pragma("user_version", { simple: true }));
  const tables = db.prepare("select count(*) from sqlite_schema").pluck().get();
  if (tables !== 0 && id !== applicationId) {
    throw new HostError("journal-corrupt", `${file} is a database, but not a journal of Stele`, {
      hint: "name another data folder",
    });
  }
  const newest = migrations().length;
  if (version > newest) {
    throw new HostError(
      "journal-newer",
      `${file} has the format ${version}; this Stele knows formats up to ${newest}`,
      {
        hint: "use the version of Stele that wrote it, or a newer one",
      },
    );
  }
}

/** Takes the schema from where it is up to `version`. */
export function migrate(db: Database.Database, version = migrations().length): void {
  migrations().forEach((name, index) => {
    if (index >= version) return;
    db.transaction(() => {
      if (Number(db.pragma("user_version", { simple: true })) > index) return;
      db.exec(readFileSync(new URL(name, migrationsFolder), "utf8"));
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  });
}

function expectPragma(db: Database.Database, pragma: string, wanted: unknown): void {
  const got = db.pragma(pragma, { simple: true });
  assert(got === wanted, `pragma ${pragma} gave ${String(got)}, not ${String(wanted)}`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
