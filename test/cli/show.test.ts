/** What `stele show` says of activities: read from the journal beside a shard that is held in the state. */
import { stripVTControlCharacters } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { showText, type Tree, treeOf } from "../../host/cli/show.ts";
import { digestOf } from "../../host/component/component.ts";
import type { DeployedComponent } from "../../host/core/deployment.ts";
import type { ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import { openReader } from "../../host/journal/reader.ts";
import { guest } from "../support/guests.ts";
import { HeldActivities } from "../support/held-activities.ts";
import { startedAt } from "../support/histories.ts";
import { type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

const work = (name: string) => `contract:guests/work@1.0.0.${name}` as FunctionName;
const anotherId = anId.replace(/0$/, "1") as ExecutionId;
const retry = { retriesMax: 2, backoffMs: 1_000, backoffMaxMs: 60_000 };
const policy = { retry, deadlineMs: 10_000 };

let rig: Rig;
let data: string;
let open: OpenRig;
let held: HeldActivities;

beforeAll(async () => {
  rig = await Rig.of(guest("work", { policy }), guest("script-c", { kind: "workflow" }));
}, 120_000);
beforeEach(() => {
  data = rig.folder();
  held = new HeldActivities(rig.activities);
  open = rig.open(data, { activities: held });
});
afterEach(() => open.close());
afterAll(() => rig.close());

function deploy(limits: Partial<DeployedComponent> = {}): void {
  const components = rig.deployment.components.map((one) => (one.name === "work" ? { ...one, ...limits } : one));
  open.shard.deploy({ components }, rig.components.types(), sandboxesOf({ components }));
  const json = JSON.stringify({ components });
  open.journal.activateDeployment(digestOf(Buffer.from(json)), json, open.clock.now());
}

function shown(id: ExecutionId): Tree {
  const reader = openReader(data);
  try {
    const row = reader.findExecution(id);
    if (row === undefined) throw new Error(`${id} is not there`);
    return treeOf(reader, row, open.clock.now());
  } finally {
    reader.close();
  }
}

const textOf = (id: ExecutionId) => stripVTControlCharacters(showText(shown(id), open.clock.now()));
const after = (ms: number) => new Date(startedAt + ms).toISOString();

describe("an activity", () => {
  test("that has failed once tells when, why, and until when it waits", async () => {
    deploy();
    await open.submit(anId, work("fail"), ["no"]);
    await open.until(() => held.started.length === 1);
    open.clock.pass(20);
    held.letGo(1);
    await open.until(() => shown(anId).status === "pending");
    const tree = shown(anId);
    const [startAt, endedAt, retryAt] = [startedAt, startedAt + 20, startedAt + 770];
    expect(tree.attemptsMade).toMatchObject([
      { attempt: 1, startedAt: startAt, endedAt, failure: { kind: "err", value: "no" }, retryAt },
    ]);
    expect(tree.activity).toMatchObject({ attemptsMax: 3, policy, waits: { for: "backoff", until: retryAt } });
    const text = textOf(anId);
    expect(text).toMatch(/^attempts +1 of 3$/m);
    expect(text).toMatch(/^policy +up to 3 attempts, 10 s each, backoff 1\.0 s to 1 min$/m);
    expect(text).toContain(`began ${after(0)}; the activity returned an err: "no"; tried again at ${after(770)}`);
    expect(text).toMatch(new RegExp(`attempt 2 +waits +backoff until ${after(770)}`));
  });

  test("that runs tells since when", async () => {
    deploy();
    await open.submit(anId, work("fail"), ["no"]);
    await open.until(() => held.started.length === 1);
    open.clock.pass(1_500);
    expect(shown(anId)).toMatchObject({
      attemptsMade: [{ attempt: 1, endedAt: null, failure: null }],
      activity: { waits: null },
    });
    expect(textOf(anId)).toMatch(new RegExp(`attempt 1 +under way for 1\\.5 s +began ${after(0)}`));
  });

  test("that has come to its end tells when", async () => {
    deploy();
    await open.submit(anId, work("nothing"), []);
    await open.until(() => held.started.length === 1);
    open.clock.pass(30);
    held.letGo(1);
    await open.until(() => shown(anId).status === "finished");
    expect(shown(anId)).toMatchObject({ attemptsMade: [{ endedAt: startedAt + 30, failure: null, retryAt: null }] });
    expect(textOf(anId)).toMatch(/attempt 1 +ended in 30 ms +began/);
  });

  test.each<[string, Partial<DeployedComponent>, object, RegExp]>([
    [
      "its function",
      { policy: { ...policy, concurrencyMax: 1 } },
      { for: "function", concurrencyMax: 1 },
      /attempt 1 +waits +all 1 attempts that its function may have at once are under way/,
    ],
    [
      "its component",
      { concurrencyMax: 1 },
      { for: "component", concurrencyMax: 1 },
      /attempt 1 +waits +all 1 attempts that its component may have at once are under way/,
    ],
    ["its rate", { rate: { count: 1, perMs: 60_000 } }, { for: "host" }, /a host that has room, and for its rate/],
  ])("that waits for %s says so", async (_, limits, waits, text) => {
    deploy(limits);
    await open.submit(anotherId, work("nothing"), []);
    await open.submit(anId, work("nothing"), []);
    await open.until(() => held.started.length === 1);
    expect(shown(anId).activity).toMatchObject({ waits });
    expect(textOf(anId)).toMatch(text);
    expect(open.shard.waitOf(anId)).toBeDefined();
  });

  test("that is not to be run yet says until when", async () => {
    deploy();
    const startAt = (startedAt + 60_000) as Millis;
    await open.shard.submit({ id: anId, fresh: true, function: work("nothing"), params: [], startAt });
    expect(shown(anId).activity).toMatchObject({ waits: { for: "start", until: startAt } });
  });
});

test("the whole policy is one line", async () => {
  deploy({
    policy: { ...policy, retry: { ...retry, totalMs: 300_000 }, concurrencyMax: 2, rate: { count: 5, perMs: 1_000 } },
    concurrencyMax: 7,
    rate: { count: 100, perMs: 60_000 },
  });
  await open.submit(anId, work("nothing"), []);
  const line =
    "up to 3 attempts, 10 s each, backoff 1.0 s to 1 min, 5 min in all, 2 at once, 5 in 1.0 s, " +
    "7 of its component at once, 100 of its component in 1 min";
  await open.until(() => textOf(anId).includes(line));
  expect(textOf(anId)).toContain(line);
});

test("a workflow has no policy, and its child that went well has one line", async () => {
  deploy();
  held.letAllGo();
  await open.submit(anId, "contract:guests/script@1.0.0.run", ["direct echo text"]);
  await open.untilIs(anId, "finished");
  await open.until(() => shown(anId).status === "finished");
  const tree = shown(anId);
  expect([tree.activity, tree.children[0]?.activity?.attemptsMax]).toEqual([null, 3]);
  expect(textOf(anId)).not.toMatch(/attempt|policy/);
});
