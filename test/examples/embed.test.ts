/** The library's example as its README tells to run it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const cwd = join(root, "examples", "embed");
const data = mkdtempSync(join(tmpdir(), "stele-embed-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

function run(script: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, STELE_DATA: data };
  return spawnSync(process.execPath, [script, ...args], { cwd, encoding: "utf8", env });
}

const stele = join(root, "bin", "stele.js");

test("it is built, greets, and greets again on the same folder", () => {
  const built = run(stele, "build", "workflow.ts", "--wit", "wit", "-o", "build/workflow.wasm");
  expect(built.status, built.stderr).toBe(0);
  expect(run("main.ts", "Ada")).toEqual(expect.objectContaining({ status: 0, stdout: "Hello, Ada!\n", stderr: "" }));
  expect(run("main.ts")).toEqual(expect.objectContaining({ status: 0, stdout: "Hello, world!\n", stderr: "" }));

  const listed = z.array(z.object({ outcome: z.string() }));
  const { stdout } = run(stele, "list", "--json");
  expect(listed.parse(JSON.parse(stdout)).map(({ outcome }) => outcome)).toEqual(["ok", "ok"]);
});
