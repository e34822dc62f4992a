import { expect } from "vitest";
import type { Event, Outcome } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { Deployed, Version } from "./deployments.ts";
import type { Act } from "./host-process.ts";

export type Submission = Extract<Act, { kind: "submit" }>;
type Histories = ReadonlyMap<ExecutionId, readonly Event[]>;

/** What hosts have acknowledged, whatever became of them since. */
export class Promises {
  readonly accepted = new Map<ExecutionId, { readonly submission: Submission; readonly version: Version }>();
  readonly #deployed: Readonly<Record<Version, Deployed>>;
  readonly #told = new Map<ExecutionId, Outcome>();
  readonly #signals = new Map<ExecutionId, number[]>();
  readonly #refused = new Set<ExecutionId>();
  readonly #cancelled = new Set<ExecutionId>();
  /** What may be active: the last that was acknowledged, and one that was asked for after it. */
  #active: ReadonlySet<Version> = new Set();
  readonly counts = { submissions: 0, signals: 0, cancels: 0, deployments: 0 };

  constructor(deployed: Readonly<Record<Version, Deployed>>) {
    this.#deployed = deployed;
  }

  /** Takes in what a host has said while it did `acts`, beginning with this version. */
  hear(lines: readonly string[], acts: readonly Act[], before: Version): void {
    let [version, done] = [before, 0];
    for (const line of lines) {
      const [what, which = "", ...rest] = line.split(" ");
      const answer = rest.length === 0 ? undefined : (JSON.parse(rest.join(" ")) as unknown);
      if (what === "finished") this.#told.set(which as ExecutionId, answer as Outcome);
      if (what !== "done") continue;
      const act = acts[Number(which)] as Act;
      done++;
      if (act.kind === "deploy") version = this.#versionOf(act.manifest);
      this.#acknowledge(act, answer, version);
    }
    const next = acts[done];
    this.#active = new Set([version, next?.kind === "deploy" ? this.#versionOf(next.manifest) : version]);
  }

  #acknowledge(act: Act, answer: unknown, version: Version): void {
    if (act.kind === "idle") return;
    if (act.kind === "deploy") {
      this.counts.deployments++;
      return;
    }
    const id = act.id as ExecutionId;
    if (act.kind === "submit") {
      this.accepted.set(id, { submission: act, version });
      this.counts.submissions++;
    } else if (act.kind === "signal") {
      if (answer === "refused") this.#refused.add(id);
      else this.#signals.set(id, [...(this.#signals.get(id) ?? []), act.value]);
      this.counts.signals++;
    } else {
      // False: it had come to its end by itself, or was being cancelled already.
      if (answer === true) this.#cancelled.add(id);
      this.counts.cancels++;
    }
  }

  /** Returns what is active. */
  expectKept(histories: Histories, activeJson: string): Version {
    for (const [id, { version }] of this.accepted) {
      const [created] = histories.get(id) ?? [];
      expect(created?.kind, `${id} was accepted`).toBe("created");
      const other = version === "one" ? "two" : "one";
      if (created?.kind === "created")
        expect(this.#deployed[other].digests, `the version that ${id} began with`).not.toContain(created.component);
    }
    for (const [id, outcome] of this.#told) expect(outcomeOf(histories.get(id)), `${id} was told`).toEqual(outcome);
    for (const [id, values] of this.#signals) {
      const heard = signalsIn(histories.get(id) ?? []);
      expect(heard, `signals of ${id}`).toEqual(expect.arrayContaining(values));
      expect(heard, `signals of ${id}, each once and in order`).toEqual([...new Set(heard)].toSorted((a, b) => a - b));
    }
    for (const id of this.#refused)
      expect(outcomeOf(histories.get(id)), `${id}, which was sent no signal`).toBeDefined();
    for (const id of this.#cancelled)
      expect(
        histories.get(id)?.find(({ kind }) => kind === "ended" || kind === "finished"),
        `${id} was cancelled`,
      ).toMatchObject({ outcome: { failure: "cancelled" } });
    const active = [...this.#active].find((version) =>
      [...this.#deployed[version].digests].every((digest) => activeJson.includes(digest)),
    );
    expect(active, `the deployment is one of ${[...this.#active].join(", ")}`).toBeDefined();
    return active as Version;
  }

  #versionOf(manifest: string): Version {
    return manifest === this.#deployed.one.manifest ? "one" : "two";
  }
}

export function outcomeOf(history: readonly Event[] | undefined): Outcome | undefined {
  const last = history?.at(-1);
  return last?.kind === "finished" ? last.outcome : undefined;
}

/** In the order in which they came. */
export function signalsIn(history: readonly Event[]): readonly number[] {
  return history.flatMap((event) => {
    const came = event.kind === "signal-buffered" || (event.kind === "signal-delivered" && !event.buffered);
    return came ? [event.value as number] : [];
  });
}
