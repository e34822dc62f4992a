/** Workflows that name executions which are not theirs, or what is no execution at all. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildGuest, type GuestName } from "../../components/guests.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import { historiesIn } from "../support/rig.ts";
import { languages, ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";

const victim = "E_01K42AJA8QHD7D3GTJAYMASFY1" as ExecutionId;
const run = "contract:guests/script@1.0.0.run";

const forged = [
  victim,
  `${victim}.g:1_1`,
  `${victim}.g:1_99999999999999999999`,
  "E_",
  "E_01K42AJA8QHD7D3GTJAYMASFY1.",
  "../../journal.sqlite",
  "__proto__",
  "constructor",
  "E_01K42AJA8QHD7D3GTJAYMASFY1'or'1'='1",
  `E_${"0".repeat(100_000)}`,
  `E_01K42AJA8QHD7D3GTJAYMASFY1${".g:1_1".repeat(1_000)}`,
  "\u001b[2J",
];

describe.each(languages)("a script in %s", (language) => {
  let script: ScriptRig;
  beforeAll(async () => {
    for (const name of [`script-${language}`, "work", "approval"] as GuestName[]) await buildGuest(name);
    script = await ScriptRig.of(language);
  });
  afterAll(() => script.close());

  test("that forges ids changes nobody's history and learns nobody's result", async () => {
    const data = script.rig.folder();
    const open = script.rig.open(data);
    try {
      await open.run(victim, run, ["create 1\nx-submit 1 echo hidden\nnext 1\nreturn hidden"]);
      const before = open.journal.findExecution(victim);
      const tries = forged.flatMap((id) => [
        `get ${id}`,
        `kind ${id}`,
        `stub ${id} {"ok":"forged"}`,
        `schedule ${id} now work echo ["forged"]`,
      ]);
      const outcome = await open.run(anId, run, [tries.join("\n")]);
      if (!("ok" in outcome) || typeof outcome.ok !== "string") throw new Error(JSON.stringify(outcome));
      const answers = outcome.ok.split("\n");
      expect(answers.length).toBe(tries.length);
      for (const answer of answers) expect(answer).toMatch(/^(get|kind|stub|schedule): !/);
      expect(outcome.ok).not.toMatch(/hidden/);
      expect(open.journal.findExecution(victim)).toEqual(before);
    } finally {
      open.close();
    }
    const histories = historiesIn(data);
    expect([...histories.keys()].toSorted()).toEqual([anId, victim, `${victim}.g:1_1`]);
    expect(JSON.stringify(histories.get(victim))).not.toMatch(/forged/);
  });
});
