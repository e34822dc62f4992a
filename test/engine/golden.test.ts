/** Stories as journals of earlier versions keep them: what is in `test/histories` must stay readable and go on. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import { ExecutionFold } from "../../host/core/fold.ts";
import { replayHistory } from "../../host/engine/replay-history.ts";
import { openReader } from "../../host/journal/reader.ts";
import type { Change } from "../../host/ports/journal.ts";
import {
  changesOf,
  executionsIn,
  type Golden,
  goldenRig,
  lasting,
  readGolden,
  tell,
  toldBy,
} from "../support/golden.ts";
import { type Rig, writeUnits } from "../support/rig.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const names = readdirSync(join(import.meta.dirname, "..", "histories"));

let rig: Rig;

beforeAll(async () => {
  rig = await goldenRig();
}, 120_000);

afterAll(() => rig.close());

test("every kind of event is in some golden", () => {
  const kinds = names.flatMap((name) =>
    readGolden(name).executions.flatMap(({ history }) => history.map((e) => e.kind)),
  );
  expect([...new Set(kinds)].toSorted()).toEqual([
    "attempt-failed",
    "attempt-started",
    "child-finished",
    "child-refused",
    "child-submitted",
    "created",
    "delay-expired",
    "delay-submitted",
    "finished",
    "value-drawn",
  ]);
});

describe.each(names)("%s", (name) => {
  const golden = readGolden(name);

  test("is written into a fresh journal and comes out the same, to the byte, with the same hashes", async () => {
    const data = rig.folder();
    await writeUnits(data, changesOf(golden), []);
    expect(JSON.stringify(executionsIn(data))).toBe(JSON.stringify(golden.executions));
  });

  test("its folds give the stored rows, and nothing is wrong but that its components are not there", async () => {
    const data = rig.folder();
    await writeUnits(data, changesOf(golden), []);
    const reader = openReader(data);
    const problems = [...reader.problems((row, history) => ExecutionFold.of(row, history).row)];
    reader.close();
    expect(problems.map(({ message }) => message).toSorted()).toEqual(
      Object.values(golden.components)
        .map((digest) => `the component ${digest} has executions and is not stored`)
        .toSorted(),
    );
    for (const { row, history } of golden.executions) expect(ExecutionFold.of(row, history).row).toEqual(row);
  });

  test("told again, it is the same to the byte, but for texts that are for people", async () => {
    const told = await tell(rig, golden.asked);
    expect(bytesOf(told)).toBe(bytesOf(toldBy(rig.stored, golden)));
  });

  const workflows = golden.executions.filter(({ row }) => row.component !== golden.components["activity"]);
  test.skipIf(workflows.length === 0)("its workflows replay against their guests as they are now", async () => {
    const current = toldBy(rig.stored, golden).executions;
    for (const { row, history } of workflows) {
      const component = current.find(({ row: { id } }) => id === row.id)?.row.component ?? row.component;
      const report = await replayHistory(row.id, await rig.components.load(component), history, workflowWasi);
      expect(report, row.id).toMatchObject({ kind: "matches", events: history.length });
      expect(report, "it came to its end").toHaveProperty("outcome");
    }
  });

  test("cut anywhere, it goes on to the same end", async () => {
    const whole = toldBy(rig.stored, golden);
    const units = changesOf(whole);
    const { limits } = golden.asked;
    for (let count = 1; count < units.length; count++) {
      if (losesTheLastAttempt(units[count - 1])) continue;
      const data = rig.folder();
      const now = await writeUnits(data, units.slice(0, count), rig.stored);
      const open = rig.open(data, { limits, clock: new SimulatedClock(now) });
      await open.shard.resume();
      await open.finish();
      open.close();
      expect(lasting(executionsIn(data)), `cut after ${count} units`).toEqual(lasting(whole.executions));
    }
  });
});

function bytesOf({ executions }: Golden): string {
  const histories = executions.map(({ history }) => history);
  return JSON.stringify(histories, (key, value: unknown) => {
    const forPeople = (key === "reason" || key === "message") && typeof value === "string";
    return forPeople ? "" : value;
  });
}

/** A host that is lost in an activity's last attempt is a failure of the activity: `activities.test.ts` has it. */
function losesTheLastAttempt(unit: readonly Change[] = []): boolean {
  const { retriesMax } = rig.deployment.components[0]?.policy.retry ?? { retriesMax: 0 };
  return unit.some(({ events }) => events.some((e) => e.kind === "attempt-started" && e.attempt > retriesMax));
}
