/** What the contract says of an execution's states, as a client finds them. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ExecutionRow } from "../../host/core/execution.ts";
import type { ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import { startedAt } from "../support/histories.ts";
import type { OpenRig } from "../support/rig.ts";
import { ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";
import { lines } from "./case.ts";

const run = "contract:guests/script@1.0.0.run" as FunctionName;
const child = (rest: string) => `${anId}${rest}` as ExecutionId;

let rig: ScriptRig;
let open: OpenRig;
beforeAll(async () => {
  rig = await ScriptRig.of("c");
}, 120_000);
afterAll(() => rig.close());

/** A fresh shard with a workflow of this script. */
async function begin(script: string, startAt?: number): Promise<void> {
  open = rig.rig.open(rig.rig.folder());
  const submission = { id: anId, fresh: true, function: run, params: [script] };
  await open.shard.submit(startAt === undefined ? submission : { ...submission, startAt: startAt as Millis });
}

const stateOf = (id: ExecutionId): ExecutionRow | undefined => open.journal.findExecution(id);

async function end(outcome: object): Promise<void> {
  await open.finish();
  expect(await open.shard.result(anId)).toMatchObject(outcome);
  expect(stateOf(anId)).toMatchObject({ status: "finished", blockedBy: null, wakeAt: null });
}

describe("an execution is", () => {
  afterEach(() => open.close());

  test("pending, at a time", async () => {
    await begin("return late", startedAt + 5_000);
    expect(stateOf(anId)).toMatchObject({ status: "pending", wakeAt: startedAt + 5_000, finishedAt: null });
    await end({ ok: "late" });
    expect(open.clock.now()).toBeGreaterThanOrEqual(startedAt + 5_000);
  });

  test("locked while it is run, and its parent blocked by its join set", async () => {
    await begin("direct spin");
    await open.untilIs(child(".o:1-spin_1"), "locked");
    expect(stateOf(anId)).toMatchObject({ status: "blocked", blockedBy: "o:1-spin" });
    await end({ ok: "direct: err(execution_failed)" });
  });

  test("blocked by a join set, with the time at which it goes on by itself", async () => {
    await begin("named 1 fetch\ndelay 1 in:h:1\ndelay 1 in:s:7\nnext 1");
    await open.untilIs(anId, "blocked");
    expect(stateOf(anId)).toMatchObject({ blockedBy: "n:fetch", wakeAt: startedAt + 7_000 });
    await end({ ok: expect.stringContaining("next: ok") as string });
  });

  test("paused, and then as before", async () => {
    await begin("sleep in:d:1\nreturn awake");
    await open.untilIs(anId, "blocked");
    await open.shard.pause(anId);
    expect(stateOf(anId)?.status).toBe("paused");
    await open.shard.unpause(anId);
    expect(stateOf(anId)).toMatchObject({ status: "blocked", blockedBy: "o:1" });
    await end({ ok: "awake" });
  });

  test("cancelling until what it awaits has finished", async () => {
    await begin("create 1\nx-submit 1 run sleep in:d:1\nnext 1");
    await open.untilIs(child(".g:1_1"), "blocked");
    await open.shard.cancel(anId, "enough");
    expect(stateOf(anId)).toMatchObject({ status: "cancelling", finishedAt: null });
    await end({ failure: "cancelled" });
    expect(stateOf(child(".g:1_1"))?.finishedAt).toBe(startedAt + 86_400_000);
  });

  test("blocked, though its code has returned, until what it awaits has finished", async () => {
    await begin("create 1\nx-submit 1 run sleep in:d:1\nreturn early");
    await open.untilIs(child(".g:1_1"), "blocked");
    await open.untilIs(anId, "blocked");
    expect(stateOf(anId)).toMatchObject({ blockedBy: "g:1", finishedAt: null });
    await end({ ok: "early" });
  });

  test.each([
    ["ok", "return", { ok: "" }],
    ["err", "err no", { err: "no" }],
    ["uncategorized", "trap", { failure: "uncategorized" }],
  ])("finished with %s", async (outcome, script, result) => {
    await begin(script);
    await end(result);
    expect(stateOf(anId)?.outcome).toBe(outcome);
  });
});

test("a child that turns for ever is an err to its parent, of the failure kind out-of-fuel", async () => {
  const limits = { workflow: { memoryBytesMax: 64 * 1024 * 1024, fuel: 20_000_000 } };
  const outcome = await rig.run("direct run loop 100000000;last-call\nlast-call\nkind $2", { limits });
  expect(outcome).toEqual({
    ok: lines("direct: err(execution_failed)", "last-call: E~.o:1-run_1", "kind: out-of-fuel"),
  });
});
