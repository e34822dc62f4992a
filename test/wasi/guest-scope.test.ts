import { expect, test } from "vitest";
import { GuestScope } from "../../host/component/wasi/guest-scope.ts";
import { Pollable, poll } from "../../host/component/wasi/poll.ts";
import { Flag } from "../../host/component/wasi/waiting.ts";

test("each guest enters and goes on before the next one does, though one event woke them all", async () => {
  const happened: string[] = [];
  const flag = new Flag(false);
  const guests = ["a", "b", "c"].map(async (name) => {
    const scope = new GuestScope(() => happened.push(`${name} enters`));
    await new Pollable(flag, scope).block();
    await Promise.resolve();
    happened.push(`${name} runs`);
  });
  flag.set(true);
  await Promise.all(guests);
  expect(happened).toEqual(["a enters", "a runs", "b enters", "b runs", "c enters", "c runs"]);
});

test("a wake-up for nothing is not taken for readiness", async () => {
  const scope = new GuestScope(() => undefined);
  const flag = new Flag(false);
  let over = false;
  const blocked = new Pollable(flag, scope).block();
  const waits = Promise.resolve(blocked).then(() => (over = true));
  flag.set(true);
  flag.set(false);
  await new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
  expect(over).toBe(false);
  flag.set(true);
  await waits;
});

test("poll tells which of several are ready", async () => {
  const scope = new GuestScope(() => undefined);
  const flags = [new Flag(false), new Flag(false), new Flag(false)];
  const polled = poll(
    scope,
    flags.map((flag) => new Pollable(flag, scope)),
  );
  flags[2]?.set(true);
  flags[1]?.set(true);
  expect(await polled).toEqual(Uint32Array.of(1, 2));
});

test("a guest that keeps asking gives way to the event loop now and then", async () => {
  const scope = new GuestScope(() => undefined);
  const answers = Array.from({ length: 256 }, (_, i) => scope.pace(i));
  const suspended = answers.filter((answer) => answer instanceof Promise);
  expect(suspended.length).toBe(4);
  expect(await Promise.all(answers.map((answer) => Promise.resolve(answer)))).toEqual(
    Array.from({ length: 256 }, (_, i) => i),
  );
});

test("a scope that has ended unwinds with its reason whoever waits, and whoever waits from then on", async () => {
  const scope = new GuestScope(() => undefined);
  const reason = new Error("over");
  let closed = 0;
  scope.own(() => closed++);
  const disown = scope.own(() => closed++);
  disown();
  const blocked = new Pollable(new Flag(false), scope).block();
  scope.end(reason);
  scope.end(new Error("again"));
  await expect(blocked).rejects.toBe(reason);
  await expect(scope.wait([new Flag(true)])).rejects.toBe(reason);
  expect(() => scope.pace(1)).toThrow(reason);
  expect(closed).toBe(1);
});
