/** Randomness that is not part of any workflow's determinism: ids and jitter. */
export interface Entropy {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** 26 characters, Crockford's base 32, ascending within a millisecond. */
  ulid(nowMs: number): string;
}
