import {
  type DeployedComponent,
  type Deployment,
  isRetried,
  type Policy,
  policyOf,
  storedDeployment,
} from "../core/deployment.ts";
import type { ExecutionRow, JournalReader, Millis } from "../index.ts";
import { durationText, timeText } from "./text.ts";

/** How an activity is run by the active deployment, as `--json` prints it. */
export interface ActivityInForce {
  /** The first attempt and every retry. */
  readonly attemptsMax: number;
  readonly policy: Policy;
  /** Of all functions of its component together. */
  readonly component: Pick<DeployedComponent, "concurrencyMax" | "rate">;
  /** Null when an attempt is under way, or none follows. */
  readonly waits: Waits | null;
}

/** What an activity waits for, as far as the journal tells: what a live host knows besides, `Host.waitOf` says. */
export type Waits =
  | { readonly for: "start" | "backoff"; readonly until: Millis }
  /** As many attempts as may be are under way. */
  | { readonly for: "function" | "component"; readonly concurrencyMax: number }
  | { readonly for: "worker" | "host" };

/** Looks at no more than so many executions to count those that are under way. */
const countedMax = 100_000;

/** Reads what holds for activities at one moment. */
export class InForce {
  readonly #reader: JournalReader;
  readonly #now: number;
  readonly #deployment: Deployment;
  #underWay: readonly ExecutionRow[] | undefined;

  constructor(reader: JournalReader, now: number) {
    this.#reader = reader;
    this.#now = now;
    const active = reader.activeDeployment();
    this.#deployment = active === undefined ? { components: [] } : storedDeployment(active.json);
  }

  /** Null for what is no activity that is run. */
  of(row: ExecutionRow): ActivityInForce | null {
    const component = this.#componentOf(row);
    if (component === undefined || !isRetried(component.kind)) return null;
    const policy = policyOf(component, row.function);
    const { concurrencyMax, rate } = component;
    return {
      attemptsMax: policy.retry.retriesMax + 1,
      policy,
      component: { ...(concurrencyMax !== undefined && { concurrencyMax }), ...(rate !== undefined && { rate }) },
      waits: row.status === "pending" ? this.#waits(row, component, policy) : null,
    };
  }

  /** The deployment may hold another build of it, under the same name. */
  #componentOf({ component: digest }: ExecutionRow): DeployedComponent | undefined {
    const { components } = this.#deployment;
    const same = components.find((component) => component.digest === digest);
    if (same !== undefined) return same;
    const name = this.#reader.component(digest)?.name;
    return components.find((component) => component.name === name);
  }

  #waits({ wakeAt, attempts, function: name }: ExecutionRow, component: DeployedComponent, policy: Policy): Waits {
    if (wakeAt !== null && wakeAt > this.#now) return { for: attempts === 0 ? "start" : "backoff", until: wakeAt };
    if (component.kind === "activity_external") return { for: "worker" };
    const { concurrencyMax: ofFunction } = policy;
    const { concurrencyMax: ofComponent, digest } = component;
    if (ofFunction !== undefined && this.#count((row) => row.function === name) >= ofFunction) {
      return { for: "function", concurrencyMax: ofFunction };
    }
    if (ofComponent !== undefined && this.#count((row) => row.component === digest) >= ofComponent) {
      return { for: "component", concurrencyMax: ofComponent };
    }
    return { for: "host" };
  }

  #count(counts: (row: ExecutionRow) => boolean): number {
    this.#underWay ??= this.#reader.executions({ limit: countedMax, children: true, status: "locked" });
    return this.#underWay.filter(counts).length;
  }
}

export function activityRows(activity: ActivityInForce, attempts: number): string[][] {
  return [
    ["attempts", `${attempts} of ${activity.attemptsMax}`],
    ["policy", policyText(activity)],
  ];
}

function policyText({ attemptsMax, policy, component }: ActivityInForce): string {
  const { retry, deadlineMs, concurrencyMax, rate } = policy;
  const { concurrencyMax: ofComponent, rate: rateOfComponent } = component;
  return [
    attemptsMax === 1 ? "1 attempt" : `up to ${attemptsMax} attempts`,
    `${durationText(deadlineMs)} each`,
    ...(attemptsMax === 1 ? [] : [`backoff ${durationText(retry.backoffMs)} to ${durationText(retry.backoffMaxMs)}`]),
    ...(retry.totalMs === undefined ? [] : [`${durationText(retry.totalMs)} in all`]),
    ...(concurrencyMax === undefined ? [] : [`${concurrencyMax} at once`]),
    ...(rate === undefined ? [] : [`${rate.count} in ${durationText(rate.perMs)}`]),
    ...(ofComponent === undefined ? [] : [`${ofComponent} of its component at once`]),
    ...(rateOfComponent === undefined
      ? []
      : [`${rateOfComponent.count} of its component in ${durationText(rateOfComponent.perMs)}`]),
  ].join(", ");
}

export function waitsText({ policy, component, waits }: ActivityInForce): string {
  switch (waits?.for) {
    case "start":
    case "backoff":
      return `${waits.for === "start" ? "not to be run" : "backoff"} until ${timeText(waits.until)}`;
    case "function":
      return `all ${waits.concurrencyMax} attempts that its function may have at once are under way`;
    case "component":
      return `all ${waits.concurrencyMax} attempts that its component may have at once are under way`;
    case "worker":
      return "for a worker to claim it";
    case "host":
      return policy.rate === undefined && component.rate === undefined
        ? "for a host that has room"
        : "for a host that has room, and for its rate";
    case undefined:
      return "";
  }
}
