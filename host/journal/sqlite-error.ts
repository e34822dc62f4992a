import Database from "better-sqlite3";
import { HostError, type HostErrorCode } from "../core/host-error.ts";

const full = [
  "journal-full",
  "the disk is full",
  "make room; what was acknowledged is safe, and unfinished executions go on at the next start",
] as const;

const kinds: readonly (readonly [prefix: string, code: HostErrorCode, what: string, hint: string])[] = [
  ["SQLITE_FULL", ...full],
  // The file of shared memory beside a journal could not be made larger.
  ["SQLITE_IOERR_SHMSIZE", ...full],
  [
    "SQLITE_READONLY",
    "journal-read-only",
    "it can't be written",
    "give the host write access to the folder and its files",
  ],
  [
    "SQLITE_CANTOPEN",
    "journal-read-only",
    "it can't be opened",
    "check that the folder exists and that the host may write to it",
  ],
  ["SQLITE_PERM", "journal-read-only", "access is denied", "give the host write access to the folder and its files"],
  [
    "SQLITE_CORRUPT",
    "journal-corrupt",
    "the file is damaged",
    "run `stele check`; restore the folder from a backup if it can't be read",
  ],
  [
    "SQLITE_NOTADB",
    "journal-corrupt",
    "it is not an SQLite database",
    "name another folder, or restore the file from a backup",
  ],
  ["SQLITE_BUSY", "journal-locked", "another process holds it", "stop the other process"],
  [
    "SQLITE_IOERR",
    "journal-io",
    "reading or writing it failed",
    "check the disk; the host goes on from what is durable when it is started again",
  ],
];

/** Turns what SQLite reports into the HostError that says what to do; other errors stay what they are. */
export function hostErrorOf(error: unknown, file: string): Error {
  if (!(error instanceof Database.SqliteError)) return error instanceof Error ? error : new Error(String(error));
  const [, code, what, hint] = kinds.find(([prefix]) => error.code.startsWith(prefix)) ?? [
    "",
    "journal-io" as const,
    "SQLite failed",
    "run `stele check`",
  ];
  return new HostError(code, `${file}: ${what} (${error.code}: ${error.message})`, { hint, cause: error });
}

/** Runs `action` with SQLite's errors translated. */
export function translated<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw hostErrorOf(error, file);
  }
}
