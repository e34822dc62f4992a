/** Parameters and results as large as they may be, and one byte larger. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkJournal, type Outcome, openReader } from "../../host/index.ts";
import { noteProof } from "../support/proof.ts";
import type { HostProcess } from "./host-process.ts";
import { LoadFolder, mib } from "./load.ts";

/** The default of `payloadBytesMax`, of JSON. */
const most = 8 * mib;
const mostAsParam = most - '[""]'.length;
const mostAsResult = most - '{"ok":""}'.length;
/** A payload of 8 MiB is at hand as text, as a value and in the guest's memory, in each of two threads and in what is sent
 *  between them; QuickJS needs several times as much. */
const slackBytes = 1024 * mib;

let folder: LoadFolder;
let host: HostProcess;
let before: number;
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  folder = new LoadFolder(
    ["activity_wasm", "activity", "max_retries = 0\n"],
    ["workflow_wasm", "workflow"],
    ["workflow_wasm", "child-workflow"],
  );
  host = await folder.open();
  before = host.held.residentBytes;
});
afterAll(async () => {
  await host.kill();
  folder.remove();
});

async function run(name: string, params: readonly unknown[]): Promise<Outcome> {
  const id = await host.ask("submit", name, params);
  const outcome = await host.ask("result", id);
  outcomes.set(id, outcome);
  return outcome;
}

const letters = (length: number) => "x".repeat(length);
const tooLarge = {
  failure: "uncategorized",
  reason: expect.stringContaining("at most 8.0 MiB is allowed (--payload-bytes-max)") as string,
};

describe.each(["activities.say", "flows.say"])("parameters of %s", (name) => {
  test("of the limit are taken", async () => {
    expect(await run(`.../${name}`, [letters(mostAsParam)])).toEqual({ ok: null });
  });

  test("one byte larger are refused, and nothing is recorded", async () => {
    const unfinished = await host.ask("unfinished");
    await expect(host.ask("submit", `.../${name}`, [letters(mostAsParam + 1)])).rejects.toMatchObject({
      code: "payload-too-large",
    });
    expect(await host.ask("unfinished")).toBe(unfinished);
  });
});

describe.each(["activities.large", "flows.large"])("a result of %s", (name) => {
  test("of the limit is kept", async () => {
    expect(await run(`.../${name}`, [mostAsResult])).toEqual({ ok: letters(mostAsResult) });
  });

  test("one byte larger is a failure that says so", async () => {
    expect(await run(`.../${name}`, [mostAsResult + 1])).toMatchObject(tooLarge);
  });
});

describe("a workflow's call", () => {
  test("with parameters and a result of the limit is made and answered", async () => {
    expect(await run(".../flows.large-call", [mostAsResult])).toEqual({ ok: mostAsResult });
  });

  test("one byte larger is declined, and the history says why", async () => {
    expect(await run(".../flows.large-call", [mostAsParam + 1])).toEqual({ err: "execution_failed" });
    const reader = openReader(folder.data);
    const [row] = reader.executions({ limit: 1 });
    const refused = row === undefined ? [] : reader.history(row.key).filter(({ kind }) => kind === "child-refused");
    reader.close();
    expect(refused).toMatchObject([{ outcome: tooLarge }]);
  });
});

test("the journal is sound, another host reads the same, and memory stayed in bounds", async () => {
  const grownBytes = host.peakBytes - before;
  await host.kill();
  expect([...checkJournal(folder.data)]).toEqual([]);
  host = await folder.open();
  for (const [id, outcome] of outcomes) {
    const isSame = JSON.stringify(await host.ask("result", id)) === JSON.stringify(outcome);
    expect(isSame, id).toBe(true);
  }
  noteProof("payloads at the limit", { payloads: outcomes.size });
  expect(grownBytes).toBeLessThan(slackBytes);
});
