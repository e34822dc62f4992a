import type { ExecutionId, Millis } from "../../core/ids.ts";
import { RandomGenerator } from "../../core/random.ts";
import { GuestTrap, type HostImports } from "../../ports/components.ts";
import type { LogLevel } from "../../ports/journal.ts";
import { Stdio } from "./cli.ts";
import { commonInterfaces, withAnyVersion } from "./interfaces.ts";
import type { Condition, Waiting } from "./waiting.ts";

/** The run that a deterministic WASI serves. */
export interface WorkflowWorld {
  readonly id: ExecutionId;
  /** The execution's own time. */
  readonly now: Millis;
  log(level: LogLevel, message: string): void;
}

/** WASI in its deterministic form: each run of an execution sees the same time, the same random numbers, no
 *  files, no environment, no network. A guest may subscribe to a clock, as runtimes of languages do when they
 *  start, but waiting for a time that has not come is a trap: only a journaled sleep can be replayed. */
export function workflowWasi(world: WorkflowWorld): HostImports {
  return withAnyVersion(() => {
    const nanoseconds = () => BigInt(world.now) * 1_000_000n;
    return commonInterfaces({
      waiting: neverWaits,
      stdio: new Stdio(neverWaits, (level, line) => world.log(level, line)),
      clock: { monotonic: nanoseconds, wall: nanoseconds, resolution: 1_000_000n, reached: () => never },
      // A stream of its own: the random functions of workflow-support are journaled and draw from another.
      random: new RandomGenerator(`${world.id}/wasi`),
    });
  });
}

const never: Condition = { ready: () => false, whenReady: () => () => undefined };

const neverWaits: Waiting = {
  wait: () => {
    throw new GuestTrap("a workflow can't wait by WASI: call sleep of obelisk:workflow/workflow-support");
  },
  pace: (answer) => answer,
};
