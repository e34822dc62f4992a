import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CountingService } from "../support/counting-service.ts";
import { anOrder, guest } from "../support/guests.ts";
import { Rig } from "../support/rig.ts";
import { type CutOptions, cutEverywhere } from "../support/signature.ts";

/** The components are part of each journal: a rig with the few that are needed keeps a cut cheap. */
const rigs: Rig[] = [];
let tiny: Rig;
let quickjs: Rig;
let starlingmonkey: Rig;
let service: CountingService;

beforeAll(async () => {
  service = await CountingService.start();
  const httpActivity = guest("http-activity", { allowedHosts: [{ pattern: service.origin }] });
  tiny = await Rig.of(guest("tiny-workflow"), guest("tiny-activity"));
  quickjs = await Rig.of(guest("workflow"), guest("child-workflow"), guest("activity"));
  starlingmonkey = await Rig.of(guest("http-workflow"), httpActivity);
  rigs.push(tiny, quickjs, starlingmonkey);
}, 120_000);

afterAll(async () => {
  for (const rig of rigs) await rig.close();
  await service.stop();
});

async function expectTheSame(rig: Rig, name: string, params: readonly unknown[], options?: CutOptions): Promise<void> {
  const { whole, cuts } = await cutEverywhere(rig, name, params, options);
  expect(cuts.length).toBeGreaterThan(1);
  for (const { units, left } of cuts) expect(left, `cut after ${units} units`).toEqual(whole);
}

describe("a history, cut anywhere and finished, is the same", { timeout: 60_000 }, () => {
  test.each<[string, unknown[]]>([
    ["run", [4, "payload"]],
    ["sleep", [60_000]],
    ["sleep-times", [3, 500]],
    ["step-sleep-step", [86_400_000, "payload"]],
    ["nothing", []],
  ])("tiny-workflow %s", (name, params) => expectTheSame(tiny, `bench:tiny/flow@0.1.0.${name}`, params));

  test.each<[string, unknown[]]>([
    ["fill", [anOrder, ["chisel", "mallet"]]],
    ["echo-times", [4, "text"]],
    ["nap", [250]],
    ["nap", [5_000]],
    ["draws", []],
    ["whoami", []],
    ["say", ["a line"]],
    ["family", ["text"]],
    ["compensate", ["out of stock"]],
    ["fail", ["no"]],
    ["trap", []],
    ["large", [100]],
    ["large", [3_000]],
    ["large-call", [3_000]],
    ["join", []],
    ["versioned", []],
    ["swallow", [3]],
  ])("workflow %s %j", (name, params) =>
    expectTheSame(quickjs, `test:guests/flows@0.1.0.${name}`, params, { limits: { payloadBytesMax: 2_048 } }),
  );

  test("workflow spin", () =>
    expectTheSame(quickjs, "test:guests/flows@0.1.0.spin", [], {
      limits: { workflow: { memoryBytesMax: 64 * 1024 * 1024, fuel: 20_000_000 } },
    }));

  test.each<[string, unknown[]]>([
    ["shout", ["text"]],
    ["refuse", ["no"]],
    ["sleep", [100]],
    ["sleep", [10_000]],
    ["trap", []],
  ])("child-workflow %s %j", (name, params) => expectTheSame(quickjs, `test:guests/children@0.1.0.${name}`, params));

  test.each<[string, unknown[]]>([
    ["count-all", [["a", "b", "c"], 100]],
    ["count-all", [["a", "b"], 60_000]],
    ["persist", ["a", 0]],
  ])("http-workflow %s %j", (name, params) =>
    expectTheSame(starlingmonkey, `test:guests/http-flows@0.1.0.${name}`, [service.origin, ...params], {
      reset: () => service.reset(),
    }),
  );
});
