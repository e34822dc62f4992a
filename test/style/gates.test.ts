/** The gates of `npm run verify` that would stay open silently when a tool changes: each is shown what it must refuse. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "..", "..");
let house: string;

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), "stele-gates-"));
  // The rules as they are, in a house of its own.
  for (const file of [".dependency-cruiser.mjs", ".oxlintrc.json", "tsconfig.json", "package.json"]) {
    cpSync(join(root, file), join(house, file));
  }
  symlinkSync(join(root, "node_modules"), join(house, "node_modules"), "dir");
});
afterAll(() => rmSync(house, { recursive: true, force: true }));

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(house, dirname(path)), { recursive: true });
    writeFileSync(join(house, path), `${text}\n`);
  }
}

/** What a tool has to say of the house, as JSON. */
function report(script: string, args: readonly string[]): unknown {
  const tool = join(root, "node_modules", script);
  return JSON.parse(spawnSync(process.execPath, [tool, ...args], { cwd: house, encoding: "utf8" }).stdout);
}

describe("rooms", () => {
  const cruised = z.object({
    summary: z.object({
      violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
    }),
  });

  test("every forbidden import is refused, type-only and dynamic ones too", () => {
    put({
      "host/core/pure.ts": "export const one = 1;",
      "host/core/clock.ts": 'import { hrtime } from "node:process";\nexport const now = hrtime;',
      "host/core/packaged.ts": 'export { z } from "zod";',
      "host/core/outward.ts": 'import type { Shard } from "../engine/shard.ts";\nexport type Outward = Shard;',
      "host/engine/shard.ts": 'export interface Shard {}\nexport const store = () => import("../journal/store.ts");',
      "host/journal/store.ts": 'import { one } from "../core/pure.ts";\nexport const two = one + one;',
      "host/component/sql.ts": 'import Database from "better-sqlite3";\nexport const open = () => new Database("x");',
      "host/cli/deep.ts": 'export { two } from "../journal/store.ts";',
      "host/cli/face.ts": 'export { two } from "../index.ts";',
      "host/index.ts": 'export { two } from "./journal/store.ts";',
      "host/deployment/lost.ts": 'export { gone } from "./gone.ts";',
      "host/engine/left.ts": 'export type { Right } from "./right.ts";\nexport interface Left {}',
      "host/engine/right.ts": 'import type { Left } from "./left.ts";\nexport type Right = Left;',
    });
    const output = report("dependency-cruiser/bin/dependency-cruise.mjs", [
      "--config",
      ".dependency-cruiser.mjs",
      "-T",
      "json",
      ".",
    ]);
    const found = cruised.parse(output).summary.violations;
    expect(found.map(({ rule, from }) => `${rule.name} ${from}`).toSorted()).toEqual([
      "no-cycles host/engine/left.ts",
      "package-better-sqlite3 host/component/sql.ts",
      "package-zod host/core/packaged.ts",
      "pure host/core/clock.ts",
      "pure host/core/packaged.ts",
      "resolves host/deployment/lost.ts",
      "room-cli host/cli/deep.ts",
      "room-core host/core/outward.ts",
      "room-engine host/engine/shard.ts",
    ]);
  });
});

describe("lint", () => {
  const linted = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });
  const lint = (path: string, text: string): string[] => {
    put({ [path]: text });
    const output = report("oxlint/bin/oxlint", ["--format", "json", path]);
    return linted.parse(output).diagnostics.map(({ code }) => code);
  };

  test.each([
    ["Date.now", "export const now = () => Date.now();", "eslint(no-restricted-properties)"],
    ["Math.random", "export const dice = () => Math.random();", "eslint(no-restricted-properties)"],
    ["process", "export const dir = () => process.cwd();", "eslint(no-restricted-globals)"],
    ["console", 'export const say = () => console.log("");', "eslint(no-console)"],
    ["timers", "export const wait = (go: () => void) => setTimeout(go, 1);", "eslint(no-restricted-globals)"],
  ])("%s is refused in the core", (_name, text, code) => {
    expect(lint("host/core/impure.ts", text)).toContain(code);
  });

  test.each([
    ["any", "export const f = (x: any): unknown => x;", "typescript(no-explicit-any)"],
    ["a floating promise", "export function f(x: Promise<void>): void {\n  x;\n}", "typescript(no-floating-promises)"],
    [
      "an open switch",
      'export function f(x: "a" | "b"): void {\n  switch (x) {\n    case "a":\n      f("b");\n  }\n}',
      "typescript(switch-exhaustiveness-check)",
    ],
  ])("%s is refused everywhere", (_name, text, code) => {
    expect(lint("host/engine/loose.ts", text)).toContain(code);
  });
});
