/** What the contract says of activities that fail: which are tried again, how often, and what their caller sees. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { historiesIn, type OpenRig } from "../support/rig.ts";
import { languages, ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";
import { lines } from "./case.ts";

interface Tried {
  readonly script: string;
  readonly transcript: string;
  /** Of each activity, by the rest of its id: how its attempts failed, those that did. */
  readonly failed: Readonly<Record<string, readonly string[]>>;
  readonly outside?: (open: OpenRig) => Promise<unknown>;
}

const cases: Readonly<Record<string, Tried>> = {
  "an err is tried again until the retries are used up, and is the result then": {
    script: "direct fail no\nlast-call\nkind $2",
    transcript: lines("direct: err(no)", "last-call: E~.o:1-fail_1", "kind: none"),
    failed: { ".o:1-fail_1": ["err", "err"] },
  },
  "an err variant whose case name contains permanent is final": {
    script: "direct typed 0\nlast-call\nkind $2",
    transcript: lines("direct: err(permanent-refusal(nothing to be had))", "last-call: E~.o:1-typed_1", "kind: none"),
    failed: { ".o:1-typed_1": [] },
  },
  "another case is tried again": {
    script: "direct typed 3",
    transcript: "direct: err(odd(3))",
    failed: { ".o:1-typed_1": ["err", "err"] },
  },
  "a trap is tried again, and is a platform failure in the end": {
    script: "direct crash\nlast-call\nkind $2",
    transcript: lines("direct: err(execution_failed)", "last-call: E~.o:1-crash_1", "kind: uncategorized"),
    failed: { ".o:1-crash_1": ["trap", "trap"] },
  },
  "what succeeds is not tried again": {
    script: "direct echo a\ndirect typed 2\ndirect nothing",
    transcript: lines("direct: ok(a)", "direct: ok(2)", "direct: ok"),
    failed: { ".o:1-echo_1": [], ".o:2-typed_1": [], ".o:3-nothing_1": [] },
  },
  "those that fail keep nobody waiting who does not await them": {
    script: "create 1\nx-submit 1 fail no\nx-submit 1 echo a\nnext 1\nlast 1\nnext 1\nlast 1",
    transcript: lines(
      "create: ok",
      "x-submit: E~.g:1_1",
      "x-submit: E~.g:1_2",
      'next: ok("a")',
      "last: E~.g:1_2",
      'next: err("no")',
      "last: E~.g:1_1",
    ),
    failed: { ".g:1_1": ["err", "err"], ".g:1_2": [] },
  },
  "an activity that waits for its next attempt is cancelled with its join set": {
    script: "create 1\ncreate 2\nx-submit 1 fail no\nx-submit 2 approve o\nnext 2\nclose 1\nreturn closed",
    transcript: "closed",
    failed: { ".g:1_1": ["err"], ".g:2_1": [] },
    outside: async (open) => {
      const failing = `${anId}.g:1_1` as ExecutionId;
      await open.until(() => (open.journal.findExecution(failing)?.wakeAt ?? null) !== null);
      await open.shard.writeStub(`${anId}.g:2_1` as ExecutionId, { ok: "it has failed once" });
    },
  },
  "a workflow is not tried again": {
    script: "direct run err no\ndirect bare trap",
    transcript: lines("direct: err(no)", "direct: err"),
    failed: { ".o:1-run_1": [], ".o:2-bare_1": [] },
  },
};

const failures = (history: readonly Event[]) =>
  history.flatMap((event) => (event.kind === "attempt-failed" ? [event.reason.kind] : []));

describe.each(languages)("in %s:", (language) => {
  let rig: ScriptRig;
  beforeAll(async () => {
    rig = await ScriptRig.of(language, { retriesMax: 2, backoffMs: 60_000, backoffMaxMs: 3_600_000 });
  }, 120_000);
  afterAll(() => rig.close());

  test.each(Object.entries(cases))("%s", async (_sentence, { script, transcript, failed, outside }) => {
    const { outcome, data } = await rig.runIn(script, {}, outside);
    expect(outcome).toEqual({ ok: transcript });
    const others = [...historiesIn(data)].filter(([id]) => id !== anId);
    const found = Object.fromEntries(others.map(([id, history]) => [id.slice(anId.length), failures(history)]));
    expect(found).toEqual(failed);
  });
});
