import { afterAll, beforeAll, expect, test } from "vitest";
import type { Event, Outcome } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import type { LoadedComponent } from "../../host/ports/components.ts";
import { guest } from "../support/guests.ts";
import { historiesIn, Rig } from "../support/rig.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.of(
    guest("workflow"),
    guest("child-workflow"),
    guest("activity"),
    guest("tiny-workflow"),
    guest("tiny-activity"),
  );
}, 120_000);

afterAll(() => rig.close());

const idOf = (n: number) => `E_01K42AJA8QHD7D3GTJAYMASF${String(n).padStart(2, "0")}` as ExecutionId;

interface Work {
  readonly function: string;
  readonly params: readonly unknown[];
  readonly outcome: Outcome;
}

interface Ended {
  readonly outcomes: readonly (Outcome | undefined)[];
  readonly histories: object;
}

/** Submits all of it at once and lets it finish. */
async function runAll(work: readonly Work[], limits: Partial<ShardLimits>): Promise<Ended> {
  const data = rig.folder();
  const open = rig.open(data, { limits });
  await Promise.all(work.map((one, n) => open.submit(idOf(n), one.function, one.params)));
  await open.finish();
  const outcomes = await Promise.all(work.map((_, n) => open.shard.result(idOf(n))));
  open.close();
  return { outcomes, histories: comparable(historiesIn(data)) };
}

/** What the executions did, in which order. When and under which keys depends on their neighbours. */
function comparable(histories: ReadonlyMap<ExecutionId, readonly Event[]>): object {
  const left = [...histories].map(([id, history]) => {
    const events = history.map((event) => ({ ...event, at: undefined, dueAt: undefined, childKey: undefined }));
    return [id, events] as const;
  });
  return Object.fromEntries(left.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Workflows that wait for activities, for children and for sleeps of different lengths. */
function workOf(count: number): Work[] {
  return Array.from({ length: count }, (_, n): Work => {
    switch (n % 4) {
      case 0:
        return {
          function: "bench:tiny/flow@0.1.0.step-sleep-step",
          params: [n * 50, `p${n}`],
          outcome: { ok: `p${n}` },
        };
      case 1:
        return { function: "test:guests/flows@0.1.0.echo-times", params: [3, `e${n}`], outcome: { ok: 3 } };
      case 2:
        return { function: "bench:tiny/flow@0.1.0.sleep-times", params: [3, 2_000 + n], outcome: { ok: 3 } };
      default:
        return {
          function: "test:guests/flows@0.1.0.family",
          params: [`f${n}`],
          outcome: { ok: [`F${n}`, `f${n}`, `{"tag":"refused","val":"f${n}"}`] },
        };
    }
  });
}

/** Counts the guests that have been made and whose call has not ended. */
class Instances {
  made = 0;
  alive = 0;
  mostAlive = 0;

  counted(component: LoadedComponent): LoadedComponent {
    return {
      type: component.type,
      instantiate: (...given) => {
        const guest = component.instantiate(...given);
        this.made++;
        this.mostAlive = Math.max(this.mostAlive, ++this.alive);
        return {
          call: (...args) => guest.call(...args).finally(() => this.alive--),
          fuelUsed: () => guest.fuelUsed(),
          release: () => guest.release(),
        };
      },
    };
  }
}

test.each<[string, Partial<ShardLimits>]>([
  ["two instances alive at once", { hotRunsMax: 2 }],
  ["one instance alive at once", { hotRunsMax: 1 }],
  ["the memory of one instance", { hotBytesMax: 1 }],
  ["every sleep given up at once", { hotSleepMs: 0 }],
  [
    "both, one start a turn and one attempt at a time",
    { hotRunsMax: 2, hotSleepMs: 0, startsPerTurn: 1, attemptsMax: 1 },
  ],
])(
  "twenty workflows finish as if each were alone: %s",
  async (_what, limits) => {
    const work = workOf(20);
    const roomy = await runAll(work, { hotSleepMs: 1_000_000 });
    const cramped = await runAll(work, limits);
    expect(roomy.outcomes).toEqual(work.map(({ outcome }) => outcome));
    expect(cramped.outcomes).toEqual(roomy.outcomes);
    expect(cramped.histories).toEqual(roomy.histories);
  },
  30_000,
);

test("a guest that catches what evicts it does no harm: it is asked nothing and believed nothing", async () => {
  const work = Array.from({ length: 6 }, (_, n) => ({
    function: "test:guests/flows@0.1.0.swallow",
    params: [4],
    outcome: { ok: "0, 1, 2, 3" },
    n,
  }));
  const { outcomes } = await runAll(work, { hotRunsMax: 1 });
  expect(outcomes).toEqual(work.map(({ outcome }) => outcome));
});

test("no more instances are alive than the limit and the starts of one turn", async () => {
  const instances = new Instances();
  const open = rig.open(rig.folder(), {
    limits: { hotRunsMax: 3, startsPerTurn: 2, hotSleepMs: 1_000_000 },
    source: {
      load: async (digest) => instances.counted(await rig.components.load(digest)),
      kind: (digest) => rig.components.kind(digest),
    },
  });
  const work = Array.from({ length: 20 }, (_, n) => n);
  await Promise.all(work.map((n) => open.submit(idOf(n), "bench:tiny/flow@0.1.0.sleep-times", [3, 1_000 + n])));
  await open.finish();
  open.close();
  expect(instances.mostAlive).toBeGreaterThanOrEqual(3);
  expect(instances.mostAlive).toBeLessThanOrEqual(5);
  expect(instances.made, "each of the twenty was evicted and brought back").toBeGreaterThan(40);
  expect(instances.alive).toBe(0);
});

test("more sleepers than may be alive wake in the order of their times", async () => {
  const data = rig.folder();
  const open = rig.open(data, { limits: { hotRunsMax: 2 } });
  const count = 60;
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      open.submit(idOf(n), "bench:tiny/flow@0.1.0.sleep", [((n * 37) % count) * 1_000 + 1]),
    ),
  );
  await open.finish();
  open.close();
  const histories = [...historiesIn(data).values()];
  expect(histories).toHaveLength(count);
  for (const history of histories) {
    expect(history.map(({ kind }) => kind)).toEqual(["created", "delay-submitted", "delay-expired", "finished"]);
    const [, delay, expired] = history;
    expect(delay).toHaveProperty("dueAt", expired?.at);
  }
});
