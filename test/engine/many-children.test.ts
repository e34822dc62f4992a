/** What a parent of many costs must not grow with the square of their number: its history is not read once for each. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ExecutionKey, FunctionName } from "../../host/core/ids.ts";
import { guest } from "../support/guests.ts";
import { notedJournal } from "../support/noted-journal.ts";
import { type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

const script = "contract:guests/script@1.0.0.run" as FunctionName;

let rig: Rig;
const loaded: unknown[] = [];
const searched: unknown[] = [];

beforeAll(async () => {
  rig = await Rig.of(
    guest("work", { kind: "activity_external" }),
    guest("approval", { kind: "activity_stub" }),
    guest("script-c", { kind: "workflow" }),
  );
}, 120_000);
beforeEach(() => {
  loaded.length = 0;
  searched.length = 0;
});
afterAll(() => rig.close());

function open(): OpenRig {
  return rig.open(rig.folder(), {
    tap: (journal) =>
      notedJournal(journal, (method, first) => {
        if (method === "load") loaded.push(first);
        if (method === "findExecution") searched.push(first);
      }),
  });
}

test("workers and clients find each of its children without a search", async () => {
  const host = open();
  const [count, leaseMs] = [20, 1_000];
  const asked = ["work echo", "approval approve"].map((name) => `loop ${count}\nsubmit 1 ${name} ["x"]`);
  await host.submit(anId, script, [["create 1", ...asked, `loop ${2 * count}\nnext 1`, "return ok"].join("\n")]);
  await host.untilIs(anId, "blocked");
  const claims = await host.shard.claimExternal(undefined, count, leaseMs);
  searched.length = 0;
  for (const { id, attempt } of claims) {
    host.shard.heartbeat(id, attempt, leaseMs);
    await host.shard.completeExternal(id, attempt, { ok: "done" });
  }
  for (let n = 1; n <= count; n++) {
    const stub = claims[0]?.id.replace(/_\d+$/, `_${count + n}`);
    expect(await host.shard.writeStub(stub as typeof anId, { ok: "done" })).toBe("ok");
  }
  expect(new Set(searched)).toEqual(new Set([anId]));
  expect(await host.shard.result(anId)).toEqual({ ok: "ok" });
  host.close();
});

test("one that has ended stays at hand for the children that it still waits for", async () => {
  const host = open();
  await host.submit(anId, script, ['create 1\nloop 2100\nsubmit 1 script run ["return ok"]\nreturn ok']);
  const parent = host.journal.findExecution(anId)?.key as ExecutionKey;
  expect(await host.shard.result(anId)).toEqual({ ok: "ok" });
  expect(loaded.filter((key) => key === parent)).toEqual([]);
  host.close();
});
