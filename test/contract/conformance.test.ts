/** The contract, sentence by sentence, in every language. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import type { Event } from "../../host/core/event.ts";
import { replayHistory } from "../../host/engine/replay-history.ts";
import { historiesIn } from "../support/rig.ts";
import { languages, ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";
import { sections } from "./sections.ts";

/** Problems of these kinds are told in words of the host's own. */
const worded = /(!(?:ffqn-parsing-error|execution-id-parsing-error|invalid-name|type-check-error))\(.*\)/g;

function withoutWords(transcript: unknown): unknown {
  return typeof transcript === "string" ? transcript.replaceAll(worded, "$1(…)") : transcript;
}

/** How each execution but the workflow's own ended. */
function othersIn(histories: ReadonlyMap<string, readonly Event[]>): Readonly<Record<string, string>> {
  let strangers = 0;
  const restOf = (id: string) => (id.startsWith(anId) ? id.slice(anId.length) : `?${++strangers}`);
  const others = [...histories].filter(([id]) => id !== anId).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(others.map(([id, history]) => [restOf(id), outcomeOf(history)]));
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

  describe.each(Object.entries(sections))("%s:", (_section, cases) => {
    test.each(Object.entries(cases))("%s", async (_sentence, { script, transcript, others, outside }) => {
      const { outcome, data } = await rig.runIn(script, {}, outside);
      if (typeof transcript === "string") expect(withoutWords("ok" in outcome ? outcome.ok : outcome)).toBe(transcript);
      else expect(outcome).toMatchObject(transcript);
      const histories = historiesIn(data);
      if (others !== undefined) expect(othersIn(histories)).toEqual(others);
      const component = await rig.rig.components.load(rig.rig.digest(`script-${language}`));
      const replayed = await replayHistory(anId, component, histories.get(anId) ?? [], workflowWasi);
      expect(replayed).toMatchObject(wasCancelled(outcome) ? { kind: "matches" } : { kind: "matches", outcome });
    });
  });
});

/** Whoever is cancelled has no outcome of his code's own. */
function wasCancelled(outcome: object): boolean {
  return "failure" in outcome && outcome.failure === "cancelled";
}
