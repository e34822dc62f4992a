import { expect } from "vitest";
import type { DelayId, ExecutionId } from "../../../host/core/ids.ts";
import type { OpenRig } from "../../support/rig.ts";
import { anId } from "../../support/signature.ts";
import { lines, type Section } from "../case.ts";

const child = (rest: string) => `${anId}${rest}` as ExecutionId;
const delay = (rest: string) => child(rest).replace("E_", "D_") as DelayId;

/** Until the workflow waits for something, or has gone on. */
async function rest(open: OpenRig): Promise<void> {
  const awake = ["pending", "locked", undefined];
  await open.until(() => !awake.includes(open.journal.findExecution(anId)?.status));
}

/** What clients do, as far as workflows see of it. Clients who come back after a crash do it again. */
export const outside: Section = {
  "a delay that was cancelled is err to a sleeper": {
    script: "sleep in:d:1 nap\nlast-oneoff\nsleep now",
    transcript: lines("sleep: err", "last-oneoff: D~.o:1-nap_1", "sleep: t"),
    outside: async (open) => {
      await rest(open);
      await open.shard.cancelDelay(delay(".o:1-nap_1"));
    },
  },
  "join-next gives err without a payload for a delay that was cancelled": {
    script: "create 1\ndelay 1 in:d:1\ndelay 1 in:d:2\nnext 1\nlast 1\nnext 1\nlast 1",
    transcript: lines(
      "create: ok",
      "delay: D~.g:1_1",
      "delay: D~.g:1_2",
      "next: err",
      "last: D~.g:1_2",
      "next: ok",
      "last: D~.g:1_1",
    ),
    outside: async (open) => {
      await rest(open);
      await open.shard.cancelDelay(delay(".g:1_2"));
    },
  },
  "a child that was cancelled is an err of its own type, and its failure kind is cancelled": {
    script:
      "create 1\nx-submit 1 approve o\nx-next 1 approve\nkind $2\nx-submit 1 bare sleep in:d:1\nnext 1\nkind $5\nx-submit 1 run-typed sleep in:d:1\nx-next 1 run-typed\nkind $8",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-next: err(execution_failed)",
      "kind: cancelled",
      "x-submit: E~.g:1_2",
      "next: err",
      "kind: cancelled",
      "x-submit: E~.g:1_3",
      "x-next: err(execution-failed)",
      "kind: cancelled",
    ),
    outside: async (open) => {
      for (const n of [1, 2, 3]) {
        const id = child(`.g:1_${n}`);
        await open.until(() => open.journal.findExecution(id) !== undefined);
        await open.shard.cancel(id, "not needed");
      }
    },
  },
  "an execution that is cancelled settles what is outstanding, down the tree, before it finishes": {
    script:
      "create 1\nx-submit 1 run create 1;x-submit 1 approve deep;sleep in:d:2\nx-submit 1 run-cancellable sleep in:d:9\nx-submit 1 approve o\ndelay 1 in:d:9\nnext 1",
    transcript: { failure: "cancelled" },
    others: { ".g:1_1": "ok", ".g:1_1.g:1_1": "cancelled", ".g:1_2": "cancelled", ".g:1_3": "cancelled" },
    outside: async (open) => {
      await open.until(() => open.journal.findExecution(child(".g:1_1.g:1_1")) !== undefined);
      await rest(open);
      await open.shard.cancel(anId, "enough");
    },
  },
  "a cancel of one child leaves the others": {
    script:
      "create 1\nx-submit 1 approve a\nx-submit 1 approve b\nx-next 1 approve\nlast 1\nx-stub $2 ok yes\nx-next 1 approve",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-submit: E~.g:1_2",
      "x-next: err(execution_failed)",
      "last: E~.g:1_2",
      "x-stub: ok",
      "x-next: ok(yes)",
    ),
    outside: async (open) => {
      await rest(open);
      await open.shard.cancel(child(".g:1_2"), "not needed");
    },
  },
  "a stub's result may be written by a client: the first stands, the same again is ok, another is a conflict": {
    script: 'direct approve o\nlast-call\nstub $2 {"ok":"yes"}\nstub $2 {"ok":"no"}',
    transcript: lines("direct: ok(yes)", "last-call: E~.o:1-approve_1", "stub: ok", "stub: !conflict"),
    outside: async (open) => {
      await rest(open);
      const write = (result: unknown) => open.shard.writeStub(child(".o:1-approve_1"), result);
      expect(await write({ ok: 1 })).toMatchObject({ typeCheckError: "result.ok: found 1, wanted string" });
      expect(await write({ ok: "yes" })).toBe("ok");
      expect(await write({ ok: "yes" })).toBe("ok");
      expect(await write({ err: "yes" })).toBe("conflict");
      expect(await open.shard.writeStub(child(".o:2-approve_1"), { ok: "yes" })).toBe("execution-not-found");
    },
  },
  "responses are consumed in the order in which they came, whoever caused them": {
    script:
      "create 1\nx-submit 1 approve a\nx-submit 1 approve b\nx-submit 1 approve c\ndelay 1 in:d:9\nnext 1\nlast 1\nnext 1\nlast 1\nnext 1\nlast 1\nnext 1\nlast 1",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-submit: E~.g:1_2",
      "x-submit: E~.g:1_3",
      "delay: D~.g:1_1",
      'next: ok("3")',
      "last: E~.g:1_3",
      'next: err("execution_failed")',
      "last: E~.g:1_1",
      "next: err",
      "last: D~.g:1_1",
      'next: ok("2")',
      "last: E~.g:1_2",
    ),
    outside: async (open) => {
      await rest(open);
      await open.shard.writeStub(child(".g:1_3"), { ok: "3" });
      await open.shard.cancel(child(".g:1_1"), "not needed");
      await open.shard.cancelDelay(delay(".g:1_1"));
      await open.shard.writeStub(child(".g:1_2"), { ok: "2" });
    },
  },
  "a workflow that is paused and unpaused goes on": {
    script: "create 1\nx-submit 1 approve o\nx-next 1 approve\ndirect echo after",
    transcript: lines("create: ok", "x-submit: E~.g:1_1", "x-next: ok(yes)", "direct: ok(after)"),
    outside: async (open) => {
      await rest(open);
      await open.shard.pause(anId);
      await open.shard.writeStub(child(".g:1_1"), { ok: "yes" });
      await open.shard.unpause(anId);
    },
  },
};
