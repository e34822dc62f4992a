import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { cutEverywhere } from "../support/signature.ts";

const guest = (name: string) => readFileSync(join(import.meta.dirname, "../../build/components", `${name}.wasm`));
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.of(
    { name: "tiny-workflow", kind: "workflow", bytes: guest("tiny-workflow") },
    { name: "tiny-activity", kind: "activity", bytes: guest("tiny-activity") },
  );
});

afterAll(() => rig.close());

test.each<[string, unknown[]]>([
  ["run", [4, "payload"]],
  ["sleep", [60_000]],
  ["sleep-times", [3, 500]],
  ["step-sleep-step", [86_400_000, "payload"]],
  ["nothing", []],
])("the history of %s, cut anywhere and finished, is the same", async (name, params) => {
  const { whole, cuts } = await cutEverywhere(rig, `bench:tiny/flow@0.1.0.${name}`, params);
  expect(cuts.length).toBeGreaterThan(1);
  for (const { units, histories } of cuts) expect(histories, `cut after ${units} units`).toEqual(whole);
});
