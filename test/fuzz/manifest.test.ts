/** Manifests, and the names that come in from outside: a HostError, a refusal, or what was written. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { AllowList } from "../../host/component/wasi/http-allow-list.ts";
import { HostError } from "../../host/core/host-error.ts";
import { parseExecutionId } from "../../host/core/ids.ts";
import { parseFunctionName, parseInterfaceName } from "../../host/core/names.ts";
import { parseManifest } from "../../host/deployment/manifest.ts";
import type { Chance } from "../sim/chance.ts";
import { fuzz } from "./fuzzer.ts";
import { changedBytes, pick } from "./mutator.ts";

const root = join(import.meta.dirname, "..", "..");
const examples = ["checkout", "embed"].map((name) =>
  readFileSync(join(root, "examples", name, "deployment.toml"), "utf8"),
);

const whole = `
[[workflow_wasm]]
name = "flow"
location = "flow.wasm"
content_digest = "sha256:${"0".repeat(64)}"

[[activity_wasm]]
name = "act"
location = "../act.wasm"
max_retries = 3
retry_exp_backoff.milliseconds = 100
exec.lock_expiry.seconds = 10
[[activity_wasm.allowed_host]]
pattern = "https://*.example.com:443"
methods = ["GET", "POST"]

[[activity_stub]]
name = "stub"
location = "stub.wasm"

[[activity_external]]
name = "out"
location = "out.wasm"
retry_exp_backoff = { minutes = 1 }
`;

const corpus = [...examples, whole, whole].map((text) => Buffer.from(text));

/** What is put in the place of a value, a key or a line. */
const pieces = [
  "__proto__ = 1",
  "[__proto__]",
  "[constructor.prototype]",
  "polluted = true",
  "[[activity_wasm]]",
  'name = "__proto__"',
  'name = "a\\u001b[2J"',
  "max_retries = -1",
  "max_retries = 1e400",
  "max_retries = 99999999999999999999",
  "retry_exp_backoff.seconds = nan",
  "retry_exp_backoff.minutes = inf",
  'pattern = "http://user:pw@host:99999/path"',
  'pattern = "*://*:*"',
  `pattern = "http://${"*.".repeat(2_000)}x"`,
  'pattern = "http://[::1]:80"',
  'methods = ["get", ""]',
  "a = ".padEnd(2_000, "["),
  "a = ".padEnd(2_000, "{a="),
  "1979-05-27T07:32:00Z = 1979-05-27T07:32:00Z",
  "'''",
];

function changed(input: Uint8Array, chance: Chance): Uint8Array {
  if (chance.below(3) === 0) return changedBytes(input, corpus, chance);
  const lines = Buffer.from(input).toString().split("\n");
  const at = chance.below(lines.length);
  const line = lines[at] ?? "";
  const value = /^([^=]*=)/.exec(line)?.[1];
  const changes = [
    () => lines.splice(at, 1),
    () => lines.splice(at, 0, pick(pieces, chance)),
    () => lines.splice(chance.below(lines.length), 0, line),
    () => lines.splice(at, 1, `${value ?? ""} ${/=(.*)$/.exec(pick(pieces, chance))?.[1] ?? '""'}`),
  ];
  pick(changes, chance)();
  return Buffer.from(lines.join("\n"));
}

fuzz(
  {
    name: "manifest",
    make: (chance) => {
      let input: Uint8Array = pick(corpus, chance);
      for (let left = 1 + chance.below(3); left > 0; left--) input = changed(input, chance);
      return input;
    },
    check: (input) => {
      const text = Buffer.from(input).toString();
      try {
        for (const { deployed } of parseManifest(text, "deployment.toml")) {
          expect(deployed.name).toMatch(/^[A-Za-z][\w-]*$/);
          expect(deployed.policy.deadlineMs).toBeGreaterThan(0);
          const allowed = AllowList.of(deployed.grants.allowedHosts);
          expect(allowed).toBeInstanceOf(AllowList);
        }
      } catch (error) {
        if (!(error instanceof HostError) || error.code !== "manifest-invalid") throw error;
        expect(error.message).toMatch(/^deployment\.toml/);
      }
      expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
      for (const line of text.split("\n")) expectName(line);
    },
  },
  4_000,
);

/** What is parsed is what was written. */
function expectName(text: string): void {
  const name = parseFunctionName(text);
  if (name.ok) expect(name.value).toBe(text);
  const id = parseExecutionId(text);
  if (id.ok) expect(id.value).toBe(text);
  expect(parseInterfaceName(text)?.plain ?? "").toMatch(/^[\w:/-]*$/);
}
