/** What a shard bounds. */
export interface ShardLimits {
  /** The largest parameters or result of one call, in bytes of JSON. */
  readonly payloadBytesMax: number;
  /** Workflow instances alive at once; beyond it the one that has waited the longest is evicted. */
  readonly hotRunsMax: number;
  /** Memory of all workflow instances together, in bytes; beyond it, too, the one that has waited the longest is evicted. */
  readonly hotBytesMax: number;
  /** A workflow that sleeps longer than this gives up its instance at once. */
  readonly hotSleepMs: number;
  /** Workflow runs started in one turn of the event loop. */
  readonly startsPerTurn: number;
  /** Activity attempts under way at once. */
  readonly attemptsMax: number;
  /** Executions that could run and wait in one line: for the same limit of a component or function, for room in the host, or
   *  to be run as workflows; beyond it none that would wait there too is taken from outside. */
  readonly pendingMax: number;
  /** In all lines together, for the sake of memory; beyond it none at all is taken from outside. */
  readonly pendingTotalMax: number;
  /** How many tries of a workflow's join sets may be answered "pending". */
  readonly pollsMax: number;
  /** Signals to one execution that nobody has asked for yet. */
  readonly signalsMax: number;
  /** Their JSON together: an execution that begins anew keeps them in one event. */
  readonly signalCharactersMax: number;
}

export const defaultLimits: ShardLimits = {
  payloadBytesMax: 8 * 1024 * 1024,
  hotRunsMax: 1_000,
  hotBytesMax: 2 * 1024 * 1024 * 1024,
  hotSleepMs: 1_000,
  startsPerTurn: 16,
  attemptsMax: 1_000,
  pendingMax: 100_000,
  pendingTotalMax: 500_000,
  pollsMax: 100_000,
  signalsMax: 10_000,
  signalCharactersMax: 64 * 1024 * 1024,
};
