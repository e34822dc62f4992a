/** What an operator's file says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { noOperator, readOperator } from "../../host/deployment/operator.ts";
import { refusal } from "../support/refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "stele-operator-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "operator.toml");

function read(text: string) {
  writeFileSync(file, text);
  return readOperator(file);
}

test("a file that says nothing sets no bound, and has no secret and no program", () => {
  expect(read("")).toEqual({ ...noOperator, file });
});

test("all that a file may say", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const text = `
[[outbound_http.allowed_host]]
pattern = "https://*.example.com"
methods = ["GET"]
request_url_regex = "/v1/"
addresses = ["10.0.0.0/8"]

[[secret]]
name = "API_KEY"
env = "SHOP_API_KEY"
allowed_host = [{ pattern = "https://api.example.com", methods = "*" }]
replace_in = ["headers", "body"]

[[secret]]
name = "TOKEN"
file = "token"
allowed_host = [{ pattern = "https://b.example.com", methods = ["POST"] }]

[env]
allowed = ["LANG", "SHOP_*"]

[[dir]]
host = "shared"
[[dir]]
host = "/var/spool"
writable = true

[limits]
memory.mib = 128
fuel = 1000
attempts = 16

[activity_exec]
programs = ["${digest}"]
`;
  expect(read(text)).toEqual({
    file,
    allowedHosts: [
      {
        pattern: "https://*.example.com",
        methods: ["GET"],
        requestUrlRegex: "/v1/",
        addresses: ["10.0.0.0/8"],
      },
    ],
    secrets: [
      {
        name: "API_KEY",
        source: { env: "SHOP_API_KEY" },
        allowedHosts: [{ pattern: "https://api.example.com" }],
        replaceIn: ["headers", "body"],
      },
      {
        name: "TOKEN",
        source: { file: join(folder, "token") },
        allowedHosts: [{ pattern: "https://b.example.com", methods: ["POST"] }],
        replaceIn: ["headers"],
      },
    ],
    env: ["LANG", "SHOP_*"],
    dirs: [
      { host: join(folder, "shared"), writable: false },
      { host: "/var/spool", writable: true },
    ],
    limits: { memoryBytesMax: 128 * 1024 ** 2, fuel: 1_000 },
    attemptsMax: 16,
    programs: [digest],
    programEnv: [],
  });
});

test("a section without an entry allows nothing of its kind", () => {
  expect(read("dir = []\n[outbound_http]\n[env]\nallowed = []\n")).toMatchObject({
    allowedHosts: [],
    env: [],
    dirs: [],
  });
});

const secret = '[[secret]]\nname = "KEY"\n';
const hosts = 'allowed_host = [{ pattern = "https://a.example", methods = "*" }]\n';

test.each<[string, string, RegExp]>([
  ["an unknown table", "[[secrets]]\n", /the key secrets is not known; did you mean secret\?/],
  ["an unknown key", "[limits]\nmemroy.mib = 1\n", /limits: the key memroy is not known; did you mean memory\?/],
  ["a key of a manifest's", '[[secret]]\nscratch = "/tmp"\n', /the key scratch is not known/],
  ["a secret from nowhere", secret + hosts, /secret\[0\]: wants either env or file$/],
  ["a secret from two places", `${secret}env = "A"\nfile = "a"\n${hosts}`, /secret\[0\]: wants either env or file$/],
  ["a secret that may go nowhere", `${secret}env = "A"\nallowed_host = []\n`, /wants a host at least/],
  ["a secret without hosts", `${secret}env = "A"\n`, /secret\[0\]\.allowed_host: .*it is missing/],
  ["one secret twice", `${secret}env = "A"\n${hosts}`.repeat(2), /two secrets are named KEY/],
  ["a host without methods", '[[outbound_http.allowed_host]]\npattern = "https://a"\n', /methods: wants "\*"/],
  ["secrets where they do not belong", '[[outbound_http.allowed_host]]\nsecrets = ["A"]\n', /secrets is not known/],
  ["a pattern of variables in the middle", '[env]\nallowed = ["A*B"]\n', /wants NAME or PREFIX_\*; found "A\*B"/],
  ["a program that is no digest", '[activity_exec]\nprograms = ["/bin/sh"]\n', /programs\[0\]: wants sha256/],
])("%s is refused", (_, text, message) => {
  const error = refusal(() => read(text));
  expect(error.code).toBe("operator-invalid");
  expect(error.message).toMatch(message);
});

test("everything that is wrong is said at once, and never what may be a secret", () => {
  const value = "sk-live-1234567890";
  const wrong = [
    `[[secret]]\nname = "KEY"\nenv = "${value}"\nreplace_in = ["${value}"]\nallowed_host = "${value}"\nvalue = "${value}"\n[other]\n`,
    `secret = "${value}"\n`,
    `[[secret]]\nname = "${value}\n`,
  ].map((text) => refusal(() => read(text)));
  expect(wrong.map(({ code }) => code)).toEqual(Array(3).fill("operator-invalid"));
  for (const error of wrong) expect(JSON.stringify([error.message, error.hint, error.stack])).not.toContain(value);
  for (const part of [
    "secret[0].env",
    "secret[0].replace_in",
    "secret[0].allowed_host",
    "the key value",
    "the key other",
  ]) {
    expect(wrong[0]?.message).toContain(part);
  }
});

test("a file that is not there is refused", () => {
  const error = refusal(() => readOperator(join(folder, "missing.toml")));
  expect(error).toMatchObject({ code: "operator-invalid", message: expect.stringContaining("ENOENT") as string });
});
