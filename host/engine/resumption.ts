import type { ExecutionRow } from "../core/execution.ts";
import type { ExecutionKey } from "../core/ids.ts";
import type { Journal } from "../ports/journal.ts";
import type { ActivityExecutor } from "./activity-executor.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ExternalExecutor } from "./external-executor.ts";
import type { WorkflowExecutor } from "./workflow-executor.ts";

export interface ResumptionParts {
  readonly catalogue: Catalogue;
  readonly journal: Journal;
  readonly activities: ActivityExecutor;
  readonly external: ExternalExecutor;
  readonly workflows: WorkflowExecutor;
  /** Nothing is run: what is recorded waits for a host that runs it. */
  readonly dormant: boolean;
}

/** Takes up executions that exist: after a host was lost, or after a pause. */
export class Resumption {
  readonly #parts: ResumptionParts;

  constructor(parts: ResumptionParts) {
    this.#parts = parts;
  }

  /** Takes up what has just been unpaused. */
  goOn(key: ExecutionKey): void {
    const { dormant, journal } = this.#parts;
    if (dormant) return;
    const row = journal.execution(key);
    if (row !== undefined) this.takeUp(row);
  }

  /** Takes up an execution, unless this very host has an attempt of it under way. */
  takeUp(row: ExecutionRow): void {
    const { catalogue, activities, external } = this.#parts;
    const { key } = row;
    if (activities.isRunning(key) || external.isLeased(key)) return;
    if (row.status === "paused") return this.#takeUpPaused(row);
    switch (catalogue.kind(row.component)) {
      case "activity":
      case "activity_exec":
        if (row.status === "locked") activities.lost(key);
        else activities.takeUp(row);
        return;
      case "activity_external":
        if (row.status === "locked") this.renew(row);
        else external.takeUp(row);
        return;
      case "workflow":
        this.#takeUpWorkflow(row);
        break;
      case "activity_stub":
    }
  }

  /** Begins the lease anew of what a worker has claimed under an earlier host: it may be alive, and speak before `takeUp`
   *  has come to its activity. */
  renew({ key, component, status, attempts, wakeAt }: ExecutionRow): void {
    const { catalogue, external } = this.#parts;
    const isClaimed = status === "locked" || (status === "paused" && attempts > 0 && wakeAt === null);
    if (!isClaimed || external.isLeased(key) || catalogue.kind(component) !== "activity_external") return;
    external.renewed(key, this.#leaseMs(key));
  }

  /** Nothing of it is run; its delays come due all the same, and what a worker has claimed stays the worker's. */
  #takeUpPaused(row: ExecutionRow): void {
    if (this.#parts.catalogue.kind(row.component) === "workflow") this.#takeUpWorkflow(row);
    else this.renew(row);
  }

  #takeUpWorkflow(row: ExecutionRow): void {
    const { status, wakeAt } = row;
    const { workflows } = this.#parts;
    if (wakeAt !== null) workflows.wakeAt(row, wakeAt);
    if (status === "locked" || (status === "pending" && wakeAt === null)) workflows.enqueue(row);
  }

  /** How long the worker of an execution's latest attempt may be silent. */
  #leaseMs(key: ExecutionKey): number {
    const started = this.#parts.journal.load(key)?.history.findLast((event) => event.kind === "attempt-started");
    return started?.leaseMs ?? 0;
  }
}
