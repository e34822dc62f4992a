import Database from "better-sqlite3";
import { HostError } from "../core/host-error.ts";
import { journalFile, lockFile } from "./folder.ts";
import { translated } from "./sqlite-error.ts";

/** Held for as long as a journal is open: an exclusive transaction on a database of its own, which
 *  the operating system gives up with the process, and which leaves the journal open to readers. */
export class OwnerLock {
  readonly #db: Database.Database;

  /** Throws HostError `journal-locked` naming the owner when another host has the folder. */
  constructor(dir: string) {
    const file = lockFile(dir);
    this.#db = translated(file, () => new Database(file, { timeout: 0 }));
    try {
      this.#db.exec("begin exclusive");
    } catch (error) {
      this.#db.close();
      if (error instanceof Database.SqliteError && error.code === "SQLITE_BUSY") throw locked(dir);
      translated(file, () => {
        throw error;
      });
    }
  }

  release(): void {
    this.#db.close();
  }
}

function locked(dir: string): HostError {
  const owner = ownerOf(dir);
  const who =
    owner === undefined
      ? "another host"
      : `the host with pid ${owner.pid} on ${owner.host}, since ${new Date(owner.at).toISOString()}`;
  return new HostError("journal-locked", `${dir} is in use by ${who}`, {
    hint: "stop that host first, or name another data folder; reading commands work beside it",
  });
}

/** The newest epoch tells who has opened the journal last. */
function ownerOf(dir: string): { pid: number; host: string; at: number } | undefined {
  try {
    const db = new Database(journalFile(dir), { readonly: true, fileMustExist: true });
    try {
      return db
        .prepare<[], { pid: number; host: string; at: number }>(
          "select pid, host, at from epoch order by number desc limit 1",
        )
        .get();
    } finally {
      db.close();
    }
  } catch {
    return undefined; // it has not come as far as its first row
  }
}
