/** A history of 100,000 events. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openReader } from "../../host/index.ts";
import { type Ended, startStele } from "../support/cli.ts";
import { noteProof } from "../support/proof.ts";
import type { HostProcess } from "./host-process.ts";
import { LoadFolder, mib, share } from "./load.ts";

const events = share(100_000);
/** Each is submitted, awaited and finishes: three events. */
const children = Math.ceil(events / 6);
const drawn = Math.ceil(events / 2);
const script = [
  "create 1",
  `loop ${children}\nsubmit 1 work echo ["text"]`,
  `loop ${children}\nnext 1`,
  `loop ${drawn}\nu64 0 10`,
  'call approval approve ["order"]',
  "return done",
].join("\n");
/** An event at hand as an object and as a row, and a child's fold: 1.5 KB an event were found. */
const bytesPerEvent = 3 * 1024;
const slackBytes = 128 * mib;
/** The heap that a command may have: reading keeps all events of the history, and a row for each child. */
const commandHeapMb = 128 + Math.ceil((events * bytesPerEvent) / mib);

let folder: LoadFolder;
let host: HostProcess;
beforeEach(async () => {
  folder = new LoadFolder(["workflow_wasm", "script-c"], ["activity_wasm", "work"], ["activity_stub", "approval"]);
  host = await folder.open();
});
afterEach(async () => {
  await host.kill();
  folder.remove();
});

test("it is run, replayed by another host, shown, replayed and checked, in bounded memory", async () => {
  const before = host.held.residentBytes;
  const id = await host.ask("submit", ".../script.run", [script]);
  // The last of its children waits for somebody outside.
  while ((await host.ask("unfinished")) > 2 || !isThere(`${id}.o:1-approve_1`)) await host.ask("unfinished");
  const runBytes = host.peakBytes - before;
  await host.kill();

  host = await folder.open();
  await host.ask("stub", `${id}.o:1-approve_1`, { ok: "approved" });
  expect(await host.ask("result", id)).toEqual({ ok: "done" });
  const replayedBytes = host.peakBytes - before;
  await host.close();

  expect(JSON.parse((await stele("replay", id, "--json")).out)).toMatchObject({ kind: "matches" });
  expect(JSON.parse((await stele("check", "--json")).out)).toMatchObject({ sound: true });
  expect((await stele("show", id)).out.split("\n").length).toBeGreaterThan(children);
  expect((await stele("events", id)).out.split("\n").length).toBeGreaterThan(events);
  noteProof("long histories", { events, children });
  expect(runBytes).toBeLessThan(events * bytesPerEvent + slackBytes);
  expect(replayedBytes).toBeLessThan(events * bytesPerEvent + slackBytes);
});

/** The command with so much heap and no more: it would end by that. */
async function stele(...words: readonly string[]): Promise<Ended> {
  const [command = "", ...rest] = words;
  const args = [command, "--data", folder.data, ...rest];
  const ended = await startStele(folder.path, args, { NODE_OPTIONS: `--max-old-space-size=${commandHeapMb}` }).ended;
  expect(ended).toMatchObject({ code: 0, err: "" });
  return ended;
}

function isThere(child: string): boolean {
  const reader = openReader(folder.data);
  const found = reader.findExecution(child as never);
  reader.close();
  return found !== undefined;
}
