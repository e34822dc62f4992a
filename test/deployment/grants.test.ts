/** What a manifest says of grants, limits and flow. */
import { describe, expect, test } from "vitest";
import { parseManifest } from "../../host/deployment/manifest.ts";
import { refusal } from "../support/refusal.ts";

const activity = '[[activity_wasm]]\nname = "shop"\nlocation = "shop.wasm"\n';
const parse = (text: string) => parseManifest(text, "/srv/shop/deployment.toml");

function deployed(more: string) {
  const [component] = parse(activity + more);
  if (component === undefined) throw new Error("there is no component");
  return component.deployed;
}

describe("a manifest", () => {
  test("grants what it names, and keeps names of variables, not their values", () => {
    const { grants } = deployed(`
env_vars = ["PATH", { key = "GREETING", value = "hello \${USER:-you}" }]
stdin = "line"
forward_stdout = "none"
forward_stderr = "stderr"
scratch = "/tmp"
[[activity_wasm.dir]]
host = "templates"
guest = "/templates"
[[activity_wasm.dir]]
host = "/srv/out"
guest = "/out"
writable = true
[[activity_wasm.allowed_host]]
pattern = "https://api.example.com"
methods = "*"
request_url_regex = "^GET .*/v1/"
addresses = ["10.0.0.0/8", "fd00::/8"]
secrets = ["API_KEY"]
[[activity_wasm.allowed_host]]
pattern = "http://*.example.com:8080"
methods = ["GET", "POST"]
secrets = ["API_KEY", "OTHER"]
replace_in = ["body", "params"]
`);
    expect(grants).toEqual({
      env: [
        { key: "PATH", value: "${PATH}" },
        { key: "GREETING", value: "hello ${USER:-you}" },
      ],
      stdin: "line",
      stdout: "none",
      stderr: "stderr",
      scratch: "/tmp",
      dirs: [
        { host: "/srv/shop/templates", guest: "/templates", writable: false },
        { host: "/srv/out", guest: "/out", writable: true },
      ],
      allowedHosts: [
        {
          pattern: "https://api.example.com",
          requestUrlRegex: "^GET .*/v1/",
          addresses: ["10.0.0.0/8", "fd00::/8"],
          secrets: ["API_KEY"],
          replaceIn: ["headers"],
        },
        {
          pattern: "http://*.example.com:8080",
          methods: ["GET", "POST"],
          secrets: ["API_KEY", "OTHER"],
          replaceIn: ["body", "params"],
        },
      ],
    });
  });

  test("limits a component", () => {
    const { limits } = deployed(`[activity_wasm.limits]
memory = { mib = 64 }
log.kib = 1.5
request_body.bytes = 10
response_body.gib = 1
written = { mib = 1 }
fuel = 1_000_000
table_entries = 2
open_requests = 3
open_files = 4
`);
    expect(limits).toEqual({
      memoryBytesMax: 64 * 1024 ** 2,
      logBytesMax: 1_536,
      requestBytesMax: 10,
      responseBytesMax: 1024 ** 3,
      writtenBytesMax: 1024 ** 2,
      fuel: 1_000_000,
      tableEntriesMax: 2,
      openRequestsMax: 3,
      openFilesMax: 4,
    });
    const workflow = '[[workflow_wasm]]\nname = "orders"\nlocation = "x"\nlimits.memory.mib = 1\n';
    expect(parse(workflow)[0]?.deployed.limits).toEqual({ memoryBytesMax: 1024 ** 2 });
  });

  test("says how often and how many at once, of a component and of single functions", () => {
    const text = `${activity}max_retries = 2
retry_exp_backoff.minutes = 2
retry_total.days = 1
exec = { lock_expiry.hours = 1, concurrency = 4, rate = { count = 10, per.seconds = 1 } }
[activity_wasm.function."shop:a/b.c"]
retry_exp_backoff.seconds = 1
retry_exp_backoff_max.seconds = 30
exec.rate = { count = 1, per.minutes = 1 }
`;
    const [component] = parse(text);
    const retry = { retriesMax: 2, backoffMs: 120_000, backoffMaxMs: 120_000, totalMs: 86_400_000 };
    expect(component?.deployed).toMatchObject({
      policy: { retry, deadlineMs: 3_600_000 },
      concurrencyMax: 4,
      rate: { count: 10, perMs: 1_000 },
    });
    expect(component?.functions).toEqual(
      new Map([
        [
          "shop:a/b.c",
          {
            retry: { ...retry, backoffMs: 1_000, backoffMaxMs: 30_000 },
            deadlineMs: 3_600_000,
            rate: { count: 1, perMs: 60_000 },
          },
        ],
      ]),
    );
  });

  test("tries single functions of an external activity otherwise", () => {
    const external = '[[activity_external]]\nname = "ship"\nlocation = "x"\n';
    const [component] = parse(
      `${external}[activity_external.function."a:b/c.d"]\nmax_retries = 0\nretry_total.hours = 1\n`,
    );
    expect(component?.functions.get("a:b/c.d")?.retry).toMatchObject({ retriesMax: 0, totalMs: 3_600_000 });
    expect(refusal(() => parse(`${external}env_vars = ["A"]\n`)).message).toContain("env_vars is not known here");
  });

  const host = '[[activity_wasm.allowed_host]]\npattern = "https://a.example"\n';
  test.each<[string, string, RegExp]>([
    [
      "a host without methods",
      host,
      /methods: wants "\*" for all methods, or a list.*Obelisk allows none\); it is missing/,
    ],
    ["no methods", `${host}methods = []\n`, /methods: wants "\*"/],
    ["methods in small letters", `${host}methods = ["get"]\n`, /methods: wants "\*"/],
    ["an expression that is none", `${host}methods = "*"\nrequest_url_regex = "("\n`, /wants a regular expression/],
    ["an address that is no block", `${host}methods = "*"\naddresses = ["10.0.0.1"]\n`, /wants a block of addresses/],
    ["a block that is too narrow", `${host}methods = "*"\naddresses = ["10.0.0.1/33"]\n`, /wants a block of addresses/],
    ["a place without a secret", `${host}methods = "*"\nreplace_in = ["body"]\n`, /has replace_in, and no secrets/],
    [
      "no place for a secret",
      `${host}methods = "*"\nsecrets = ["A"]\nreplace_in = []\n`,
      /wants some of headers, params, body/,
    ],
    ["a variable's name with =", 'env_vars = ["A=b"]\n', /env_vars\[0\]: wants the name of a variable.*"A=b"/],
    [
      "a variable without an end",
      'env_vars = [{ key = "A", value = "${" }]\n',
      /env_vars\[0\].*has a \$\{ that is none of/,
    ],
    ["one variable twice", 'env_vars = ["A", { key = "A", value = "" }]\n', /shop: two variables are named A/],
    [
      "a variable named as a secret",
      `env_vars = ["A"]\n${host}methods = "*"\nsecrets = ["A"]\n`,
      /two variables are named A/,
    ],
    ["a folder of the guest's that is relative", 'scratch = "tmp"\n', /scratch: wants an absolute path/],
    ["a folder above itself", 'scratch = "/a/../b"\n', /scratch: wants a path without/],
    ["the guest's root", 'scratch = "/"\n', /scratch: wants an absolute path/],
    ["one folder twice", 'scratch = "/a"\ndir = [{ host = "x", guest = "/a" }]\n', /two folders are called \/a/],
    ["a stream that is none", 'forward_stdout = "file"\n', /forward_stdout: wants one of db, stdout, stderr, none/],
    ["a size without a unit", "limits.memory = 64\n", /limits\.memory: wants a value of type object; found 64/],
    ["a size in two units", "limits.memory = { mib = 1, kib = 1 }\n", /limits\.memory: wants one of bytes, kib/],
    ["a size of nothing", "limits.memory = { bytes = 0.1 }\n", /limits\.memory: wants a byte at least/],
    ["no fuel", "limits.fuel = 0\n", /limits\.fuel: wants a whole number from 1/],
    ["a limit that is none", "limits.memry.mib = 1\n", /limits: the key memry is not known; did you mean memory\?/],
    ["a rate without a time", "exec.rate.count = 1\n", /exec\.rate\.per: .*it is missing/],
    ["a cap below the first backoff", "retry_exp_backoff.seconds = 2\nretry_exp_backoff_max.seconds = 1\n", /is below/],
    ["a prototype", '[activity_wasm.function."__proto__"]\nmax_retries = 1\n', /the key __proto__ is not known/],
  ])("with %s is refused", (_, more, message) => {
    const error = refusal(() => parse(activity + more));
    expect(error.code).toBe("manifest-invalid");
    expect(error.message).toMatch(message);
  });

  test("lets a workflow have no more than a memory and fuel", () => {
    const workflow = '[[workflow_wasm]]\nname = "orders"\nlocation = "x"\n';
    for (const key of ['env_vars = ["A"]', "limits.log.kib = 1", "max_retries = 1", 'scratch = "/tmp"']) {
      expect(refusal(() => parse(`${workflow}${key}\n`)).message).toContain("is not known here");
    }
  });
});
