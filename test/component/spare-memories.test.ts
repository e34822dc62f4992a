/** The memory of a guest that has returned serves the next one of its component, and tells it nothing. */
import { expect, test } from "vitest";
import { SpareMemories } from "../../host/component/run/spare-memories.ts";
import { instantiate, load } from "../support/wat.ts";

const text = `
  (import "a:b/c" (instance $i (export "wait" (func (result u32)))))
  (core func $wait (canon lower (func $i "wait")))
  (core module $code
    (import "host" "wait" (func $wait (result i32)))
    (memory 2 8)
    (data (i32.const 100) "\\07")
    (func (export "write") (param $at i32) (i32.store8 (local.get $at) (i32.const 1)))
    (func (export "read") (param $at i32) (result i32) (i32.load8_u (local.get $at)))
    (func (export "grow") (drop (memory.grow (i32.const 1))))
    (func (export "size") (result i32) (memory.size))
    (func (export "trap") (i32.store8 (i32.const 0) (i32.const 1)) unreachable)
    (func (export "write-later") (i32.store8 (call $wait) (i32.const 1))))
  (core instance $c (instantiate $code (with "host" (instance (export "wait" (func $wait))))))
  (func (export "write") (param "at" u32) (canon lift (core func $c "write")))
  (func (export "read") (param "at" u32) (result u32) (canon lift (core func $c "read")))
  (func (export "grow") (canon lift (core func $c "grow")))
  (func (export "size") (result u32) (canon lift (core func $c "size")))
  (func (export "trap") (canon lift (core func $c "trap")))
  (func (export "write-later") (canon lift (core func $c "write-later")))`;

const loaded = await load(text);
const fresh = (wait: () => unknown = () => 0, memoryBytesMax = 1 << 20) =>
  instantiate(loaded, { "a:b/c": { wait } }, { memoryBytesMax });

async function expectUntouched(): Promise<void> {
  const guest = fresh();
  expect(await guest.call("$root", "size", [])).toBe(2);
  expect(await guest.call("$root", "read", [100])).toBe(7);
  for (const at of [0, 99, 50_000, 2 * 65_536 - 1]) expect(await guest.call("$root", "read", [at])).toBe(0);
}

test.each<[what: string, calls: readonly (readonly [name: string, ...args: number[]])[]]>([
  ["wrote everywhere", [0, 99, 100, 50_000, 2 * 65_536 - 1].map((at) => ["write", at] as const)],
  ["grew", [["write", 0], ["grow"], ["write", 3 * 65_536 - 1]]],
  ["trapped", [["write", 99], ["trap"]]],
])("after one that %s", async (_what, calls) => {
  for (let guests = 3; guests > 0; guests--) {
    const guest = fresh();
    for (const [name, ...args] of calls) await guest.call("$root", name, args).catch(() => undefined);
    guest.release();
    guest.release();
    await expectUntouched();
  }
});

test("there are few of them, however many components there are", async () => {
  const guests = [];
  for (let n = 0; n < 600; n++) {
    const component = await load(text);
    for (let more = 0; more < 32; more++)
      guests.push(component.instantiate(() => ({ wait: () => 0 }), { memoryBytesMax: 1 << 20, fuel: 1e9 }));
    for (const guest of guests.splice(0)) guest.release();
  }
  await expectUntouched();
});

test("those of guests that come no more make room for others", () => {
  const spares = new SpareMemories();
  const memory = (initial: number) => new WebAssembly.Memory({ initial, maximum: 8 });
  for (let n = 0; n < 40; n++) spares.give(memory(1), 1, 8);
  expect(spares.take(2, 8)).toBeUndefined();
  const other = memory(2);
  spares.give(other, 2, 8);
  expect(spares.take(2, 8)).toBe(other);
});

test("with other limits there is another memory", async () => {
  const narrow = fresh(undefined, 2 * 65_536);
  await narrow.call("$root", "grow", []);
  expect(await narrow.call("$root", "size", [])).toBe(2);
  narrow.release();
  const wide = fresh();
  await wide.call("$root", "grow", []);
  expect(await wide.call("$root", "size", [])).toBe(3);
});

test("a guest that is released while it waits writes nothing more", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const waiting = fresh(() => promise);
  const call = waiting.call("$root", "write-later", []);
  waiting.release();
  const next = fresh();
  resolve(50_000);
  await expect(call).rejects.toThrow(/has been released/);
  expect(await next.call("$root", "read", [50_000])).toBe(0);
  next.release();
  await expect(next.call("$root", "read", [0])).rejects.toThrow(/has been released/);
});
