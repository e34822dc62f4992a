import type { Outcome } from "../../host/core/event.ts";
import type { Chance } from "../sim/chance.ts";
import { idOf } from "../support/author.ts";
import { type Deployed, type Version, versions } from "./deployments.ts";
import type { Act } from "./host-process.ts";
import type { Submission } from "./promises.ts";

const http = "test:guests/http-flows@0.1.0";
const hear = "bench:tiny/chronicle@0.1.0.hear";
const kinds = ["count-all", "persist", "run", "hear", "doomed"] as const;
const stepsOfCountAll = 5;

export interface Sky {
  readonly chance: Chance;
  readonly service: string;
  readonly deployed: Readonly<Record<Version, Deployed>>;
}

/** Makes up what hosts are asked for. Keys of effects begin with the execution's id. */
export class Storm {
  readonly #sky: Sky;
  #submissions = 0;
  #signals = 0;
  /** Wait for a signal, or sleep until they are cancelled. */
  #listening: string[] = [];
  #doomed: string[] = [];

  constructor(sky: Sky) {
    this.#sky = sky;
  }

  acts(submissions: number): readonly Act[] {
    return Array.from({ length: submissions }, () => [this.#submit(), ...this.#more()]).flat();
  }

  /** What lets all of these, which are unfinished, come to their ends. */
  lastActs(unfinished: ReadonlySet<string>): readonly Act[] {
    return [
      ...this.#listening.filter((id) => unfinished.has(id)).map((id) => this.#signal(id)),
      ...this.#doomed.filter((id) => unfinished.has(id)).map((id): Act => ({ kind: "cancel", id })),
      { kind: "idle" },
    ];
  }

  /** What nobody accepted, or has finished, is left alone. */
  keepOnly(unfinished: ReadonlySet<string>): void {
    this.#listening = this.#listening.filter((id) => unfinished.has(id));
    this.#doomed = this.#doomed.filter((id) => unfinished.has(id));
  }

  #submit(): Act {
    const { chance, service } = this.#sky;
    const n = ++this.#submissions;
    const id = idOf(n);
    const submit = (name: string, params: Submission["params"]): Act => ({
      kind: "submit",
      id,
      function: name,
      params,
    });
    const kind = kinds[n % kinds.length] as (typeof kinds)[number];
    switch (kind) {
      case "count-all": {
        const keys = Array.from({ length: stepsOfCountAll }, (_, step) => `${id}-${step}`);
        return submit(`${http}.count-all`, [service, keys, 20]);
      }
      case "persist":
        return submit(`${http}.persist`, [service, `${id}-0`, 2]);
      case "run":
        return submit("bench:tiny/flow@0.1.0.run", [25, "payload"]);
      case "hear":
        this.#listening.push(id);
        return submit(hear, [chance.below(100), "listens"]);
      case "doomed":
        this.#doomed.push(id);
        return submit(hear, [3_600_000, "doomed"]);
    }
  }

  #more(): readonly Act[] {
    const { chance, deployed } = this.#sky;
    const [listening, doomed] = [chance.pick(this.#listening), chance.pick(this.#doomed)];
    switch (chance.below(5)) {
      case 0:
      case 1:
        return listening === undefined
          ? []
          : Array.from({ length: 1 + chance.below(3) }, () => this.#signal(listening));
      case 2:
        return doomed === undefined ? [] : [{ kind: "cancel", id: doomed }];
      case 3:
        return [{ kind: "deploy", manifest: deployed[chance.pick(versions) ?? "one"].manifest }];
      default:
        return [];
    }
  }

  #signal(id: string): Act {
    return { kind: "signal", id, value: ++this.#signals };
  }
}

/** Whether an execution came to what its kind comes to; `signals` have come to it. */
export function isRightEnd(
  { function: name, params }: Submission,
  outcome: Outcome,
  signals: readonly number[],
): boolean {
  if (name === hear && params[1] === "doomed") return "failure" in outcome && outcome.failure === "cancelled";
  if (!("ok" in outcome)) return false;
  if (name === hear) return outcome.ok === JSON.stringify(signals[0]);
  if (name.endsWith("persist")) return Number(outcome.ok) >= 3;
  if (name.endsWith("run")) return outcome.ok === 25;
  const counts = outcome.ok as readonly number[];
  return counts.length === stepsOfCountAll && counts.every((count) => count >= 1);
}
