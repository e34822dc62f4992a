/** A journal that can't be read for a moment, in the middle of what changes several executions at once. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostError } from "../../host/core/host-error.ts";
import type { Journal } from "../../host/ports/journal.ts";
import { guest } from "../support/guests.ts";
import { Rig } from "../support/rig.ts";
import { ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";

let rig: ScriptRig;
let external: Rig;
beforeAll(async () => {
  rig = await ScriptRig.of("c");
  external = await Rig.of(guest("work", { kind: "activity_external" }));
}, 120_000);
afterAll(async () => {
  await rig.close();
  await external.close();
});

const failure = new HostError("journal-io", "the disk can't be read");

/** Its n-th history, from 1, can't be read. */
function unreadable(journal: Journal, n: number): Journal {
  let loads = 0;
  return new Proxy(journal, {
    get(target, property) {
      if (property === "load" && ++loads === n) throw failure;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A folder with a workflow that waits for a child, which waits for an approval. */
async function family(): Promise<string> {
  const data = rig.rig.folder();
  const open = rig.rig.open(data);
  await open.submit(anId, "contract:guests/script@1.0.0.run", ["direct run direct approve o"]);
  await open.until(() => open.journal.unfinishedCount() === 3);
  open.close();
  return data;
}

test("what a unit can't read of a family fails the shard: half of it must not be taken for done", async () => {
  const open = rig.rig.open(await family(), { tap: (journal) => unreadable(journal, 2) });
  await expect(open.shard.cancel(anId, "a client")).rejects.toBe(failure);
  expect(open.failure).toBe(failure);
  expect(open.journal.history(open.journal.findExecution(anId)!.key).at(-1)?.kind).toBe("child-submitted");
  open.close();
});

test("an activity that can't be read when a worker claims it fails the shard: nobody else would be offered it", async () => {
  const data = external.folder();
  const before = external.open(data);
  await before.submit(anId, "contract:guests/work@1.0.0.echo", ["text"]);
  before.close();
  const open = external.open(data, { tap: (journal) => unreadable(journal, 2) });
  await open.shard.resume();
  await expect(open.shard.claimExternal(undefined, 1, 1_000)).rejects.toBe(failure);
  expect(open.failure).toBe(failure);
  open.close();
});
