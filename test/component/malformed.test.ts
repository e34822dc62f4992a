import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { loadComponent, prepareComponent, readComponentType } from "../../host/component/component.ts";
import { HostError } from "../../host/core/host-error.ts";
import { GuestTrap } from "../../host/ports/components.ts";
import { component, instantiate } from "../support/wat.ts";

function refusal(bytes: Uint8Array): HostError {
  try {
    readComponentType(bytes);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error("it was read");
}

describe("what is no component", () => {
  test.each<[what: string, bytes: number[], message: RegExp]>([
    ["nothing", [], /begins with nothing: the file is empty/],
    ["text", [...Buffer.from("export const x = 1")], /begins with the bytes 6578706f72742063/],
    ["half a preamble", [0, 0x61, 0x73, 0x6d], /no WebAssembly component/],
  ])("%s is named", (_what, bytes, message) => {
    const error = refusal(Uint8Array.from(bytes));
    expect(error.code).toBe("component-invalid");
    expect(error.message).toMatch(message);
  });

  test("a core module is told apart, with what to do", () => {
    const error = refusal(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(error.message).toBe("this is a core WebAssembly module, and a component is wanted");
    expect(error.hint).toMatch(/stele build/);
  });
});

describe("what this host does not have is refused by name", () => {
  test.each<[what: string, text: string, message: RegExp]>([
    ["a built-in", `(core func (canon waitable-set.new))`, /uses waitable-set\.new/],
    ["a stream", `(type (stream u8))`, /uses a stream/],
    ["an async function", `(import "f" (func async (param "a" u8)))`, /async functions/],
    ["an error context", `(core func (canon error-context.drop))`, /error-context\.drop/],
    ["a module from outside", `(import "m" (core module))`, /imports the core module m/],
  ])("%s", async (_what, text, message) => {
    const error = refusal(await component(text));
    expect(error.code).toBe("component-refused");
    expect(error.message).toMatch(message);
  });

  test("types and instances that unfold beyond measure", async () => {
    const doubled = Array.from({ length: 40 }, (_, i) => `(type $t${i + 1} (tuple $t${i} $t${i}))`).join("\n");
    expect(refusal(await component(`(type $t0 u8) ${doubled}`)).message).toMatch(/more than 50000 parts/);
    const nested = Array.from(
      { length: 12 },
      (_, i) => `(component $c${i + 1} ${"(instance (instantiate $c))".repeat(2).replaceAll("$c", `$c${i}`)})`,
    ).join("\n");
    expect(refusal(await component(`(component $c0) ${nested} (instance (instantiate $c12))`)).message).toMatch(
      /more than 500 instances/,
    );
  });
});

describe("a component that was changed", () => {
  let whole: Uint8Array;
  beforeAll(async () => {
    await buildGuest("tiny-workflow");
    whole = readFileSync(guestFile("tiny-workflow"));
  });

  test("by being cut at any byte is refused with the byte, or is a smaller component", () => {
    let refused = 0;
    for (let length = 0; length < whole.length; length++) {
      try {
        readComponentType(whole.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(HostError);
        expect((error as HostError).message).toMatch(/malformed at byte \d+|no WebAssembly component/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(whole.length * 0.95);
  });

  test("in any byte is refused, or can be prepared, made and called", async () => {
    const step = (_: number, text: string) => text;
    const offered = { step, sleep: () => ({ seconds: 0n, nanoseconds: 0 }) };
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 9), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(whole);
        changed[at + 8] = (changed[at + 8] ?? 0) ^ change;
        let guest: ReturnType<typeof instantiate>;
        try {
          const loaded = loadComponent(await prepareComponent(changed));
          const names = [...loaded.type.imports.keys()].map((name) => [name, offered] as const);
          guest = instantiate(loaded, Object.fromEntries(names), { fuel: 10_000 });
        } catch (error) {
          // A name that was changed is one that the host does not offer.
          const named = error instanceof Error && /host does not offer/.test(error.message);
          expect(named || error instanceof HostError || error instanceof GuestTrap).toBe(true);
          return;
        }
        const end = await guest.call("bench:tiny/flow@0.1.0", "run", [2, "x"]).catch((error: unknown) => error);
        if (end instanceof TypeError || end instanceof SyntaxError || end instanceof ReferenceError) throw end;
      }),
      { numRuns: 1500 },
    );
  });
});
