/** The README shows the embed example word for word, so what it tells people to write is what the tests run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseManifest } from "../../host/deployment/manifest.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test.each([
  ["wit", "wit/greetings.wit"],
  ["ts", "workflow.ts"],
  ["ts", "main.ts"],
])("the README's %s is examples/embed/%s", (language, file) => {
  expect(read("README.md")).toContain(`\`\`\`${language}\n${read(`examples/embed/${file}`)}\`\`\``);
});

test("the README's manifest is one", () => {
  const [, manifest = ""] = /```toml\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
  const components = parseManifest(manifest, "README.md").map(({ deployed }) => deployed);
  expect(components.map(({ name, kind, policy }) => [name, kind, policy.deadlineMs])).toEqual([
    ["orders", "workflow", 60_000],
    ["shop", "activity", 10_000],
  ]);
});
