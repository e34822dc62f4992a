/** Everything at once and over and over: what a host holds of the machine does not grow. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkJournal, openReader } from "../../host/index.ts";
import { noteProof } from "../support/proof.ts";
import type { Held, HostProcess } from "./host-process.ts";
import { LoadFolder, mib } from "./load.ts";
import { growth } from "./trend.ts";

const soakMs = Number(process.env["STELE_SOAK_SECONDS"] ?? 20) * 1000;
/** Of the rounds: code is compiled, caches are filled, SQLite's log reaches its size. */
const warmUp = 1 / 3;
const roundsMin = 9;
/** The heap of each thread grows until it is collected: samples of an idle host were found within 10 MiB of each other. */
const slackBytes = 16 * mib;

interface Sample extends Held {
  readonly files: number;
}

let folder: LoadFolder;
let host: HostProcess;
let temporary: string;
beforeEach(async () => {
  folder = new LoadFolder(
    ["workflow_wasm", "script-c"],
    ["workflow_wasm", "channels-workflow"],
    [
      "activity_wasm",
      "work",
      "max_retries = 1\nretry_exp_backoff.milliseconds = 1\nexec.lock_expiry.milliseconds = 200\n",
    ],
    ["activity_wasm", "surroundings-c", 'scratch = "/tmp"\n'],
    ["activity_wasm", "activity"],
    ["activity_external", "approval"],
  );
  temporary = join(folder.path, "tmp");
  mkdirSync(temporary);
  // So few that those which wait are evicted all the time.
  host = await folder.open({ hotRunsMax: 4 }, { TMPDIR: temporary });
});
afterEach(async () => {
  await host.kill();
  folder.remove();
});

const script = ".../script.run";
const run = async (name: string, ...params: readonly unknown[]) => {
  const id = await host.ask("submit", name, params);
  await host.ask("result", id);
};

/** What is done in each round, all of it side by side. */
const kinds: readonly (() => Promise<void>)[] = [
  () => run(".../work.echo", "text"),
  () => run(".../work.fail", "no"),
  () => run(".../work.crash"),
  () => run(".../work.spin"),
  () => run(".../surroundings.attempt", "write", "/tmp/file"),
  () => run(".../activities.say", "a line"),
  () => run(script, 'create 1\nloop 20\nsubmit 1 work echo ["x"]\nloop 20\nnext 1\nreturn ok'),
  () => run(script, 'create 1\nloop 5\nsubmit 1 script run ["sleep in:ms:20\\nreturn x"]\nreturn left'),
  () => run(script, "create 1\nloop 50\ndelay 1 in:ms:5\nloop 50\nnext 1\nreturn ok"),
  () => run(script, "sleep in:ms:50\nsleep in:ms:50\nreturn ok"),
  () => run(script, 'create 1\nsubmit 1 work echo ["x"]\ntrap'),
  cancelled,
  signalled,
  claimed,
];

async function cancelled(): Promise<void> {
  const id = await host.ask("submit", script, ["create 1\ndelay 1 in:h:1\nsubmit 1 work spin []\nsleep in:h:1"]);
  await host.ask("cancel", id);
  await host.ask("result", id);
}

/** Begins anew after each two signals. */
async function signalled(): Promise<void> {
  const id = await host.ask("submit", ".../channels.add-up", [0, 2]);
  for (const value of [1, 2, 3, 4, 0]) await host.ask("signal", id, "numbers", value);
  await host.ask("result", id);
}

/** Some are given back before they are done. */
async function claimed(): Promise<void> {
  const id = await host.ask("submit", script, [
    'create 1\nloop 5\nsubmit 1 approval approve ["x"]\nloop 5\nnext 1\nreturn ok',
  ]);
  const result = host.ask("result", id);
  let completed = 0;
  while (completed < 5) {
    for (const claim of await host.ask("claim", { max: 5 })) {
      if (claim.attempt === 1) await host.ask("fail", claim, "not yet");
      else await host.ask("complete", claim, { ok: "approved" });
      completed += claim.attempt === 1 ? 0 : 1;
    }
  }
  await result;
}

function sample(): Sample {
  const below = (path: string) => readdirSync(path, { recursive: true }).length;
  return { ...host.held, files: below(join(folder.data, "scratch")) + below(temporary) };
}

/** How everything has ended, counted. */
function outcomes(): Record<string, number> {
  const counts: Record<string, number> = {};
  const reader = openReader(folder.data);
  for (const { outcome } of reader.executions({ limit: 1_000_000, children: true }))
    counts[outcome ?? "unfinished"] = (counts[outcome ?? "unfinished"] ?? 0) + 1;
  reader.close();
  return counts;
}

const soaking = { timeout: soakMs + 120_000 };

test("memory, threads, open files and temporary files stay as they are", soaking, async () => {
  const samples: Sample[] = [];
  const endsAt = performance.now() + soakMs;
  while (performance.now() < endsAt || samples.length < roundsMin) {
    await Promise.all(kinds.map((kind) => kind()));
    await host.ask("idle");
    samples.push(sample());
  }
  await host.close();
  expect([...checkJournal(folder.data)]).toEqual([]);
  const ended = outcomes();
  expect(Object.keys(ended).toSorted()).toEqual(["cancelled", "err", "ok", "timed-out", "uncategorized"]);
  noteProof("soak", { rounds: samples.length, ...ended });

  const later = samples.slice(Math.floor(samples.length * warmUp));
  const grown = (what: keyof Sample) => growth(later.map((each) => each[what]));
  expect(grown("residentBytes")).toBeLessThan(slackBytes);
  for (const what of ["threads", "openFiles", "files"] as const) expect(grown(what), what).toBeLessThan(1);
});
