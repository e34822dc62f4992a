/** Whole hosts in one thread, with a simulated clock, disk and activities, through whatever a seed has for them.
 *  `STELE_SIM_SEED=7 STELE_SIM_CASES=1 npx vitest run test/sim/hosts` runs one seed again; STELE_SIM_MINUTES goes on for so
 *  long, STELE_SIM_INTENSITY=5 lets five times as much happen with each seed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { noteProof } from "../support/proof.ts";
import { kinds } from "./operations.ts";
import { Parts } from "./parts.ts";
import { simulate } from "./simulation.ts";
import { Watch } from "./watch.ts";

const asked = (name: string, usual: number) => Number(process.env[`STELE_SIM_${name}`] ?? usual);
const firstSeed = asked("SEED", 1);
const usualCases = 60;
const cases = asked("CASES", usualCases);
const minutes = asked("MINUTES", 0);
const intensity = asked("INTENSITY", 1);
/** By then each kind of operation has long succeeded. */
const casesMax = cases + 500;

let parts: Parts;
beforeAll(async () => {
  parts = await Parts.make();
}, 120_000);
const watch = new Watch(intensity);
afterAll(async () => {
  parts.close();
  await watch.stop();
});

test("a seed gives the same histories each time", async () => {
  const [once, again] = [
    await simulate(firstSeed, 1, parts, new Map()),
    await simulate(firstSeed, 1, parts, new Map()),
  ];
  expect(once.executions).toBeGreaterThan(0);
  expect(again).toEqual(once);
});

test(`hosts keep what they promise, from seed ${firstSeed} on`, { timeout: minutes * 60_000 + 600_000 }, async () => {
  const done = new Map<string, number>();
  const goOnUntil = performance.now() + minutes * 60_000;
  // Who asks for a few seeds looks for something else.
  const missing = () => (cases < usualCases ? [] : kinds.filter((kind) => !done.has(kind)));
  const goesOn = (ran: number) => {
    if (ran < cases || performance.now() < goOnUntil) return true;
    return ran < casesMax && missing().length > 0;
  };
  let [ran, executions] = [0, 0];
  for (; goesOn(ran); ran++) {
    watch.begin(firstSeed + ran);
    executions += (await simulate(firstSeed + ran, intensity, parts, done)).executions;
    watch.end();
  }
  const counts = kinds.map((kind) => `${kind}: ${done.get(kind) ?? 0}`).join(", ");
  process.stdout.write(`${ran} seeds from ${firstSeed} on, ${executions} executions. What has succeeded: ${counts}\n`);
  noteProof("simulated hosts", {
    seeds: ran,
    executions,
    "operations and mishaps": [...done.values()].reduce((a, b) => a + b, 0),
  });
  expect(missing(), "what has never succeeded").toEqual([]);
});
