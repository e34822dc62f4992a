import { GuestErr } from "../../../core/wit/signature.ts";
import { IoError } from "../streams.ts";

/** `wasi:filesystem/types.error-code`, as far as the host has use for it. */
export type FileErrorCode =
  | (typeof codes)[keyof typeof codes]
  | "bad-descriptor"
  | "illegal-byte-sequence"
  | "overflow";

/** What the system's errors are for a guest. Too many open files is a want of memory: WASI has no word for it. */
const codes = {
  EACCES: "access",
  EAGAIN: "would-block",
  EBUSY: "busy",
  EDQUOT: "quota",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EINTR: "interrupted",
  EINVAL: "invalid",
  EIO: "io",
  EISDIR: "is-directory",
  ELOOP: "loop",
  EMFILE: "insufficient-memory",
  EMLINK: "too-many-links",
  ENAMETOOLONG: "name-too-long",
  ENFILE: "insufficient-memory",
  ENODEV: "no-such-device",
  ENOENT: "no-entry",
  ENOMEM: "insufficient-memory",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  ENOTSUP: "unsupported",
  ENXIO: "no-such-device",
  EOPNOTSUPP: "unsupported",
  EPERM: "not-permitted",
  EROFS: "read-only",
  ESTALE: "no-entry",
  ETXTBSY: "text-file-busy",
  EXDEV: "cross-device",
} as const satisfies Readonly<Record<string, string>>;

/** An operation on files that failed, as the guest hears of it. */
export class FileErr extends GuestErr {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode) {
    super(code);
    this.code = code;
  }
}

/** What a failed operation is for a guest; undefined for a failure of another kind. */
export function fileErrorCode(error: unknown): FileErrorCode | undefined {
  if (error instanceof FileErr) return error.code;
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return undefined;
  return codes[error.code as keyof typeof codes] ?? "io";
}

/** The `wasi:io/error.error` of a stream of a file. */
export class FileIoError extends IoError {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode) {
    super(`the file system said: ${code}`);
    this.code = code;
  }
}
