/** What clients ask of a host that has other things to do. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ExecutionId, FunctionName } from "../../host/core/ids.ts";
import { guest } from "../support/guests.ts";
import { type OpenRig, Rig } from "../support/rig.ts";
import { anId } from "../support/signature.ts";

let rig: Rig;
let data: string;
let open: OpenRig;

beforeAll(async () => {
  rig = await Rig.of(
    guest("work", { retry: { retriesMax: 1, backoffMs: 1, backoffMaxMs: 1 } }),
    guest("tiny-activity", { kind: "activity_stub" }),
  );
}, 120_000);
afterAll(() => rig.close());

beforeEach(() => {
  data = rig.folder();
});
afterEach(() => open.close());

const echo = "contract:guests/work@1.0.0.echo" as FunctionName;
const step = "bench:tiny/acts@0.1.0.step" as FunctionName;
const idOf = (n: number) => `E_01K42AJA8QHD7D3GTJAYM0${String(n).padStart(4, "0")}` as ExecutionId;

function kinds(id = anId): readonly string[] {
  const row = open.journal.findExecution(id);
  return row === undefined ? [] : open.journal.history(row.key).map(({ kind }) => kind);
}

test("what is unpaused while its host is still taking up others is not taken for lost", async () => {
  open = rig.open(data, { limits: { attemptsMax: 0 } });
  for (let n = 0; n < 1_000; n++) {
    void open.shard.submit({ id: idOf(n), fresh: true, function: step, params: [n, "x"] });
  }
  await open.submit(anId, echo, ["text"]);
  await open.shard.pause(anId);
  open.close();
  open = rig.open(data);
  await Promise.all([open.shard.unpause(anId), open.shard.resume()]);
  await open.untilIs(anId, "finished");
  expect(kinds()).toEqual(["created", "paused", "unpaused", "attempt-started", "finished"]);
});
