import { loadComponent, prepareComponent } from "./component/component.ts";
import { workflowWasi } from "./component/wasi/workflow-wasi.ts";
import type { Event } from "./core/event.ts";
import type { ExecutionRow } from "./core/execution.ts";
import { ExecutionFold } from "./core/fold.ts";
import { HostError } from "./core/host-error.ts";
import { type ReplayReport, replayHistory } from "./engine/replay-history.ts";
import { openReader } from "./journal/reader.ts";
import { knownId } from "./known-id.ts";
import { defaultCacheDir } from "./main.ts";
import type { Cut, JournalProblem } from "./ports/journal.ts";
import { requireSuspension } from "./system.ts";

/** Replays an execution against the component that it belongs to, as the journal stores it. Throws HostError. */
export async function replayExecution(
  data: string,
  id: string,
  options: { readonly cacheDir?: string } = {},
): Promise<ReplayReport> {
  requireSuspension();
  const reader = openReader(data);
  try {
    const row = reader.findExecution(knownId(id));
    if (row === undefined) throw new HostError("execution-unknown", `there is no execution ${id} in ${data}`);
    const component = reader.component(row.component);
    if (component === undefined) {
      throw new HostError(
        "component-missing",
        `${id} belongs to the component ${row.component}, which is not in ${data}`,
      );
    }
    if (component.kind !== "workflow") {
      throw new HostError("usage", `${id} is an activity: only workflows are replayed`, {
        hint: `\`stele logs ${id}\` shows what its attempts wrote`,
      });
    }
    const prepared = await prepareComponent(component.bytes, { cacheDir: options.cacheDir ?? defaultCacheDir() });
    return await replayHistory(row.id, loadComponent(prepared), reader.history(row.key), workflowWasi);
  } finally {
    reader.close();
  }
}

/** Everything that is wrong with a journal, in plain words; nothing when it is sound. Throws HostError
 *  when it can't be opened at all. */
export function* checkJournal(data: string): Iterable<JournalProblem> {
  const reader = openReader(data);
  try {
    yield* reader.problems((row, history) => foldedRow(row, history));
  } finally {
    reader.close();
  }
}

/** Where hosts found what a crash had left of an unfinished commit, and cut it off. Throws HostError. */
export function cutsOf(data: string): readonly Cut[] {
  const reader = openReader(data);
  try {
    return reader.cuts();
  } finally {
    reader.close();
  }
}

/** The row as it follows from the history; throws when the history itself is not one. */
function foldedRow(row: Pick<ExecutionRow, "key" | "id" | "parent">, history: readonly Event[]): ExecutionRow {
  return ExecutionFold.of(row, history).row;
}
