import type { Event } from "../core/event.ts";
import type { ExecutionFold } from "../core/fold.ts";
import type { ExecutionKey } from "../core/ids.ts";
import type { LogLine } from "../ports/journal.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** An unfinished execution that the shard has at hand. */
export interface Live {
  readonly fold: ExecutionFold;
  readonly parent: ExecutionKey | null;
  /** The hot run of a workflow, if it has one. */
  run: WorkflowRun | undefined;
  /** All its events, while it is new and its first run has not taken them. */
  history: Event[] | undefined;
}

/** What happens to one execution within one atomic unit of the journal. */
export interface Step {
  readonly live: Live;
  readonly events: readonly Event[];
  readonly logs?: readonly LogLine[];
}

/** Its code has come to its end, whatever is still outstanding. */
export function isOver({ fold }: Live): boolean {
  return fold.isOver;
}
