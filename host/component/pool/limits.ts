import { totalmem } from "node:os";

/** What the pool bounds. */
export interface PoolLimits {
  /** Attempts under way in one thread, most of them waiting; further ones wait for their turn. */
  readonly attemptsPerThread: number;
  /** How long a thread may stay silent past a deadline before the pool acts in its place. */
  readonly graceMs: number;
  /** Memory of all guests in all threads together, in bytes. */
  readonly memoryBytesMax: number;
  /** JavaScript heap of one thread, in MiB; guests' memories are not in it. */
  readonly heapMibMax: number;
}

export const defaultPoolLimits: PoolLimits = {
  attemptsPerThread: 1_000,
  graceMs: 2_000,
  memoryBytesMax: Math.max(totalmem() / 2, 512 * 1024 * 1024),
  heapMibMax: 1_024,
};
