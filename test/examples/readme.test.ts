/** The README shows the embed example word for word, so what it tells people to write is what the tests run. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseManifest } from "../../host/deployment/manifest.ts";
import { readOperator } from "../../host/deployment/operator.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test.each([
  ["wit", "wit/greetings.wit"],
  ["ts", "workflow.ts"],
  ["ts", "main.ts"],
])("the README's %s is examples/embed/%s", (language, file) => {
  expect(read("README.md")).toContain(`\`\`\`${language}\n${read(`examples/embed/${file}`)}\`\`\``);
});

const [manifest = "", operator = ""] = [...read("README.md").matchAll(/```toml\n([\s\S]*?)```/g)].map(
  ([, text]) => text,
);

test("the README's manifest is one", () => {
  const components = parseManifest(manifest, "README.md").map(({ deployed }) => deployed);
  expect(components.map(({ name, kind, policy }) => [name, kind, policy.deadlineMs])).toEqual([
    ["orders", "workflow", 60_000],
    ["shop", "activity", 10_000],
  ]);
});

test("the README's operator's file is one", () => {
  const folder = mkdtempSync(join(tmpdir(), "stele-readme-"));
  try {
    const file = join(folder, "operator.toml");
    writeFileSync(file, operator);
    expect(readOperator(file)).toMatchObject({ secrets: [{ name: "API_KEY" }], attemptsMax: 64 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
