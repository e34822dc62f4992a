import { ExecutionFold } from "../core/fold.ts";
import type { ExecutionRow, JournalReader } from "../index.ts";

/** Executions looked at; more would be no help to a reader. */
const limit = 1_000;

/** Unfinished executions that wait for somebody outside, a line each: a host alone will not finish them. */
export function awaitedFromOutside(reader: JournalReader): readonly string[] {
  const rows = (["paused", "pending", "blocked"] as const).flatMap((status) =>
    reader.executions({ status, limit, children: true }),
  );
  return rows.flatMap((row) => {
    const what = awaited(reader, row);
    return what === undefined ? [] : [`${row.id} waits for ${what}`];
  });
}

function awaited(reader: JournalReader, row: ExecutionRow): string | undefined {
  if (row.status === "paused") return "`stele unpause`";
  if (row.status === "blocked") {
    const [signal] = ExecutionFold.of(row, reader.history(row.key)).pendingSignals();
    return signal && `a signal of its channel ${signal.channel}`;
  }
  switch (reader.component(row.component)?.kind) {
    case "activity_stub":
      return "its result (`stele stub`)";
    case "activity_external":
      return "a worker";
    default:
      return undefined;
  }
}
