/** The world failed: disk, corrupt row, missing component, bad manifest. One table maps codes to exit codes. */
export class HostError extends Error {
  readonly code: HostErrorCode;
  /** What the reader can do about it. */
  readonly hint: string | undefined;

  constructor(code: HostErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HostError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** Process exit code for each code: 2 is wrong usage or a world that failed. */
export const exitCodes = {
  usage: 2,
  "node-too-old": 2,
  "manifest-invalid": 2,
  "operator-invalid": 2,
  "grant-refused": 2,
  "component-missing": 2,
  "component-invalid": 2,
  "component-refused": 2,
  "wit-invalid": 2,
  "build-failed": 2,
  "function-unknown": 2,
  "params-invalid": 2,
  "payload-too-large": 2,
  "execution-unknown": 2,
  "execution-conflict": 2,
  "result-conflict": 2,
  "lease-lost": 2,
  "signal-refused": 2,
  "journal-missing": 2,
  "journal-corrupt": 2,
  "journal-newer": 2,
  "journal-locked": 2,
  "journal-fenced": 2,
  "journal-read-only": 2,
  "journal-full": 2,
  "journal-io": 2,
  "file-system-refused": 2,
  "cache-failed": 2,
  "memory-exhausted": 2,
  overloaded: 2,
  indeterminate: 2,
  closed: 2,
} as const;

export type HostErrorCode = keyof typeof exitCodes;
