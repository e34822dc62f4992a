import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import { GuestTrap, type HostInterface, type LoadedComponent } from "../../host/ports/components.ts";
import { allocator, instantiate, load } from "../support/wat.ts";

/** Calls `step` as often as it is told to and adds up what it gets; what is thrown at it is caught, or not. */
const stepper = (caught: boolean) => `
  ${allocator}
  (import "test:host/steps" (instance $steps
    (export "step" (func (param "index" u32) (result (result u32 (error string)))))
    (export "note" (func (param "text" string)))))
  (core func $step (canon lower (func $steps "step") (memory $mem) (realloc $realloc)))
  (core func $note (canon lower (func $steps "note") (memory $mem)))
  (core module $code
    (import "m" "memory" (memory 2))
    (import "h" "step" (func $step (param i32 i32)))
    (import "h" "note" (func $note (param i32 i32)))
    (func (export "run") (param $times i32) (result i32) (local $sum i32) (local $i i32)
      (loop $next
        ${
          caught
            ? "(block $out (try_table (catch_all $out) (call $step (local.get $i) (i32.const 16))))"
            : "(call $step (local.get $i) (i32.const 16))"
        }
        (if (i32.load8_u (i32.const 16)) (then (i32.store8 (i32.const 16) (i32.const 1)) (return (i32.const 16))))
        (local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 20))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (local.get $times))))
      (i32.store8 (i32.const 16) (i32.const 0))
      (i32.store (i32.const 20) (local.get $sum))
      (i32.const 16))
    (func (export "note") (call $note (i32.const 0) (i32.const 3))))
  (core instance $c (instantiate $code
    (with "m" (instance $memory))
    (with "h" (instance (export "step" (func $step)) (export "note" (func $note))))))
  (func (export "run") (param "times" u32) (result (result u32 (error string)))
    (canon lift (core func $c "run") (memory $mem)))
  (func (export "note") (canon lift (core func $c "note")))`;

let plain: LoadedComponent;
let swallowing: LoadedComponent;
beforeAll(async () => {
  plain = await load(stepper(false));
  swallowing = await load(stepper(true));
});

const run = (loaded: LoadedComponent, step: (index: number) => unknown, times = 3) =>
  instantiate(loaded, { "test:host/steps": { step, note: () => undefined } }).call("$root", "run", [times]);

/** An Error that carries what the guest is to receive. */
class Payload extends Error {
  readonly payload: unknown;
  constructor(payload: unknown) {
    super("err");
    this.payload = payload;
  }
}

describe("answers", () => {
  test("at once and later come to the same", async () => {
    expect(await run(plain, (index) => index)).toEqual({ tag: "ok", val: 3 });
    expect(await run(plain, (index) => Promise.resolve(index))).toEqual({ tag: "ok", val: 3 });
    expect(await run(plain, (index) => (index % 2 === 0 ? index : Promise.resolve(index)))).toEqual({
      tag: "ok",
      val: 3,
    });
  });

  test("at once take no turn of the event loop: the guest has called them all when its call returns", async () => {
    const seen: number[] = [];
    const call = run(
      plain,
      (index) => {
        seen.push(index);
        return index === 2 ? Promise.resolve(index) : index;
      },
      5,
    );
    expect(seen).toEqual([0, 1, 2]);
    await call;
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test.each<[how: string, step: () => unknown]>([
    [
      "a thrown payload",
      () => {
        throw "no" as unknown as Error;
      },
    ],
    [
      "an Error with a payload",
      () => {
        throw new Payload("no");
      },
    ],
    ["a rejection with an Error that has one", () => Promise.reject(new Payload("no"))],
  ])("%s is err", async (_how, step) => {
    expect(await run(plain, step)).toEqual({ tag: "err", val: "no" });
  });

  test("a thousand guests wait at the same time, and each goes on from where it was", async () => {
    const waiting: (() => void)[] = [];
    const all = Array.from({ length: 1000 }, (_, n) =>
      run(plain, (index) => new Promise((resolve) => waiting.push(() => resolve(n + index))), 2),
    );
    for (const round of [1, 2]) {
      while (waiting.length < 1000) await new Promise((resolve) => setImmediate(resolve));
      expect(waiting.length, `round ${round}`).toBe(1000);
      for (const go of waiting.splice(0).toReversed()) go();
    }
    expect(await Promise.all(all)).toEqual(all.map((_, n) => ({ tag: "ok", val: 2 * n + 1 })));
  });

  test("a guest is suspended through the tables by which toolchains link it", async () => {
    await buildGuest("tiny-workflow");
    const tiny = loadComponent(await prepareComponent(readFileSync(guestFile("tiny-workflow"))));
    const step = (_: number, payload: string) => Promise.resolve(payload);
    const guest = instantiate(tiny, {
      "bench:tiny/acts@0.1.0": { step },
      "obelisk:workflow/workflow-support@6.0.0": { sleep: () => undefined },
    });
    expect(await guest.call("bench:tiny/flow@0.1.0", "run", [5, "héllo"])).toEqual({ tag: "ok", val: 5 });
  });

  test.each<[what: string, step: () => unknown, message: RegExp]>([
    ["of another type", () => "1", /host failed test:host\/steps\.step: result\.ok: found "1", where u32 is wanted/],
    ["out of range", () => 2 ** 32, /result\.ok: found 4294967296, where u32/],
    ["of another type, later", () => Promise.resolve(null), /result\.ok: found null, where u32/],
    [
      "whose err is of another type",
      () => {
        throw new Payload(5);
      },
      /result\.err: found 5, where string/,
    ],
  ])("an answer %s is our mistake and says where", async (_what, step, message) => {
    const error: unknown = await run(plain, step).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(error).not.toBeInstanceOf(GuestTrap);
  });

  test("strings that are passed to the host are read before the guest goes on", async () => {
    const notes: string[] = [];
    const offered: HostInterface = { step: () => 0, note: (text: string) => notes.push(text) };
    await instantiate(plain, { "test:host/steps": offered }).call("$root", "note", []);
    expect(notes).toEqual(["\0\0\0"]);
  });
});

describe("unwinding", () => {
  class Interrupt extends Error {}

  test.each<[how: string, step: (error: Error) => unknown]>([
    [
      "thrown",
      (error) => {
        throw error;
      },
    ],
    ["rejected with", (error) => Promise.reject(error)],
  ])("an Error that is %s comes out of the call, the same object", async (_how, step) => {
    const interrupt = new Interrupt("suspended");
    await expect(run(plain, () => step(interrupt))).rejects.toBe(interrupt);
  });

  test("an Error from a function without a result unwinds too, its payload notwithstanding", async () => {
    const thrown = new Payload("no");
    const note = () => {
      throw thrown;
    };
    const guest = instantiate(plain, { "test:host/steps": { step: () => 0, note } });
    await expect(guest.call("$root", "note", [])).rejects.toBe(thrown);
  });

  test("a thousand waiting guests are evicted by rejecting", async () => {
    const rejects: ((error: Error) => void)[] = [];
    const all = Array.from({ length: 1000 }, () => run(plain, () => new Promise((_, reject) => rejects.push(reject))));
    const interrupt = new Interrupt("evicted");
    const ends = Promise.allSettled(all);
    while (rejects.length < 1000) await new Promise((resolve) => setImmediate(resolve));
    for (const reject of rejects) reject(interrupt);
    expect((await ends).filter((end) => end.status === "rejected" && end.reason === interrupt)).toHaveLength(1000);
  });

  test("a guest that swallows it is answered nothing more, and what it returns counts for nothing", async () => {
    const interrupt = new Interrupt("suspended");
    let calls = 0;
    const guest = instantiate(swallowing, {
      "test:host/steps": {
        step: (index: number) => {
          calls++;
          return index === 1 ? Promise.reject(interrupt) : index;
        },
        note: () => undefined,
      },
    });
    await expect(guest.call("$root", "run", [10])).rejects.toBe(interrupt);
    expect(calls).toBe(2);
    await expect(guest.call("$root", "run", [1])).rejects.toBe(interrupt);
    expect(calls).toBe(2);
  });
});

describe("components within components", () => {
  const nested = `
    (import "test:host/steps" (instance $steps (export "twice" (func (param "n" u32) (result u32)))))
    (component $inner
      (import "twice" (func $twice (param "n" u32) (result u32)))
      (core func $twice (canon lower (func $twice)))
      (core module $code
        (import "h" "twice" (func $twice (param i32) (result i32)))
        (func (export "plus-one") (param i32) (result i32) (i32.add (call $twice (local.get 0)) (i32.const 1))))
      (core instance $c (instantiate $code (with "h" (instance (export "twice" (func $twice))))))
      (func $f (param "n" u32) (result u32) (canon lift (core func $c "plus-one")))
      (export "plus-one" (func $f)))
    (instance $first (instantiate $inner (with "twice" (func $steps "twice"))))
    (instance $second (instantiate $inner (with "twice" (func $first "plus-one"))))
    (export "test:host/again" (instance $second))
    (export "test:host/steps" (instance $steps))`;

  test.each<[how: string, twice: (n: number) => unknown]>([
    ["at once", (n) => 2 * n],
    ["later", (n) => Promise.resolve(2 * n)],
  ])("call each other, whether the host answers %s", async (_how, twice) => {
    const guest = instantiate(await load(nested), { "test:host/steps": { twice } });
    expect(await guest.call("test:host/again", "plus-one", [5])).toBe(12);
  });

  test("an import can be exported as it is", async () => {
    const guest = instantiate(await load(nested), { "test:host/steps": { twice: (n: number) => 2 * n } });
    expect(await guest.call("test:host/steps", "twice", [5])).toBe(10);
  });
});

describe("start code", () => {
  const starting = `
    (import "test:host/steps" (instance $steps (export "ready" (func))))
    (core func $ready (canon lower (func $steps "ready")))
    (core module $code
      (import "h" "ready" (func $ready))
      (global $started (mut i32) (i32.const 0))
      (func $start (call $ready) (global.set $started (i32.const 1)))
      (func (export "started") (result i32) (global.get $started))
      (start $start))
    (core instance $c (instantiate $code (with "h" (instance (export "ready" (func $ready))))))
    (func (export "started") (result u32) (canon lift (core func $c "started")))`;

  test("runs before the first call, and may call the host", async () => {
    const guest = instantiate(await load(starting), { "test:host/steps": { ready: () => undefined } });
    expect(await guest.call("$root", "started", [])).toBe(1);
  });

  test("that waits, or whose host function throws, ends the instance in the making", async () => {
    const loaded = await load(starting);
    const offer = (ready: () => unknown) => () => instantiate(loaded, { "test:host/steps": { ready } });
    expect(offer(() => Promise.resolve())).toThrow(GuestTrap);
    const refused = new Error("refused");
    expect(
      offer(() => {
        throw refused;
      }),
    ).toThrow(refused);
    expect(() => instantiate(loaded)).toThrow(/does not offer test:host\/steps\.ready/);
  });

  test("that runs on is out of fuel", async () => {
    const endless = await load(
      "(core module $code (func $f (loop (br 0))) (start $f)) (core instance (instantiate $code))",
    );
    expect(() => instantiate(endless, {}, { fuel: 1000 })).toThrow(/out of fuel/);
  });
});
