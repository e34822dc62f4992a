import { expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import { HostError } from "../../host/core/host-error.ts";
import type { Millis } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import { openShard } from "../../host/engine/open-shard.ts";
import { openJournal } from "../../host/journal/journal.ts";
import type { Journal } from "../../host/ports/journal.ts";
import { startedAt } from "../support/histories.ts";
import { Rig } from "../support/rig.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const failure = new HostError("journal-io", "the disk has failed");

/** It can be opened, and what is unfinished in it can't be counted. */
function unreadable(journal: Journal): Journal {
  return new Proxy(journal, {
    get(target, property) {
      if (property === "unfinishedCount") throw failure;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

test("a shard that can't be made leaves its journal to the next", async () => {
  const rig = await Rig.of();
  const open = { dir: rig.folder(), now: () => startedAt as Millis };
  const { components, activities, deployment } = rig;
  const parts = {
    journal: unreadable(openJournal(open)),
    clock: new SimulatedClock(startedAt),
    entropy: { fraction: () => 0.5, ulid: () => "0".repeat(26) },
    components,
    activities,
    wasi: workflowWasi,
    onFailure: () => undefined,
  };
  const deployed = { deployment, types: components.types(), sandboxes: sandboxesOf(deployment) };
  expect(() => openShard(parts, deployed)).toThrow(failure);
  openJournal(open).close();
  await rig.close();
});
