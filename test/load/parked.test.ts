/** Tens of thousands of executions that wait: for hours, for a signal, for somebody outside. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkJournal, type Outcome } from "../../host/index.ts";
import { noteProof } from "../support/proof.ts";
import type { HostProcess } from "./host-process.ts";
import { LoadFolder, mib, share, sideBySide } from "./load.ts";

const count = share(50_000);
/** A time in a heap and an id for each: 2 KB were found with 50,000 asleep. */
const bytesPerParked = 4 * 1024;
const limits = { hotRunsMax: 200 };
/** So many instances of workflows, of which each takes up to some hundred KB, and what V8 has not collected yet. */
const slackBytes = 256 * mib;

interface Kind {
  readonly function: string;
  readonly params: readonly unknown[];
  readonly wake: (id: string) => Promise<unknown>;
  readonly outcome: Outcome;
}

let folder: LoadFolder;
let host: HostProcess;
beforeEach(async () => {
  folder = new LoadFolder(
    ["workflow_wasm", "script-c"],
    ["workflow_wasm", "channels-workflow"],
    ["workflow_wasm", "tiny-workflow"],
    ["activity_wasm", "work"],
    ["activity_wasm", "tiny-activity"],
    ["activity_wasm", "activity"],
    ["activity_stub", "approval"],
  );
  host = await folder.open(limits);
});
afterEach(async () => {
  await host.kill();
  folder.remove();
});

const asleep: Kind = {
  function: ".../flow.sleep",
  params: [3_600_000],
  wake: (id) => host.ask("cancel", `D_${id.slice(2)}.o:1_1`),
  outcome: { err: "the sleep was cancelled" },
};
const forSomebody: Kind = {
  function: ".../script.run",
  params: ['call approval approve ["order"]\nreturn answered'],
  wake: (id) => host.ask("stub", `${id}.o:1-approve_1`, { ok: "approved" }),
  outcome: { ok: "answered" },
};
const forTimeToPass: Kind = {
  function: ".../script.run-cancellable",
  params: ["sleep in:s:3\nreturn rested"],
  wake: () => Promise.resolve(),
  outcome: { ok: "rested" },
};
/** Few, since each has a whole engine for JavaScript. */
const forSignal: Kind = {
  function: ".../channels.either",
  params: [3_600_000],
  wake: (id) => host.ask("signal", id, "go", 1),
  outcome: { ok: "ok 1, 1" },
};

function kindOf(n: number): Kind {
  if (n % 1_000 === 0) return forSignal;
  if (n % 10 < 7) return asleep;
  return n % 10 < 9 ? forSomebody : forTimeToPass;
}

test("they take little memory, outlive their host, wake and finish", async () => {
  const before = host.held.residentBytes;
  const ids: string[] = [];
  await sideBySide(count, 256, async (n) => {
    const { function: name, params } = kindOf(n);
    ids[n] = await host.ask("submit", name, params);
  });
  const waiting = ids.filter((_, n) => kindOf(n) !== forTimeToPass).length;
  while (blocked() < waiting) await host.ask("unfinished");
  const parkedBytes = host.peakBytes - before;
  await host.kill();

  host = await folder.open(limits);
  await sideBySide(count, 256, async (n) => kindOf(n).wake(ids[n] ?? ""));
  await sideBySide(count, 256, async (n) => expect(await host.ask("result", ids[n] ?? "")).toEqual(kindOf(n).outcome));
  const wokenBytes = host.peakBytes - before;
  await host.close();
  expect([...checkJournal(folder.data)]).toEqual([]);
  noteProof("parked executions", { parked: count, "woken after a kill": ids.length });
  expect(parkedBytes).toBeLessThan(count * bytesPerParked + slackBytes);
  expect(wokenBytes).toBeLessThan(count * bytesPerParked + slackBytes);
});

/** Of those that only somebody wakes. */
function blocked(): number {
  const db = new Database(join(folder.data, "journal.sqlite"), { readonly: true });
  const found = db
    .prepare<[], number>(
      "select count(*) from executions where status = 'blocked' and function not like '%.run-cancellable'",
    )
    .pluck()
    .get();
  db.close();
  return found ?? 0;
}
