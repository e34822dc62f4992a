/** The guests that other tests and the benchmark are made with. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { type Call, Oracle } from "./workshop.ts";

test("a guest that has not changed is not built again", async () => {
  await buildGuest("tiny-activity");
  const before = readFileSync(guestFile("tiny-activity"));
  expect(await buildGuest("tiny-activity")).toBe(false);
  expect(readFileSync(guestFile("tiny-activity")).equals(before)).toBe(true);
});

describe("the tiny activity", () => {
  let oracle: Oracle;
  let call: Call;
  beforeAll(async () => {
    await buildGuest("tiny-activity");
    oracle = await Oracle.of(readFileSync(guestFile("tiny-activity")));
    call = await oracle.instantiate();
  });

  test("gives payloads of any size back", () => {
    for (const length of [0, 1, 70_000, 3_000_000])
      expect(call("acts", "step", 1, "x".repeat(length))).toHaveLength(length);
  });

  test("needs nothing from outside", () => {
    expect(oracle.imports).toEqual([]);
  });

  test("goes wrong as it is told to", async () => {
    const fails = async (name: string, ...args: unknown[]): Promise<string> => {
      const fresh = await oracle.instantiate();
      try {
        return `${name} returned ${String(fresh("faults", name, ...args))}`;
      } catch (error) {
        return error instanceof Error && !("payload" in error) ? error.message : "err";
      }
    };
    expect(await fails("trap")).toContain("unreachable");
    expect(await fails("recurse", 50_000_000)).toContain("call stack");
    expect(await fails("recurse", 10)).toBe("recurse returned 10");
    expect(await fails("grow", 1)).toBe("grow returned undefined");
    expect(await fails("grow", 65_536)).toBe("err");
  });
});

test("the tiny workflow calls its steps and sleeps in order", async () => {
  await buildGuest("tiny-workflow");
  const oracle = await Oracle.of(readFileSync(guestFile("tiny-workflow")));
  const heard: unknown[] = [];
  const call = await oracle.instantiate({
    "bench:tiny/acts": {
      step(index: number, payload: string) {
        heard.push([index, payload.length]);
        if (payload === "bad") throw Object.assign(new Error("refused"), { payload: "refused" });
        return payload;
      },
    },
    "obelisk:workflow/workflow-support": {
      sleep(at: { val: { tag: string; val: bigint } }, name: unknown) {
        heard.push([at.val.tag, at.val.val, name]);
        return { seconds: 1n, nanoseconds: 0 };
      },
    },
  });
  const told = (name: string, ...args: unknown[]): [unknown, unknown[]] => {
    heard.length = 0;
    return [call("flow", name, ...args), [...heard]];
  };
  const nap = ["milliseconds", 5n, undefined];
  expect(told("run", 3, "ab")).toEqual([
    3,
    [
      [0, 2],
      [1, 2],
      [2, 2],
    ],
  ]);
  expect(told("sleep", 5n)).toEqual([undefined, [nap]]);
  expect(told("sleepTimes", 2, 5n)).toEqual([2, [nap, nap]]);
  expect(told("stepSleepStep", 5n, "abc")).toEqual(["abc", [[0, 3], nap, [1, 3]]]);
  expect(told("nothing")).toEqual([undefined, []]);
  expect(told("run", 2_000, "x".repeat(10_000))[0]).toBe(2_000);
  expect(() => call("flow", "run", 1, "bad")).toThrow("refused");
});
