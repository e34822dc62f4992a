import type { Event } from "../../host/core/event.ts";
import type { ExecutionRow } from "../../host/core/execution.ts";
import type { Digest, ExecutionId, ExecutionKey } from "../../host/core/ids.ts";
import type {
  Cut,
  ExecutionQuery,
  FoldRow,
  JournalProblem,
  JournalReader,
  LogLine,
  StoredComponent,
} from "../../host/ports/journal.ts";
import type { Kept, SimulatedDisk } from "./simulated-disk.ts";

/** Reads what is on a simulated disk. */
export class SimulatedReader implements JournalReader {
  readonly #kept: Kept;

  constructor(disk: SimulatedDisk) {
    this.#kept = disk.kept;
  }

  unfinishedCount(): number {
    return this.#rows().filter(({ status }) => status !== "finished").length;
  }

  execution(key: ExecutionKey): ExecutionRow | undefined {
    return this.#kept.executions.get(key)?.row;
  }

  findExecution(id: ExecutionId): ExecutionRow | undefined {
    return this.#kept.find(id);
  }

  history(key: ExecutionKey): readonly Event[] {
    return this.#kept.history(key);
  }

  executions({ limit, before = Number.POSITIVE_INFINITY as ExecutionKey, status, children }: ExecutionQuery) {
    return this.#rows()
      .filter((row) => row.key < before && (status === undefined || row.status === status))
      .filter(({ parent }) => children === true || parent === null)
      .toSorted((a, b) => b.key - a.key)
      .slice(0, limit);
  }

  logs(key: ExecutionKey): readonly LogLine[] {
    const lines = [...(this.#kept.executions.get(key)?.logs.values() ?? [])];
    return lines.toSorted((a, b) => a.attempt - b.attempt || a.index - b.index);
  }

  component(digest: Digest): StoredComponent | undefined {
    return this.#kept.components.get(digest);
  }

  activeDeployment(): { readonly digest: Digest; readonly json: string } | undefined {
    return this.#kept.active;
  }

  cuts(): readonly Cut[] {
    return []; // what a crash leaves unfinished never gets to this disk
  }

  *problems(fold: FoldRow): Iterable<JournalProblem> {
    for (const row of this.#rows()) {
      const { id: execution } = row;
      const folded = JSON.stringify(fold(row, this.history(row.key)));
      if (folded !== JSON.stringify(row))
        yield { execution, message: `the row is ${JSON.stringify(row)}, not ${folded}` };
      if (!this.#kept.components.has(row.component)) yield { execution, message: `${row.component} is not stored` };
    }
  }

  close(): void {
    // it has nothing of its own
  }

  #rows(): readonly ExecutionRow[] {
    return [...this.#kept.executions.values()].map(({ row }) => row);
  }
}
