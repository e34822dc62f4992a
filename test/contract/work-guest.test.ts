/** The activities that scripts call. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import { type LoadedComponent, OutOfFuel } from "../../host/ports/components.ts";

const cacheDir = join(import.meta.dirname, "..", "..", "build", "cache");
const ok = (val?: unknown) => ({ tag: "ok", val });
const failed = (val?: unknown) => ({ tag: "err", val });

let component: LoadedComponent;
beforeAll(async () => {
  await buildGuest("work");
  component = loadComponent(await prepareComponent(readFileSync(guestFile("work")), { cacheDir }));
}, 120_000);

const perform = (name: string, ...args: unknown[]) => {
  const limits = { memoryBytesMax: 1024 * 1024, fuel: 1_000_000 };
  return component.instantiate(() => undefined, limits).call("contract:guests/work@1.0.0", name, args);
};

test.each<[name: string, args: unknown[], result: object]>([
  ["echo", [""], ok("")],
  ["echo", ["žluť 🐎"], ok("žluť 🐎")],
  ["fail", ["no"], failed("no")],
  ["typed", [4], ok(4)],
  ["typed", [4_294_967_295], failed({ tag: "odd", val: 4_294_967_295 })],
  ["typed", [0], failed({ tag: "permanent-refusal", val: "nothing to be had" })],
  ["nothing", [], ok()],
])("%s %j gives %o", async (name, args, result) => {
  expect(await perform(name, ...args)).toEqual(result);
});

test("traps, and turns for ever", async () => {
  await expect(perform("crash")).rejects.toThrow("unreachable");
  await expect(perform("spin")).rejects.toThrow(OutOfFuel);
});
