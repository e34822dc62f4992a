/** The contract, sentence by sentence, in every language, and after a crash at any moment. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { Event } from "../../host/core/event.ts";
import { replayHistory } from "../../host/engine/replay-history.ts";
import { historiesIn } from "../support/rig.ts";
import { languages, ScriptRig } from "../support/script-rig.ts";
import { anId, cutEverywhere } from "../support/signature.ts";
import { type Case, endings, executions, joinSets, schedules, stubs } from "./cases.ts";

const sections: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  executions,
  "join sets": joinSets,
  endings,
  stubs,
  schedules,
};

/** Problems with names are in words of the host's own. */
function withoutNames(transcript: unknown): unknown {
  return typeof transcript === "string"
    ? transcript.replaceAll(/ffqn-parsing-error\(.*\)/g, "ffqn-parsing-error(NAME)")
    : transcript;
}

/** How each execution but the workflow's own ended. */
function othersIn(data: string): Readonly<Record<string, string>> {
  const others = [...historiesIn(data)].filter(([id]) => id !== anId);
  return Object.fromEntries(others.map(([id, history]) => [restOf(id), outcomeOf(history)]));
}

function restOf(id: string): string {
  return id.startsWith(anId) ? id.slice(anId.length) : "?";
}

function outcomeOf(history: readonly Event[]): string {
  const last = history.at(-1);
  if (last?.kind !== "finished") return "unfinished";
  return "failure" in last.outcome ? last.outcome.failure : (Object.keys(last.outcome)[0] ?? "");
}

describe.each(languages)("in %s", (language) => {
  let rig: ScriptRig;
  beforeAll(async () => {
    rig = await ScriptRig.of(language);
  }, 120_000);
  afterAll(() => rig.close());

  describe.each(Object.entries(sections))("%s", (_, cases) => {
    test.each(Object.entries(cases))("%s", async (_sentence, { script, transcript, others }) => {
      const { outcome, data } = await rig.runIn(script);
      if (typeof transcript === "string") expect(withoutNames("ok" in outcome ? outcome.ok : outcome)).toBe(transcript);
      else expect(outcome).toMatchObject(transcript);
      if (others !== undefined) expect(othersIn(data)).toEqual(others);
      const history = historiesIn(data).get(anId) ?? [];
      const component = await rig.rig.components.load(rig.rig.digest(`script-${language}`));
      expect(await replayHistory(anId, component, history, workflowWasi)).toMatchObject({ kind: "matches", outcome });
    });
  });
});

describe("cut off at any moment and finished", () => {
  let rig: ScriptRig;
  beforeAll(async () => {
    rig = await ScriptRig.of("c", 1); // a lost host costs an attempt
  }, 120_000);
  afterAll(() => rig.close());

  // An attempt that a crash has cost counts, so one that fails or runs out of time may have been the last.
  const all = Object.entries({ ...executions, ...joinSets, ...endings, ...stubs }).filter(
    ([, { script }]) => !/spin|direct fail/.test(script),
  );
  test.each(all)("%s", { timeout: 60_000 }, async (_sentence, { script }) => {
    const { whole, cuts } = await cutEverywhere(rig.rig, "contract:guests/script@1.0.0.run", [script], {
      timeless: true,
    });
    for (const { units, left } of cuts) {
      expect(left[anId]?.events.at(-1), `cut after ${units} units`).toEqual(whole[anId]?.events.at(-1));
      expect(Object.keys(left), `cut after ${units} units`).toEqual(Object.keys(whole));
    }
  });
});
