/** One parent with thousands of children beside others that have little to do. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkJournal } from "../../host/index.ts";
import { noteProof } from "../support/proof.ts";
import { finishedBefore } from "./finished-before.ts";
import type { HostProcess } from "./host-process.ts";
import { LoadFolder, mib, share, sideBySide } from "./load.ts";

const children = share(10_000);
const others = 20;
const stepsOfOthers = 5;
/** Attempts under way at once: so many of the parent's children may be ahead of each step of the others. */
const attemptsMax = 16;
/** Of a child that waits: its fold, its event at hand, its place in a line. A few KB were found. */
const bytesPerChild = 8 * 1024;
/** Half of what 10,000 instances of workflows would take, 100 KB each with what V8 keeps of them, if all were alive at once: at
 *  most 1,000 are (`hotRunsMax`), and those that were evicted wait to be collected. */
const slackBytes = 512 * mib;

let folder: LoadFolder;
let host: HostProcess;
beforeEach(async () => {
  folder = new LoadFolder(
    ["workflow_wasm", "script-c"],
    ["workflow_wasm", "tiny-workflow"],
    ["activity_wasm", "work"],
    ["activity_wasm", "tiny-activity"],
    ["activity_external", "approval"],
  );
  host = await folder.open({ attemptsMax });
});
afterEach(async () => {
  await host.kill();
  folder.remove();
});

const family = (asked: string, end: string) => `create 1\nloop ${children}\nsubmit 1 ${asked}\n${end}`;
const awaited = `loop ${children}\nnext 1\nreturn done`;

test.each<[string, string]>([
  ["activities", family('work echo ["x"]', awaited)],
  ["workflows", family('script run ["call work echo [\\"x\\"]\\nreturn x"]', awaited)],
  ["workflows that it leaves", family('script run ["return x"]', "return done")],
])("with %s the others go on, it finishes, and memory stays in bounds", async (_, script) => {
  const before = host.held.residentBytes;
  const parent = await host.ask("submit", ".../script.run", [script]);
  await submittedAll();
  const ids: string[] = [];
  await sideBySide(others, others, async () => {
    const id = await host.ask("submit", ".../flow.run", [stepsOfOthers, "payload"]);
    ids.push(id);
    expect(await host.ask("result", id)).toEqual({ ok: stepsOfOthers });
  });
  expect(await host.ask("result", parent)).toEqual({ ok: "done" });
  await host.ask("idle");
  const grownBytes = host.peakBytes - before;
  await host.close();
  const ahead = finishedBefore(folder.data, parent, ids);
  noteProof("one parent's many children", { children, "finished before the last of the others": ahead });
  expect(ahead).toBeLessThan(children / 2);
  expect(grownBytes).toBeLessThan(children * bytesPerChild + slackBytes);
  expect([...checkJournal(folder.data)]).toEqual([]);
});

test("with external activities workers are done with all of them", async () => {
  const parent = await host.ask("submit", ".../script.run", [family('approval approve ["x"]', awaited)]);
  let completed = 0;
  while (completed < children) {
    const claims = await host.ask("claim", { max: 100 });
    await Promise.all(claims.map((claim) => host.ask("complete", claim, { ok: "approved" })));
    completed += claims.length;
  }
  expect(await host.ask("result", parent)).toEqual({ ok: "done" });
  noteProof("one parent's many children", { "external children": completed });
});

test("when it is cancelled, so are all of them", async () => {
  const parent = await host.ask("submit", ".../script.run", [family('approval approve ["x"]', awaited)]);
  await submittedAll();
  await host.ask("cancel", parent);
  expect(await host.ask("result", parent)).toMatchObject({ failure: "cancelled" });
  expect(await host.ask("unfinished")).toBe(0);
  await host.close();
  expect([...checkJournal(folder.data)]).toEqual([]);
});

/** Waits until the parent has asked for its children: it does so in one go. */
async function submittedAll(): Promise<void> {
  while ((await host.ask("unfinished")) < 2);
}
