import type { Difference, Event } from "../core/event.ts";
import type { ExecutionFold } from "../core/fold.ts";
import type { Digest } from "../core/ids.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Executions } from "./executions.ts";
import { isOver, type Live } from "./live.ts";
import { replayHistory } from "./replay-history.ts";
import type { WorkflowWasi } from "./workflow-calls.ts";

export interface UpgradesParts {
  readonly catalogue: Catalogue;
  readonly executions: Executions;
  readonly wasi: WorkflowWasi;
}

/** Takes executions to another component once their history has replayed against it. */
export class Upgrades {
  readonly #parts: UpgradesParts;

  constructor(parts: UpgradesParts) {
    this.#parts = parts;
  }

  /** The component of the active deployment that the execution might go on with, if that is not its own and has not been
   *  tried in vain. */
  candidate({ fold }: Live): Digest | undefined {
    const target = this.#parts.catalogue.find(fold.function)?.component;
    if (target === undefined || target.kind !== "workflow" || target.digest === fold.component) return undefined;
    return fold.refuses(target.digest) ? undefined : target.digest;
  }

  /** Replays the history against the component and records whether the execution belongs to it from now on. Nothing of the
   *  execution may run meanwhile. Returns the first difference, if there is one. */
  async tryOn(
    { key, id }: ExecutionFold,
    history: readonly Event[],
    component: Digest,
  ): Promise<Difference | undefined> {
    const { catalogue, executions, wasi } = this.#parts;
    const report = await replayHistory(id, await catalogue.load(component), history, wasi);
    const difference =
      report.kind === "diverged"
        ? { version: report.version, recorded: report.recorded, attempted: report.attempted }
        : undefined;
    const live = executions.get(key);
    if (live === undefined || isOver(live)) return difference;
    const event =
      difference === undefined
        ? executions.next(live, { kind: "component-changed", component })
        : executions.next(live, { kind: "component-refused", component, difference });
    executions.commit([{ live, events: [event] }]);
    return difference;
  }
}
