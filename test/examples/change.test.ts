/** The README's section "Change what runs", pasted into a shell beside the embed example. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "stele-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pasted(script: string): string[] {
  const env = { PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, HOME: folder, STELE_DATA: "data" };
  const { status, stdout, stderr } = spawnSync("bash", ["-e"], { cwd: folder, env, input: script, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout.split("\n");
}

test("its commands do what they say", () => {
  cpSync(join(root, "examples/embed"), folder, {
    recursive: true,
    filter: (path) => !/\/(?:build|generated)$/.test(path),
  });
  mkdirSync(join(folder, "bin"));
  const npx = `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, "bin/stele.js")}" "$@"\n`;
  writeFileSync(join(folder, "bin/npx"), npx, { mode: 0o755 });
  pasted("npx stele build workflow.ts --wit wit -o build/workflow.wasm");
  pasted("npx stele run -d deployment.toml .../greetings.greet '[\"Ada\"]'");

  const [, section = ""] =
    /## Change what runs\n([^]*?)\n## /.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const blocks = [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, script = ""]) => pasted(script));
  const [greeting, approval] = ["E_01K9ZCHECKT0000000000000A2", "E_01K9ZCHECKT0000000000000A3"];
  expect(blocks[0]?.[0]).toMatch(new RegExp(`^${greeting} scheduled \\(until 20`));
  expect(blocks[0]?.slice(1, 4)).toEqual([
    `${greeting} paused`,
    `${greeting} goes on with the next host on the folder`,
    `${greeting} cancelled`,
  ]);
  expect(blocks[0]?.join("\n")).toMatch(/result +cancelled greeted twice/);
  expect(blocks[1]?.slice(-3)).toEqual([`${approval} pending`, `${approval} ok`, ""]);
});
