/** The demo as `make demo` runs it. What it claims is computed from the counters of the shop's own service. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const demo = join(import.meta.dirname, "../../examples/checkout/demo.ts");

test("an order survives the kill of its host, and one that can't be shipped is undone", { timeout: 240_000 }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo, "--packing", "3"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toContain("$ kill -9 ");
  expect(stdout.match(/^✓ .*$/gm)).toEqual([
    "✓ what the killed host had left open, the next one finished",
    "✓ no step that had finished was asked for again",
    "✓ each effect was done once",
    "✓ the workflow, run again, does what its history says",
    "✓ nothing was shipped, and it ended as an err",
    "✓ what had been done for it was undone, once",
    "✓ the journal is sound",
  ]);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("7 of 7 claims hold.");
  expect(status).toBe(0);
  // It leaves nothing behind.
  const [, data = ""] = /^\$ export STELE_DATA=(.+)$/m.exec(stdout) ?? [];
  expect(data).not.toBe("");
  expect(existsSync(data)).toBe(false);
});
