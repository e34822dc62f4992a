/** Every case of the contract, cut off at every unit of its journal and finished by another host. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScriptRig } from "../support/script-rig.ts";
import { cutEverywhere, type Left } from "../support/signature.ts";
import { sections } from "./sections.ts";

let rig: ScriptRig;
beforeAll(async () => {
  rig = await ScriptRig.of("c", { retriesMax: 1 }); // a lost host costs an attempt
}, 120_000);
afterAll(() => rig.close());

/** How every execution ended. Ids that the host makes are others each time. */
function endsIn(left: Left): readonly string[] {
  const ends = Object.entries(left).map(([id, { events }]) => JSON.stringify([id, events.at(-1)]));
  return ends.map((end) => end.replaceAll(/E_0{10}\d{16}/g, "E_?"));
}

describe.each(Object.entries(sections))("%s:", (_section, cases) => {
  const cut = Object.entries(cases).filter(([, { losesAttempts }]) => losesAttempts !== true);

  test.each(cut)("%s", { timeout: 60_000 }, async (_sentence, { script, outside }) => {
    const { whole, cuts } = await cutEverywhere(rig.rig, "contract:guests/script@1.0.0.run", [script], {
      timeless: true,
      ...(outside !== undefined && { outside }),
    });
    const ends = endsIn(whole);
    for (const { units, left } of cuts) expect(endsIn(left), `cut after ${units} units`).toEqual(ends);
  });
});
