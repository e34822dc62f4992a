import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExecutionId } from "../../host/core/ids.ts";
import type { ShardLimits } from "../../host/engine/limits.ts";
import type { LogLine } from "../../host/ports/journal.ts";
import { guest } from "../support/guests.ts";
import { logsIn, Rig } from "../support/rig.ts";
import { cutEverywhere } from "../support/signature.ts";
import { allocator, component } from "../support/wat.ts";

const step = '(func (param "index" u32) (param "payload" string) (result (result string (error string))))';
const line = '(func (param "message" string))';

/** A workflow that says "at 0", waits for an activity, says "at 1" and so on, up to "at 3". */
const chatty = `
  (import "bench:tiny/acts@0.1.0" (instance $acts (export "step" ${step})))
  (import "obelisk:log/log@1.0.0" (instance $log (export "info" ${line}) (export "warn" ${line})))
  ${allocator}
  (core func $step (canon lower (func $acts "step") (memory $mem) (realloc $realloc)))
  (core func $info (canon lower (func $log "info") (memory $mem)))
  (core func $warn (canon lower (func $log "warn") (memory $mem)))
  (core module $code
    (import "m" "memory" (memory 1))
    (import "h" "step" (func $step (param i32 i32 i32 i32)))
    (import "h" "info" (func $info (param i32 i32)))
    (import "h" "warn" (func $warn (param i32 i32)))
    (data (i32.const 16) "at 0")
    (func (export "go") (result i32)
      (call $info (i32.const 16) (i32.const 4))
      (loop $again
        (call $step (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 64))
        (i32.store8 (i32.const 19) (i32.add (i32.load8_u (i32.const 19)) (i32.const 1)))
        (call $info (i32.const 16) (i32.const 4))
        (call $warn (i32.const 16) (i32.const 4))
        (br_if $again (i32.lt_u (i32.load8_u (i32.const 19)) (i32.const 51))))
      (i32.const 0)))
  (core instance $c (instantiate $code
    (with "m" (instance $memory))
    (with "h" (instance (export "step" (func $step)) (export "info" (func $info)) (export "warn" (func $warn))))))
  (func $go (result (result)) (canon lift (core func $c "go")))
  (instance $flows (export "go" (func $go)))
  (export "test:chatty/flows" (instance $flows))`;

const name = "test:chatty/flows.go";
const said: readonly [LogLine["level"], string][] = [
  ["info", "at 0"],
  ["info", "at 1"],
  ["warn", "at 1"],
  ["info", "at 2"],
  ["warn", "at 2"],
  ["info", "at 3"],
  ["warn", "at 3"],
];

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.of({ name: "chatty", kind: "workflow", bytes: await component(chatty) }, guest("tiny-activity"));
}, 120_000);

afterAll(() => rig.close());

const idOf = (n: number) => `E_01K42AJA8QHD7D3GTJAYMASF${String(n).padStart(2, "0")}` as ExecutionId;

/** Lines in their order, each with its place. */
function expectEachOnce(lines: readonly LogLine[] | undefined): void {
  expect(lines?.map(({ attempt, index, level, message }) => [attempt, index, level, message])).toEqual(
    said.map(([level, message], index) => [0, index, level, message]),
  );
}

test.each<[string, Partial<ShardLimits>]>([
  ["stays", {}],
  ["is evicted at nearly every wait", { hotRunsMax: 1 }],
  ["is evicted often, and its activities wait for each other", { hotRunsMax: 2, attemptsMax: 1, startsPerTurn: 1 }],
])("what a workflow says between its waits is stored once, in order, when it %s", async (_, limits) => {
  const data = rig.folder();
  const open = rig.open(data, { limits });
  const ids = Array.from({ length: 12 }, (_, n) => idOf(n));
  await Promise.all(ids.map((id) => open.submit(id, name, [])));
  await open.finish();
  open.close();
  const logs = logsIn(data);
  for (const id of ids) expectEachOnce(logs.get(id));
});

test("and when its host is lost, wherever that was", async () => {
  const { whole, cuts } = await cutEverywhere(rig, name, []);
  const [id] = Object.keys(whole) as ExecutionId[];
  expect(cuts.length, "every line is a unit of its own").toBeGreaterThan(said.length + 6);
  for (const { units, left } of cuts) {
    expect(left, `cut after ${units} units`).toEqual(whole);
    if (id !== undefined) expectEachOnce(left[id]?.logs);
  }
});
