import {
  bool,
  borrow,
  enumeration,
  flags,
  func,
  list,
  methods,
  option,
  own,
  record,
  result,
  string,
  tuple,
  u8,
  u64,
  variant,
  type WrittenInterfaces,
} from "../../../core/wit/written-types.ts";
import { datetime } from "./clocks.ts";

const errorCode = enumeration("error-code", [
  "access",
  "would-block",
  "already",
  "bad-descriptor",
  "busy",
  "deadlock",
  "quota",
  "exist",
  "file-too-large",
  "illegal-byte-sequence",
  "in-progress",
  "interrupted",
  "invalid",
  "io",
  "is-directory",
  "loop",
  "too-many-links",
  "message-size",
  "name-too-long",
  "no-device",
  "no-entry",
  "no-lock",
  "insufficient-memory",
  "insufficient-space",
  "not-directory",
  "not-empty",
  "not-recoverable",
  "unsupported",
  "no-tty",
  "no-such-device",
  "overflow",
  "not-permitted",
  "pipe",
  "read-only",
  "invalid-seek",
  "text-file-busy",
  "cross-device",
]);
const advice = enumeration("advice", ["normal", "sequential", "random", "will-need", "dont-need", "no-reuse"]);
const descriptorFlags = flags("descriptor-flags", [
  "read",
  "write",
  "file-integrity-sync",
  "data-integrity-sync",
  "requested-write-sync",
  "mutate-directory",
]);
const descriptorType = enumeration("descriptor-type", [
  "unknown",
  "block-device",
  "character-device",
  "directory",
  "fifo",
  "symbolic-link",
  "regular-file",
  "socket",
]);
const newTimestamp = variant("new-timestamp", { "no-change": undefined, now: undefined, timestamp: datetime });
const descriptorStat = record("descriptor-stat", {
  type: descriptorType,
  "link-count": u64,
  size: u64,
  "data-access-timestamp": option(datetime),
  "data-modification-timestamp": option(datetime),
  "status-change-timestamp": option(datetime),
});
const pathFlags = flags("path-flags", ["symlink-follow"]);
const openFlags = flags("open-flags", ["create", "directory", "exclusive", "truncate"]);
const metadataHashValue = record("metadata-hash-value", { lower: u64, upper: u64 });
const directoryEntry = record("directory-entry", { type: descriptorType, name: string });

/** The functions of `wasi:filesystem`. */
export const filesystemTypes = {
  "wasi:filesystem/types": {
    ...methods("descriptor", {
      "read-via-stream": func({ offset: u64 }, result(own("input-stream"), errorCode)),
      "write-via-stream": func({ offset: u64 }, result(own("output-stream"), errorCode)),
      "append-via-stream": func({}, result(own("output-stream"), errorCode)),
      advise: func({ offset: u64, length: u64, advice }, result(undefined, errorCode)),
      "sync-data": func({}, result(undefined, errorCode)),
      "get-flags": func({}, result(descriptorFlags, errorCode)),
      "get-type": func({}, result(descriptorType, errorCode)),
      "set-size": func({ size: u64 }, result(undefined, errorCode)),
      "set-times": func(
        { "data-access-timestamp": newTimestamp, "data-modification-timestamp": newTimestamp },
        result(undefined, errorCode),
      ),
      read: func({ length: u64, offset: u64 }, result(tuple(list(u8), bool), errorCode)),
      write: func({ buffer: list(u8), offset: u64 }, result(u64, errorCode)),
      "read-directory": func({}, result(own("directory-entry-stream"), errorCode)),
      sync: func({}, result(undefined, errorCode)),
      "create-directory-at": func({ path: string }, result(undefined, errorCode)),
      stat: func({}, result(descriptorStat, errorCode)),
      "stat-at": func({ "path-flags": pathFlags, path: string }, result(descriptorStat, errorCode)),
      "set-times-at": func(
        {
          "path-flags": pathFlags,
          path: string,
          "data-access-timestamp": newTimestamp,
          "data-modification-timestamp": newTimestamp,
        },
        result(undefined, errorCode),
      ),
      "link-at": func(
        { "old-path-flags": pathFlags, "old-path": string, "new-descriptor": borrow("descriptor"), "new-path": string },
        result(undefined, errorCode),
      ),
      "open-at": func(
        { "path-flags": pathFlags, path: string, "open-flags": openFlags, flags: descriptorFlags },
        result(own("descriptor"), errorCode),
      ),
      "readlink-at": func({ path: string }, result(string, errorCode)),
      "remove-directory-at": func({ path: string }, result(undefined, errorCode)),
      "rename-at": func(
        { "old-path": string, "new-descriptor": borrow("descriptor"), "new-path": string },
        result(undefined, errorCode),
      ),
      "symlink-at": func({ "old-path": string, "new-path": string }, result(undefined, errorCode)),
      "unlink-file-at": func({ path: string }, result(undefined, errorCode)),
      "is-same-object": func({ other: borrow("descriptor") }, bool),
      "metadata-hash": func({}, result(metadataHashValue, errorCode)),
      "metadata-hash-at": func({ "path-flags": pathFlags, path: string }, result(metadataHashValue, errorCode)),
    }),
    ...methods("directory-entry-stream", {
      "read-directory-entry": func({}, result(option(directoryEntry), errorCode)),
    }),
    "filesystem-error-code": func({ err: borrow("error") }, option(errorCode)),
  },
  "wasi:filesystem/preopens": {
    "get-directories": func({}, list(tuple(own("descriptor"), string))),
  },
} satisfies WrittenInterfaces;
