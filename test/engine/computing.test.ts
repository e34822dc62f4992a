/** A workflow that computes for long leaves the shard to others, and is within reach. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ExecutionId, FunctionName, Millis } from "../../host/core/ids.ts";
import type { LoadedComponent } from "../../host/ports/components.ts";
import { guest } from "../support/guests.ts";
import { startedAt } from "../support/histories.ts";
import { historiesIn, type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const script = "contract:guests/script@1.0.0.run";
const other = `${anId.slice(0, -1)}1` as ExecutionId;
const long = "loop 100000000\nid";

let rig: Rig;
let data: string;
let open: OpenRig;

beforeAll(async () => {
  rig = await Rig.of(guest("script-quickjs", { kind: "workflow" }), guest("work"));
});
afterAll(() => rig.close());
beforeEach(() => {
  data = rig.folder();
  open = rig.open(data);
});
afterEach(() => open.close());

/** Lets the workflow begin, which leaves no trace of its own. */
async function begin(): Promise<void> {
  await open.submit(anId, script, [`log info begun\n${long}`]);
  await open.until(() => logged());
}

function logged(): boolean {
  const key = open.journal.findExecution(anId)?.key;
  return key !== undefined && open.journal.logCount(key, 0) > 0;
}

test("others finish meanwhile, and it is cancelled while it computes", async () => {
  await begin();
  await open.submit(other, script, ["direct echo hello\nreturn done"]);
  await open.untilIs(other, "finished");
  expect(open.journal.findExecution(anId)?.status).toBe("pending");
  await open.shard.cancel(anId, "enough");
  expect(await open.shard.result(anId)).toMatchObject({ failure: "cancelled" });
  open.close();
  expect(
    historiesIn(data)
      .get(anId)
      ?.map(({ kind }) => kind),
  ).toEqual(["created", "finished"]);
});

test("its shard stops while it computes; the next begins it anew", async () => {
  await begin();
  open.close();
  open = rig.open(data);
  await open.shard.resume();
  await open.submit(other, script, ["return done"]);
  await open.untilIs(other, "finished");
  expect(open.journal.findExecution(anId)?.status).toBe("pending");
  expect(open.failure).toBeUndefined();
});

/** Stands still, and is not asked for ever. */
class AskedClock extends SimulatedClock {
  #asked = 0;

  override now(): Millis {
    if (++this.#asked > 100_000) throw new Error("the time is asked again and again");
    return super.now();
  }
}

test("its time to start has come and is not waited for any more", async () => {
  open.close();
  open = rig.open(data, { clock: new AskedClock(startedAt) });
  const startAt = (startedAt + 5_000) as Millis;
  const submission = { id: anId, fresh: true, function: script as FunctionName, params: [`log info begun\n${long}`] };
  await open.shard.submit({ ...submission, startAt });
  open.clock.pass(5_000);
  await open.until(() => logged());
  const rang = open.clock.advance();
  expect(open.failure).toBeUndefined();
  expect(rang).toBe(false);
});

test("its shard stops while its code is being loaded, and doesn't begin it any more", async () => {
  open.close();
  const loaded = await rig.components.load(rig.digest("script-quickjs"));
  const loading = Promise.withResolvers<LoadedComponent>();
  let [asked, begun] = [false, 0];
  const load = () => {
    asked = true;
    return loading.promise;
  };
  open = rig.open(data, { source: { load, kind: (digest) => rig.components.kind(digest) } });
  await open.submit(anId, script, ["return done"]);
  await open.until(() => asked);
  open.shard.stop();
  const instantiate: LoadedComponent["instantiate"] = (...args) => {
    begun++;
    return loaded.instantiate(...args);
  };
  loading.resolve({ type: loaded.type, instantiate });
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toBe(0);
});

test("it runs out of fuel at the same place, however it was interrupted", async () => {
  const limits = { workflow: { memoryBytesMax: 2 ** 26, fuel: 100_000_000 } };
  const outcomes = [];
  for (const stops of [0, 2]) {
    const folder = rig.folder();
    let host = rig.open(folder, { limits });
    await host.submit(anId, script, [`u64 0 9\n${long}`]);
    for (let stop = 0; stop < stops; stop++) {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      host.close();
      host = rig.open(folder, { limits });
      await host.shard.resume();
    }
    await host.finish();
    outcomes.push(await host.shard.result(anId));
    host.close();
  }
  expect(outcomes[0]).toMatchObject({ failure: "out-of-fuel" });
  expect(outcomes[1]).toEqual(outcomes[0]);
});
