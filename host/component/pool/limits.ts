import type { GuestLimits } from "../../ports/components.ts";

/** What the pool bounds. */
export interface PoolLimits {
  /** Attempts under way in one thread, most of them waiting; further ones wait for their turn. */
  readonly attemptsPerThread: number;
  /** How long a thread may stay silent past a deadline before the pool acts in its place. */
  readonly graceMs: number;
  /** Text that one attempt may log, in bytes. */
  readonly logBytesMax: number;
  /** HTTP requests that one attempt may have open. */
  readonly openRequestsMax: number;
  /** JavaScript heap of one thread, in MiB; guests' memories are not in it. */
  readonly heapMibMax: number;
  readonly guest: GuestLimits;
}

export const defaultPoolLimits: PoolLimits = {
  attemptsPerThread: 256,
  graceMs: 2_000,
  logBytesMax: 1024 * 1024,
  openRequestsMax: 128,
  heapMibMax: 1_024,
  guest: { memoryBytesMax: 256 * 1024 * 1024, fuel: 50_000_000_000 },
};
