/** 50,000 timers pending. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExecutionId } from "../../host/core/ids.ts";
import { startedAt } from "../support/histories.ts";
import { historiesIn } from "../support/rig.ts";
import { ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const script = "contract:guests/script@1.0.0.run";
let rig: ScriptRig;
beforeAll(async () => {
  rig = await ScriptRig.of("c");
}, 120_000);
afterAll(() => rig.close());

test("50,000 pending timers outlive their host, hold nobody up, and each rings at its time", {
  timeout: 120_000,
}, async () => {
  const data = rig.rig.folder();
  const minutes = Array.from({ length: 10 }, (_, n) => 10 - n);
  const pending = minutes.map((n) => `loop 5000\ndelay 1 in:min:${n}`);
  const first = rig.rig.open(data);
  await first.submit(anId, script, [["create 1", ...pending, "sleep in:h:1", "return done"].join("\n")]);
  await first.untilIs(anId, "blocked");
  first.close();

  const open = rig.rig.open(data, { clock: new SimulatedClock(startedAt + 1) });
  await open.shard.resume();
  const other = "E_01K42AJA8QHD7D3GTJAYMASFY1" as ExecutionId;
  await open.submit(other, script, ["sleep in:ms:1\nreturn up"]);
  await open.untilIs(other, "blocked");
  await open.finish();
  expect(await open.shard.result(anId)).toEqual({ ok: "done" });
  open.close();

  const histories = historiesIn(data);
  expect(histories.get(other)?.at(-1)).toMatchObject({ at: startedAt + 2, outcome: { ok: "up" } });
  const due = new Map<string, number>();
  const late: number[] = [];
  for (const event of histories.get(anId) ?? []) {
    if (event.kind === "delay-submitted") due.set(event.delay, event.dueAt);
    if (event.kind === "delay-expired") late.push(event.at - (due.get(event.delay) ?? Number.NaN));
  }
  expect(late).toHaveLength(50_001);
  expect(new Set(late)).toEqual(new Set([0]));
});
