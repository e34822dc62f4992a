/** What the contract says of replay: intent is compared, results are as recorded, nothing is written over. Another script
 *  stands for code that has changed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../host/core/event.ts";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { Change } from "../../host/ports/journal.ts";
import { historiesIn, recordUnits, writeUnits } from "../support/rig.ts";
import { languages, ScriptRig } from "../support/script-rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";
import { lines } from "./case.ts";

const run = "contract:guests/script@1.0.0.run";
const called = (name: string, text: string, set: string) =>
  `call contract:guests/work@1.0.0.${name}["${text}"] in join set ${set}`;

interface Divergence {
  readonly before: string;
  readonly after: string;
  readonly version: number;
  readonly recorded: string;
  readonly attempted: string;
}

const divergences: Readonly<Record<string, Divergence>> = {
  "the function": {
    before: "direct echo a",
    after: "direct fail a",
    version: 1,
    recorded: called("echo", "a", "o:1-echo"),
    attempted: called("fail", "a", "o:1-fail"),
  },
  "the parameters": {
    before: "direct echo a\ndirect echo b",
    after: "direct echo a\ndirect echo c",
    version: 3,
    recorded: called("echo", "b", "o:2-echo"),
    attempted: called("echo", "c", "o:2-echo"),
  },
  "the join set of a child": {
    before: "named 1 a\nx-submit 1 echo x\nnext 1",
    after: "named 1 b\nx-submit 1 echo x\nnext 1",
    version: 1,
    recorded: called("echo", "x", "n:a"),
    attempted: called("echo", "x", "n:b"),
  },
  "the join set of an await": {
    before: "create 1\ncreate 2\ndelay 1 now\ndelay 2 now\nnext 1\nnext 2",
    after: "create 1\ncreate 2\ndelay 1 now\ndelay 2 now\nnext 2\nnext 1",
    version: 3,
    recorded: "await join set g:1",
    attempted: "await join set g:2",
  },
  "schedule-at as given: a minute is not sixty seconds": {
    before: "sleep in:s:60",
    after: "sleep in:min:1",
    version: 1,
    recorded: "delay of 60 seconds in join set o:1",
    attempted: "delay of 1 minutes in join set o:1",
  },
  "schedule-at as given: now is no time that is over": {
    before: "create 1\ndelay 1 now\nnext 1",
    after: "create 1\ndelay 1 at:1.5\nnext 1",
    version: 1,
    recorded: "delay until now in join set g:1",
    attempted: "delay until 1 s 5 ns after 1970 in join set g:1",
  },
  "a sleep's name": {
    before: "sleep now a",
    after: "sleep now b",
    version: 1,
    recorded: "delay until now in join set o:1-a",
    attempted: "delay until now in join set o:1-b",
  },
  "what is scheduled, and when": {
    before: "x-schedule in:s:1 echo a\nsleep now",
    after: "x-schedule in:s:2 echo a\nsleep now",
    version: 1,
    recorded: 'schedule contract:guests/work@1.0.0.echo["a"] of 1 seconds',
    attempted: 'schedule contract:guests/work@1.0.0.echo["a"] of 2 seconds',
  },
  "whether it waits": {
    before: "create 1\ndelay 1 now\nnext 1",
    after: "create 1\ndelay 1 now\ntry 1",
    version: 2,
    recorded: "await join set g:1",
    attempted: "try join set g:1",
  },
  "whether it closes": {
    before: "create 1\ndelay 1 in:s:1\nclose 1",
    after: "create 1\ndelay 1 in:s:1\nnext 1",
    version: 2,
    recorded: "close join set g:1",
    attempted: "await join set g:1",
  },
  "the range of a draw": {
    before: "u64 1 6\nsleep now",
    after: "u64 1 7\nsleep now",
    version: 1,
    recorded: 'random-u64("1", "6")',
    attempted: 'random-u64("1", "7")',
  },
  "the order of what it asks": {
    before: "sleep now\ndirect echo a",
    after: "direct echo a\nsleep now",
    version: 1,
    recorded: "delay until now in join set o:1",
    attempted: called("echo", "a", "o:1-echo"),
  },
  "whether it asks for more": {
    before: "sleep now\nsleep now",
    after: "sleep now",
    version: 3,
    recorded: "delay until now in join set o:2",
    attempted: 'finish with {"ok":"sleep: t"}',
  },
};

/** What is no intent may change. */
const agreements: Readonly<Record<string, readonly [before: string, after: string, transcript: string]>> = {
  "a look at ids": [
    "sleep now",
    "id\nlast-oneoff\nsleep now\nlast-oneoff",
    "id: E~\nlast-oneoff: none\nsleep: t\nlast-oneoff: D~.o:1_1",
  ],
  "a line of the log": ["sleep now", "log info new\nsleep now", "log: ok\nsleep: t"],
  "a join set that nothing is submitted to": [
    "create 1\ndelay 1 now\nnext 1",
    "named 2 a\ncreate 1\ndelay 1 now\nnext 1\nnext 2\nclose 2",
    lines("named: ok", "create: ok", "delay: D~.g:1_1", "next: ok", "next: !all-processed", "close: ok"),
  ],
  "what comes after the history": [
    "sleep now\ndirect echo a",
    "sleep now\ndirect echo a\ndirect echo b",
    "sleep: t\ndirect: ok(a)\ndirect: ok(b)",
  ],
};

describe.each(languages)("in %s", (language) => {
  let script: ScriptRig;
  beforeAll(async () => {
    script = await ScriptRig.of(language);
  }, 120_000);
  afterAll(() => script.close());

  /** Runs a script, cuts its journal off before a unit, and goes on with another script as that execution's own. */
  async function changed(
    before: string,
    after: string,
    cut: (units: readonly (readonly Change[])[]) => number,
    id: ExecutionId = anId,
  ) {
    const { rig } = script;
    const units: (readonly Change[])[] = [];
    const first = rig.open(rig.folder(), { tap: (journal) => recordUnits(journal, units) });
    await first.run(anId, run, [before]);
    first.close();

    const rescripted = (event: Event) => (event.kind === "created" ? { ...event, params: [after] } : event);
    const kept = units
      .slice(0, cut(units))
      .map((unit) =>
        unit.map((change) => (change.row.id === id ? { ...change, events: change.events.map(rescripted) } : change)),
      );
    const data = rig.folder();
    const now = await writeUnits(data, kept, rig.stored);
    const recorded = historiesIn(data).get(id) ?? [];
    const open = rig.open(data, { clock: new SimulatedClock(now) });
    await open.shard.resume();
    await open.finish();
    const outcome = await open.shard.result(anId);
    open.close();
    return { outcome, recorded, history: historiesIn(data).get(id) ?? [] };
  }

  /** The cut right before the workflow finishes. */
  const unfinished = (units: readonly (readonly Change[])[]) =>
    units.findIndex((unit) => unit.some(({ row }) => row.id === anId && row.status === "finished"));

  test.each(Object.entries(divergences))(
    "the first difference ends the replay as nondeterminism-detected: %s",
    async (_what, { before, after, version, recorded: was, attempted }) => {
      const { outcome, recorded, history } = await changed(before, after, unfinished);
      const reason = `version ${version}: recorded ${was}; attempted ${attempted}`;
      expect(outcome).toEqual({ failure: "nondeterminism-detected", reason });
      expect(history.slice(0, recorded.length), "nothing is written over").toEqual(recorded);
      const added = new Set(history.slice(recorded.length).map(({ kind }) => kind));
      expect(["finished", "ended", "delay-cancelled", "child-finished"]).toEqual(expect.arrayContaining([...added]));
    },
  );

  test.each(Object.entries(agreements))("%s is not compared", async (_what, [before, after, transcript]) => {
    const { outcome, recorded, history } = await changed(before, after, unfinished);
    expect(outcome).toEqual({ ok: transcript });
    expect(history.slice(0, recorded.length)).toEqual(recorded);
  });

  test("a child that has diverged is an err of its own type to its parent, of the kind nondeterminism-detected", async () => {
    const before = "direct run direct echo a;sleep now\nlast-call\nkind $2";
    const child = `${anId}.o:1-run_1` as ExecutionId;
    const slept = (units: readonly (readonly Change[])[]) =>
      units.findIndex((unit) => unit.some(({ events }) => events.some(({ kind }) => kind === "delay-submitted")));
    const { outcome } = await changed(before, "direct echo b", slept, child);
    const transcript = lines(
      "direct: err(execution_failed)",
      "last-call: E~.o:1-run_1",
      "kind: nondeterminism-detected",
    );
    expect(outcome).toEqual({ ok: transcript });
  });

  test("a result is as it was recorded, whatever would come of the call now", async () => {
    const before = "direct run return before\nsleep now";
    const { outcome } = await changed(before, "return after", unfinished, `${anId}.o:1-run_1` as ExecutionId);
    expect(outcome).toEqual({ ok: "direct: ok(before)\nsleep: t" });
  });
});
