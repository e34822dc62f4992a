/** Writes the goldens that are not there yet: `node test/support/write-goldens.ts`. Those that are stay as they are. */
import { existsSync, writeFileSync } from "node:fs";
import type { FunctionName } from "../../host/core/ids.ts";
import type { Json } from "../../host/core/json.ts";
import { type Asked, goldenFile, goldenRig, goldenText, tell } from "./golden.ts";
import { anOrder } from "./guests.ts";
import type { RigLimits } from "./rig.ts";

const asked = (name: string, params: readonly Json[], limits: RigLimits = {}): Asked => ({
  function: `test:guests/${name}` as FunctionName,
  params,
  limits,
});

const stories: Readonly<Record<string, Asked>> = {
  order: asked("flows@0.1.0.fill", [anOrder, ["chisel", "mallet"]]),
  "family-and-sleep": asked("flows@0.1.0.family", ["text"]),
  "long-sleep": asked("flows@0.1.0.nap", [86_400_000]),
  "sleep-between-steps": asked("flows@0.1.0.versioned", []),
  "err-retried": asked("activities@0.1.0.fail", ["no"]),
  "trap-retried": asked("activities@0.1.0.trap", []),
  "err-for-good": asked("flows@0.1.0.compensate", ["out of stock"]),
  "err-of-a-workflow": asked("flows@0.1.0.fail", ["no"]),
  draws: asked("flows@0.1.0.draws", []),
  "child-refused": asked("flows@0.1.0.large-call", [3_000], { payloadBytesMax: 2_048 }),
  "child-result-too-large": asked("flows@0.1.0.fill", [anOrder, ["a", "b", "c", "d", "e", "f", "g", "h"]], {
    payloadBytesMax: 512,
  }),
  "out-of-fuel": asked("flows@0.1.0.spin", [], { workflow: { memoryBytesMax: 64 * 1024 * 1024, fuel: 20_000_000 } }),
  trap: asked("flows@0.1.0.trap", []),
  "large-body": asked("flows@0.1.0.large", [300_000]),
};

const rig = await goldenRig();
try {
  for (const [name, story] of Object.entries(stories)) {
    const file = goldenFile(name);
    if (existsSync(file)) continue;
    writeFileSync(file, goldenText(await tell(rig, story)));
    process.stdout.write(`${file}\n`);
  }
} finally {
  await rig.close();
}
