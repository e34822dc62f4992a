/** More is submitted than the host can take. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkJournal, HostError, openReader } from "../../host/index.ts";
import { noteProof } from "../support/proof.ts";
import type { HostProcess } from "./host-process.ts";
import { LoadFolder, mib, share, sideBySide } from "./load.ts";
import { growth } from "./trend.ts";

const rounds = 10;
const clients = 10;
/** Each client sends so many in a round before it hears of the first. */
const burst = share(600);
const submissions = rounds * clients * burst;
const limits = { pendingMax: 100, attemptsMax: 8 };
/** However many are submitted: twice what V8 was seen to let heaps grow to before it collects them. */
const peakBytesMax = 256 * mib;
/** From one round to the last, when the first half has warmed up: what a collection more or less makes. */
const slackBytes = 48 * mib;

let folder: LoadFolder;
let host: HostProcess;
beforeEach(async () => {
  folder = new LoadFolder(
    ["activity_wasm", "work"],
    ["workflow_wasm", "tiny-workflow"],
    ["activity_wasm", "tiny-activity"],
  );
  host = await folder.open(limits);
});
afterEach(async () => {
  await host.kill();
  folder.remove();
});

test.each<[string, string, readonly unknown[], unknown]>([
  ["activities", ".../work.echo", ["text"], "text"],
  ["workflows", ".../flow.nothing", [], null],
])("%s: each submission is taken and finishes, or is refused with a hint and leaves nothing", async (...row) => {
  const [what, name, params, ok] = row;
  const before = host.held.residentBytes;
  const taken: string[] = [];
  let refused = 0;
  const submit = async () => {
    try {
      taken.push(await host.ask("submit", name, params));
    } catch (error) {
      expect(error).toBeInstanceOf(HostError);
      expect(error).toMatchObject({ code: "overloaded", hint: expect.stringContaining("later") as string });
      refused++;
    }
  };
  const resident: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await sideBySide(clients, clients, () => Promise.all(Array.from({ length: burst }, submit)));
    await host.ask("idle");
    resident.push(host.held.residentBytes);
  }
  expect(taken.length + refused).toBe(submissions);
  expect(refused).toBeGreaterThan(0);

  for (const id of taken) expect(await host.ask("result", id)).toEqual({ ok });
  const more = await host.ask("submit", name, params);
  expect(await host.ask("result", more)).toEqual({ ok });
  const grownBytes = host.peakBytes - before;
  await host.close();

  const reader = openReader(folder.data);
  const ids = reader.executions({ limit: submissions, children: true }).map(({ id }) => id);
  reader.close();
  expect(new Set(ids)).toEqual(new Set([...taken, more]));
  expect([...checkJournal(folder.data)]).toEqual([]);
  expect(grownBytes).toBeLessThan(peakBytesMax);
  expect(growth(resident.slice(rounds / 2))).toBeLessThan(slackBytes);
  noteProof(`overload: ${what}`, { submissions, taken: taken.length, refused });
});
