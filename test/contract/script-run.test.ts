/** Scripts in the engine: the same transcript in every language. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logsIn } from "../support/rig.ts";
import { languages, ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";

describe.each(languages)("in %s, a script", (language) => {
  let rig: ScriptRig;
  beforeAll(async () => {
    rig = await ScriptRig.of(language);
  }, 120_000);
  afterAll(() => rig.close());

  test.each<[what: string, script: string, transcript: string]>([
    ["says its own id without telling it", "id", "id: E~"],
    ["calls an activity", "direct echo a text  of words", "direct: ok(a text  of words)"],
    ["hears an activity's err", "direct fail no", "direct: err(no)"],
    ["hears a case with a number", "direct typed 3", "direct: err(odd(3))"],
    ["hears a case with a text", "direct typed 0", "direct: err(permanent-refusal(nothing to be had))"],
    ["hears what the platform fails as an err of its type", "direct crash", "direct: err(execution_failed)"],
    ["hears a deadline as an err of its type", "direct spin", "direct: err(execution_failed)"],
    ["nests another", "direct run id;direct echo x", "direct: ok(id: E~\ndirect: ok(x))"],
    ["nests two others", "direct run direct run id~return a b", "direct: ok(direct: ok(a b))"],
    ["hears a child's err", "direct run err no", "direct: err(no)"],
    ["hears a child's trap", "direct run trap", "direct: err(execution_failed)"],
    ["nests a cancellable one", "direct run-cancellable return x", "direct: ok(x)"],
    ["hears a child's number", "direct run-typed return 12", "direct: ok(12)"],
    ["hears a child's case", "direct run-typed err no", "direct: err(refused(no))"],
    ["hears a child's trap as a case", "direct run-typed trap", "direct: err(execution-failed)"],
    ["hears a child's bare ok", "direct bare return", "direct: ok"],
    ["hears a child's bare err", "direct bare err", "direct: err"],
    ["hears a child's trap as a bare err", "direct bare trap", "direct: err"],
    ["sleeps", "sleep in:ms:5\nsleep in:s:5 nap\nsleep in:d:1", "sleep: t\nsleep: t\nsleep: t"],
    ["sleeps until a time that is over", "sleep at:1.500", "sleep: t"],
    ["draws", "u64 0 10\nu64i 3 3\nstring 1 9", "u64: drawn\nu64i: drawn\nstring: drawn"],
    [
      "asks a join set for a child",
      'create 1\nset-id 1\nsubmit 1 work echo ["x"]\nnext 1\nlast 1\nnext 1\nget $3\nkind $3\nclose 1',
      'create: ok\nset-id: g:1\nsubmit: E~.g:1_1\nnext: ok("x")\nlast: E~.g:1_1\nnext: !all-processed\nget: ok("x")\nkind: none\nclose: ok',
    ],
    [
      "asks a join set for a delay",
      "named 1 a\ndelay 1 in:d:1\nnext 1\nlast 1\ndrop 1",
      "named: ok\ndelay: D~.n:a_1\nnext: ok\nlast: D~.n:a_1\ndrop: ok",
    ],
    [
      "asks by type",
      "create 1\nx-submit 1 typed 3\nx-next 1 typed\nx-submit 1 bare trap\nx-next 1 bare\nx-get typed $2\nx-get bare $4\nkind $4",
      "create: ok\nx-submit: E~.g:1_1\nx-next: err(odd(3))\nx-submit: E~.g:1_2\nx-next: err\nx-get: err(odd(3))\nx-get: err\nkind: uncategorized",
    ],
    [
      "polls",
      'create 1\nsubmit 1 work echo ["x"]\nuntil-ready 1\ntry 1',
      'create: ok\nsubmit: E~.g:1_1\nuntil-ready: ok("x")\ntry: !all-processed',
    ],
    [
      "schedules",
      "x-schedule in:s:1 echo x\ngenerate\nschedule $2 now work nothing []",
      "x-schedule: E?\ngenerate: E?\nschedule: ok",
    ],
    [
      "hears that another function has answered",
      "create 1\nx-submit 1 echo x\nx-next 1 fail",
      "create: ok\nx-submit: E~.g:1_1\nx-next: !function-mismatch(contract:guests/work@1.0.0.fail, contract:guests/work@1.0.0.echo, E~.g:1_1)",
    ],
    ["is told that nothing was consumed", "id\nget $1", "id: E~\nget: !not-found-in-processed-responses"],
  ])("%s", async (_what, script, transcript) => {
    expect(await rig.run(script)).toEqual({ ok: transcript });
  });

  test("traps", async () => {
    expect(await rig.run("id\ntrap\nid")).toMatchObject({ failure: "uncategorized" });
  });

  test("logs at each level", async () => {
    const levels = ["trace", "debug", "info", "warn", "error"];
    const { data } = await rig.runIn(levels.map((level) => `log ${level} at ${level}`).join("\n"));
    const lines = logsIn(data).get(anId) ?? [];
    expect(lines.map(({ level, message }) => [level, message])).toEqual(levels.map((level) => [level, `at ${level}`]));
  });
});
