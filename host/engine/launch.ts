import { recordedLimits } from "../core/event.ts";
import type { ExecutionId, ExecutionKey, FunctionName, Millis, Position } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import type { ActivityExecutor } from "./activity-executor.ts";
import type { DeployedFunction } from "./catalogue.ts";
import type { Executions } from "./executions.ts";
import type { ExternalExecutor } from "./external-executor.ts";
import type { Live } from "./live.ts";
import type { Unit } from "./unit.ts";

/** An execution to be made. */
export interface Beginning {
  readonly key: ExecutionKey;
  readonly id: ExecutionId;
  readonly parent: ExecutionKey | null;
  readonly function: FunctionName;
  readonly params: readonly Json[];
  readonly target: DeployedFunction;
  /** Not to be run before. */
  readonly startAt?: Millis | undefined;
}

export interface LaunchParts {
  readonly executions: Executions;
  readonly activities: ActivityExecutor;
  readonly external: ExternalExecutor;
  readonly startWorkflow: (live: Live, startAt: Millis | undefined) => void;
}

/** Brings an execution into the world: as events of a unit first, and once that is appended, as work to be done. */
export class Launch {
  readonly #parts: LaunchParts;

  constructor(parts: LaunchParts) {
    this.#parts = parts;
  }

  /** Returns what must be called with the unit's position. */
  begin(unit: Unit, { key, id, parent, function: name, params, target, startAt }: Beginning): (at: Position) => void {
    const { executions, activities, external, startWorkflow } = this.#parts;
    const { digest: component, kind } = target.component;
    const created = {
      kind: "created",
      function: name,
      params,
      component,
      ...(startAt && { startAt }),
      ...(kind === "workflow" && recordedLimits(target.limits)),
    } as const;
    const begun = executions.begin(key, id, parent, created);
    const { live } = begun;
    unit.put(live, begun.created);
    switch (kind) {
      case "workflow":
        return () => startWorkflow(live, startAt);
      case "activity":
      case "activity_exec": {
        if (startAt !== undefined) return () => activities.ready(live, startAt);
        const claim = activities.claim(live);
        if (claim === undefined) return () => activities.ready(live, null);
        unit.put(live, claim);
        return (position) => activities.begun(live, params, position);
      }
      case "activity_external":
        return () => external.ready(live, startAt ?? null);
      case "activity_stub":
        // Somebody else will say what came of it.
        return () => executions.release(live);
    }
  }
}
