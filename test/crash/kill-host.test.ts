/** A real host is killed at any moment, again and again, while a service outside counts effects.
 *  `STELE_KILL_SECONDS=600 STELE_SIM_SEED=7 npx vitest run test/crash/kill-host` does it for longer. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { openReader } from "../../host/journal/reader.ts";
import { Chance } from "../sim/chance.ts";
import { CountingService } from "../support/counting-service.ts";
import { noteProof } from "../support/proof.ts";
import { historiesIn } from "../support/rig.ts";
import { explain } from "./attempts.ts";
import { type Deployed, type Version, writeDeployment } from "./deployments.ts";
import type { Act, HostOrder } from "./host-process.ts";
import { outcomeOf, Promises, signalsIn } from "./promises.ts";
import { Speaker } from "./speaker.ts";
import { isRightEnd, Storm } from "./storm.ts";

const killingSeconds = Number(process.env["STELE_KILL_SECONDS"] ?? 15);
/** Of what is asked, and when a kill is meant to come; when it comes is for the machine to say. */
const seed = Number(process.env["STELE_SIM_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const again = `STELE_KILL_SECONDS=${killingSeconds} STELE_SIM_SEED=${seed} npx vitest run test/crash/kill-host`;

/** The longest that one lives after it has opened; longer where the machine is too slow for anything to be done in it. */
const lifeMsMax = 1_200;
const submissionsPerLife = 4;

let dir: string;
let service: CountingService;
let deployed: Readonly<Record<Version, Deployed>>;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "stele-kill-"));
  service = await CountingService.start(15);
  deployed = {
    one: writeDeployment(dir, "one", service.origin),
    two: writeDeployment(dir, "two", service.origin),
  };
});
afterEach(async () => {
  await service.stop();
  rmSync(dir, { recursive: true });
});

type Moment = "opening" | "working" | "closing";

/** Hosts one after the other on one folder, and what they have promised. */
class Lives {
  readonly promises = new Promises(deployed);
  readonly kills: Record<Moment, number> = { opening: 0, working: 0, closing: 0 };
  /** How often the effect of a step had been seen when the step was first found finished. */
  readonly settled = new Map<string, number>();
  midway = 0;
  histories: ReadonlyMap<ExecutionId, readonly Event[]> = new Map();
  readonly #chance: Chance;
  #active: Version = "one";
  #opensInMs = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  get unfinished(): ReadonlySet<string> {
    return new Set([...this.histories].filter(([, history]) => outcomeOf(history) === undefined).map(([id]) => id));
  }

  async live(acts: readonly Act[], moment: Moment): Promise<void> {
    const host = this.#spawn(acts, moment === "closing");
    if (await this.#killAt(host, moment)) this.kills[moment]++;
    this.promises.hear(host.lines, acts, this.#active);
    this.check();
    if (this.unfinished.size > 0) this.midway++;
  }

  /** Until all is done. */
  async liveOn(acts: readonly Act[]): Promise<void> {
    const host = this.#spawn(acts, true);
    await host.ended();
    this.promises.hear(host.lines, acts, this.#active);
    this.check();
  }

  check(): void {
    this.histories = historiesIn(join(dir, "data")); // throws when anything is wrong with the file
    this.#active = this.promises.expectKept(this.histories, activeJson());
    for (const [id, key] of keysOf(this.histories))
      if (outcomeOf(this.histories.get(id)) !== undefined && !this.settled.has(key))
        this.settled.set(key, service.count(key));
  }

  #spawn(acts: readonly Act[], closes: boolean): Speaker {
    const order: HostOrder = {
      data: join(dir, "data"),
      cacheDir: join(dir, "cache"),
      // Later ones take up what the journal holds.
      ...(this.histories.size === 0 && { deployment: deployed.one.manifest }),
      acts,
      closes,
    };
    return Speaker.start(new URL("./host-process.ts", import.meta.url), JSON.stringify(order));
  }

  /** False when there was nothing left to kill. */
  async #killAt(host: Speaker, moment: Moment): Promise<boolean> {
    if (moment === "opening") {
      await passed(this.#chance.below(this.#opensInMs));
      return host.killUnlessEnded();
    }
    const spawnedAt = performance.now();
    await host.said("open");
    this.#opensInMs = performance.now() - spawnedAt;
    if (moment === "closing") {
      await host.said("closing");
      await passed(this.#chance.below(30));
      return host.killUnlessEnded();
    }
    await passed(this.#chance.below(lifeMsMax) * (this.settled.size === 0 ? 1 + this.kills.working : 1));
    await host.kill();
    return true;
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function activeJson(): string {
  const reader = openReader(join(dir, "data"));
  try {
    return reader.activeDeployment()?.json ?? "";
  } finally {
    reader.close();
  }
}

/** The effect's key of a step that counts, by the step's id. */
function keysOf(histories: ReadonlyMap<ExecutionId, readonly Event[]>): Map<ExecutionId, string> {
  const keys = new Map<ExecutionId, string>();
  for (const [id, [created]] of histories) {
    if (created?.kind !== "created" || !created.function.includes("http-activities")) continue;
    keys.set(id, created.params[1] as string);
  }
  return keys;
}

async function storm(): Promise<Readonly<Record<string, number>>> {
  const chance = new Chance(seed);
  const lives = new Lives(chance);
  const plan = new Storm({ chance, service: service.origin, deployed });
  // From when hosts have got anything done: the first has guests to compile.
  let endsAt = Number.POSITIVE_INFINITY;
  while (performance.now() < endsAt) {
    const moment =
      lives.settled.size === 0 ? "working" : (chance.pick(["working", "working", "opening", "closing"]) as Moment);
    await lives.live(plan.acts(submissionsPerLife), moment);
    plan.keepOnly(lives.unfinished);
    if (lives.settled.size > 0) endsAt = Math.min(endsAt, performance.now() + killingSeconds * 1_000);
  }
  await lives.liveOn(plan.lastActs(lives.unfinished));

  const { histories, promises, settled } = lives;
  expect([...lives.unfinished]).toEqual([]);
  for (const [id, { submission }] of promises.accepted) {
    const history = histories.get(id) ?? [];
    const outcome = outcomeOf(history);
    const isRight = outcome !== undefined && isRightEnd(submission, outcome, signalsIn(history));
    expect(isRight, `${submission.function} ${id} came to ${JSON.stringify(outcome)}`).toBe(true);
  }
  const sum = { attempts: 0, effects: 0, without: 0 };
  for (const [id, key] of keysOf(histories)) {
    const { attempts, effects, without } = explain(id, histories.get(id) ?? [], service.effectsAt(key));
    expect(effects, `effects of ${id} after it was finished`).toBe(settled.get(key) ?? effects);
    sum.attempts += attempts;
    sum.effects += effects;
    sum.without += without;
  }
  const { opening, working, closing } = lives.kills;
  return {
    "kills while opening": opening,
    "kills while working": working,
    "kills while closing": closing,
    "kills that left something unfinished": lives.midway,
    ...promises.counts,
    attempts: sum.attempts,
    effects: sum.effects,
    "attempts without an effect": sum.without,
  };
}

test("whatever the moment of a kill, what was acknowledged holds, no finished step is done again, and every attempt is explained", {
  timeout: 60_000 + killingSeconds * 2_000,
}, async () => {
  const counts = await storm().catch((error: unknown) => {
    throw new Error(`run it again with: ${again}`, { cause: error });
  });
  expect(counts["kills while working"]).toBeGreaterThan(2);
  expect(counts["kills that left something unfinished"]).toBeGreaterThan(0);
  noteProof("hosts that are killed", counts);
});
