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

/** What the operating system says, where the host reads and writes the log itself, in SQLite's words. */
const systemCodes: Readonly<Record<string, string>> = {
  ENOSPC: "SQLITE_FULL",
  EDQUOT: "SQLITE_FULL",
  EROFS: "SQLITE_READONLY",
  EACCES: "SQLITE_PERM",
  EPERM: "SQLITE_PERM",
};

/** Turns what SQLite or the operating system reports into the HostError that says what to do; other errors stay what they are. */
export function hostErrorOf(error: unknown, file: string): Error {
  const reported = codeOf(error);
  if (reported === undefined) return error instanceof Error ? error : new Error(String(error));
  const [, code, what, hint] = kinds.find(([prefix]) => reported.startsWith(prefix)) ?? [
    "",
    "journal-io" as const,
    "SQLite failed",
    "run `stele check`",
  ];
  const { code: said, message } = error as { readonly code: string; readonly message: string };
  return new HostError(code, `${file}: ${what} (${said}: ${message})`, { hint, cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof Database.SqliteError) return error.code;
  const { syscall, code } = (error ?? {}) as { readonly syscall?: unknown; readonly code?: unknown };
  return typeof syscall === "string" && typeof code === "string" ? (systemCodes[code] ?? "SQLITE_IOERR") : undefined;
}

/** Runs `action` with what SQLite and the operating system report translated. */
export function translated<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw hostErrorOf(error, file);
  }
}
