/** What a deployment asks for, against what the host grants: all of it, or a refusal that says everything. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AllowedHost,
  type DeployedComponent,
  defaultLimitsOf,
  type GrantedDir,
  type Grants,
  noGrants,
  plainComponent,
} from "../../host/core/deployment.ts";
import type { Digest } from "../../host/core/ids.ts";
import { grantsOf } from "../../host/deployment/grants.ts";
import { noOperator, type Operator, type OperatorSecret } from "../../host/deployment/operator.ts";
import { type Surroundings, sandboxesOf } from "../../host/deployment/sandbox.ts";
import { refusal } from "../support/refusal.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "stele-sandbox-")));
const at = (name: string) => join(folder, name);
const value = "s3cr3t-value";

beforeAll(() => {
  for (const name of ["shared", "shared/in", "data", "elsewhere"]) mkdirSync(at(name));
  symlinkSync(at("elsewhere"), at("shared/out"));
  symlinkSync(at("shared/in"), at("alias"));
  symlinkSync(".", at("shared/here"));
  symlinkSync("here/../elsewhere", at("shared/way"));
  writeFileSync(at("shared/file"), "");
  writeFileSync(at("token"), `${value}\n`);
  writeFileSync(at("short"), "1234567\n");
  writeFileSync(at("bytes"), Buffer.from([0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environment = new Map([
  ["LANG", "en"],
  ["KEY_VARIABLE", value],
  ["SHORT", "1234567"],
  ["LONG", "é".repeat(32 * 1024 + 1)],
]);

function component(grants: Partial<Grants>, rest: Partial<DeployedComponent> = {}): DeployedComponent {
  const digest = `sha256:${"0".repeat(64)}` as Digest;
  return plainComponent({ name: "shop", kind: "activity", digest, grants: { ...noGrants, ...grants }, ...rest });
}

function granted(grants: Partial<Grants>, operator: Partial<Operator> = {}, surroundings: Surroundings = {}) {
  const of = { environment, operator: { ...noOperator, ...operator }, ...surroundings };
  return sandboxesOf({ components: [component(grants)] }, of).get("shop");
}

function refused(grants: Partial<Grants>, operator?: Partial<Operator>, surroundings?: Surroundings): string {
  const error = refusal(() => granted(grants, operator, surroundings));
  expect(error.code).toBe("grant-refused");
  expect(JSON.stringify([error.message, error.hint, error.stack])).not.toContain(value);
  return error.message;
}

const anywhere: AllowedHost = { pattern: "https://a.example" };
const secret = (rest: Partial<OperatorSecret> = {}): OperatorSecret => ({
  name: "KEY",
  source: { env: "KEY_VARIABLE" },
  allowedHosts: [anywhere],
  replaceIn: ["headers"],
  ...rest,
});

describe("variables", () => {
  const env = [
    { key: "LANG", value: "${LANG}" },
    { key: "GREETING", value: "hello ${WHO:-you}" },
  ];

  test("have the host's values, or their defaults", () => {
    expect(granted({ env, stdin: "${LANG}\n" })).toMatchObject({
      env: [
        ["LANG", "en"],
        ["GREETING", "hello you"],
      ],
      stdin: "en\n",
    });
  });

  test("that are not set are missing, each of them", () => {
    const message = refused({ env: [{ key: "A", value: "${NONE}" }], stdin: "${NEITHER}" });
    expect(message).toContain("shop: the variable A asks for the variable NONE, which is not set");
    expect(message).toContain("shop: stdin asks for the variable NEITHER, which is not set");
  });

  test.each<[string[], boolean]>([
    [["LANG", "WHO"], true],
    [["LA*", "W*"], true],
    [["*"], true],
    [["LANG"], false],
    [["LANGUAGE", "WHO"], false],
    [[], false],
  ])("are those that the operator allows: %j", (allowed, holds) => {
    if (holds) expect(granted({ env }, { env: allowed })?.env).toHaveLength(2);
    else expect(refused({ env }, { env: allowed })).toContain("which the operator does not allow");
  });

  test("that hold a secret are not forwarded, whatever is allowed", () => {
    const forwards = [{ key: "A", value: "${LANG:-${KEY_VARIABLE}}" }];
    expect(refused({ env: forwards }, { env: ["*"], secrets: [secret()] })).toContain(
      "holds a secret of the operator's",
    );
  });
});

describe("folders", () => {
  /** As a manifest beside it is read. */
  const dir = (host: string, writable = false) =>
    grantsOf({ dir: [{ host, guest: "/data", writable }] }, folder).dirs[0] as GrantedDir;
  const shared = { dirs: [{ host: at("shared"), writable: false }] };

  test("are where they really are when they are deployed", () => {
    expect(granted({ dirs: [dir("alias", true)], scratch: "/tmp" })).toMatchObject({
      dirs: [{ host: at("shared/in"), guest: "/data", writable: true }],
      scratch: "/tmp",
    });
    expect(granted({ dirs: [dir("alias")] }, shared)?.dirs).toEqual([dir("shared/in")]);
  });

  test("that a link has taken the place of since are refused, wherever it leads", () => {
    mkdirSync(at("shared/kept/deep"), { recursive: true });
    const dirs = [dir("shared/kept"), dir("shared/kept/deep")];
    renameSync(at("shared/kept"), at("shared/moved"));
    symlinkSync("moved", at("shared/kept"));
    for (const one of dirs) {
      const message = refused({ dirs: [one] }, shared);
      expect(message).toMatch(/kept(\/deep)? is reached by a symbolic link, and leads to .*shared\/moved/);
    }
  });

  test.each<[string, () => GrantedDir, RegExp]>([
    ["is missing", () => dir("missing"), /missing is not there, or is no folder/],
    ["is a file", () => dir("shared/file"), /is not there, or is no folder/],
    ["lies outside", () => dir("elsewhere"), /not within a folder that the operator lets a component read/],
    ["leads outside", () => dir("shared/out"), /not within a folder that the operator lets a component read/],
    [
      "leads outside by way of another",
      () => dir("shared/way"),
      /not within a folder that the operator lets a component read/,
    ],
    ["lies outside by ..", () => dir("shared/../elsewhere"), /not within a folder/],
    [
      "is to be written",
      () => dir("shared/in", true),
      /not within a folder that the operator lets a component write to/,
    ],
  ])("one that %s is refused", (_, asked, message) => {
    expect(refused({ dirs: [asked()] }, shared)).toMatch(message);
  });

  test("of the host's own are refused, with what they lie in", () => {
    const own = { ownFolders: [at("data")] };
    for (const host of ["data", "."]) expect(refused({ dirs: [dir(host)] }, {}, own)).toContain("the host's own");
    const operator = {
      file: at("shared/operator.toml"),
      secrets: [secret({ source: { file: at("elsewhere/token") } })],
    };
    for (const host of ["shared", "elsewhere"])
      expect(refused({ dirs: [dir(host)] }, operator)).toContain("the host's own");
    expect(granted({ dirs: [dir("shared")] }, {}, own)?.dirs).toHaveLength(1);
  });
});

describe("hosts", () => {
  const asked: AllowedHost = { pattern: "https://a.example", methods: ["GET", "POST"] };

  test("are those of the deployment, with the operator's beside them", () => {
    expect(granted({ allowedHosts: [asked] })).toMatchObject({ allowedHosts: [asked], operatorHosts: undefined });
    const operator = [{ pattern: "https://*" }];
    expect(granted({ allowedHosts: [asked] }, { allowedHosts: operator })).toMatchObject({
      allowedHosts: [asked],
      operatorHosts: operator,
    });
  });

  test("that the operator does not allow are refused", () => {
    const operator = { allowedHosts: [{ ...asked, methods: ["GET"] }] };
    expect(refused({ allowedHosts: [asked] }, operator)).toContain("all of https://a.example (GET, POST)");
    expect(refused({ allowedHosts: [anywhere] }, operator)).toContain("all of https://a.example (all methods)");
  });
});

describe("secrets", () => {
  const sending = (rest: Partial<AllowedHost> = {}) => ({
    allowedHosts: [{ ...anywhere, secrets: ["KEY"], replaceIn: ["headers"] as const, ...rest }],
  });

  test.each<[string, OperatorSecret["source"]]>([
    ["a variable", { env: "KEY_VARIABLE" }],
    ["a file", { file: at("token") }],
  ])("come from %s, for those who name them", (_, source) => {
    const operator = { secrets: [secret({ source }), secret({ name: "OTHER", source: { env: "NONE" } })] };
    expect(granted(sending(), operator)?.secrets).toEqual([
      { name: "KEY", value, allowedHosts: [anywhere], replaceIn: ["headers"] },
    ]);
    expect(granted({ allowedHosts: [anywhere] }, operator)?.secrets).toEqual([]);
  });

  test.each<[string, Partial<OperatorSecret>, Partial<AllowedHost>, RegExp]>([
    ["is not there", { name: "KEYS" }, {}, /the operator has no secret KEY; did you mean KEYS\?/],
    [
      "is in a variable that is not set",
      { source: { env: "NONE" } },
      {},
      /KEY can't be had: the variable NONE is not set/,
    ],
    [
      "is in a file that is missing",
      { source: { file: at("none") } },
      {},
      /KEY can't be had: .*none can't be read \(ENOENT\)/,
    ],
    ["is no text", { source: { file: at("bytes") } }, {}, /KEY can't be had: .*bytes can't be read/],
    ["is too short", { source: { env: "SHORT" } }, {}, /the variable SHORT holds has fewer than 8 characters/],
    ["is too short in its file", { source: { file: at("short") } }, {}, /short holds has fewer than 8 characters/],
    [
      "is too long",
      { source: { env: "LONG" } },
      {},
      /KEY can't be had: what the variable LONG holds has 65538 bytes, more than the 65536 that a secret may have$/m,
    ],
    ["may not go there", {}, { pattern: "https://*" }, /does not let the secret KEY go to all of https:\/\/\*/],
    ["may not be put there", {}, { replaceIn: ["headers", "body"] }, /does not let the secret KEY be put into body/],
  ])("one that %s is refused", (_, has, asks, message) => {
    expect(refused(sending(asks), { secrets: [secret(has)] })).toMatch(message);
  });

  test("there are none without an operator", () => {
    expect(refused(sending())).toContain("the operator has no secret KEY");
  });
});

test("limits that are written are within the operator's, a workflow's too", () => {
  const operator = { ...noOperator, limits: { memoryBytesMax: 1024 ** 2, fuel: 5_000_000_000, logBytesMax: 1 } };
  const [activity, workflow] = [defaultLimitsOf("activity"), defaultLimitsOf("workflow")];
  const components = [
    component({}, { limits: activity }),
    component({}, { name: "orders", kind: "workflow", limits: workflow }),
    component({}, { name: "approvals", kind: "activity_stub", limits: activity }),
  ];
  const { message } = refusal(() => sandboxesOf({ components }, { operator }));
  expect(message.split("\n").slice(1)).toEqual([
    "  shop: limits.memory is 256 MiB, and the operator allows 1 MiB",
    "  shop: limits.fuel is 50000000000, and the operator allows 5000000000",
    "  shop: limits.log is 1 MiB, and the operator allows 1 byte",
    "  orders: limits.memory is 256 MiB, and the operator allows 1 MiB",
  ]);
});

test("limits that are not written are as usual, or as low as the operator's", () => {
  const operator = { ...noOperator, limits: { memoryBytesMax: 1024 ** 2, fuel: 10 ** 15, logBytesMax: 100 } };
  const components = [
    component({}, { limits: { logBytesMax: 1 } }),
    component({}, { name: "orders", kind: "workflow", limits: { fuel: 7 } }),
  ];
  const sandboxes = sandboxesOf({ components }, { operator });
  const lowered = { ...defaultLimitsOf("activity"), memoryBytesMax: 1024 ** 2 };
  expect(sandboxes.get("shop")?.limits).toEqual({ ...lowered, logBytesMax: 1 });
  expect(sandboxes.get("orders")?.limits).toMatchObject({ memoryBytesMax: 1024 ** 2, fuel: 7 });
  expect(sandboxesOf({ components: [component({})] }).get("shop")?.limits).toEqual(defaultLimitsOf("activity"));
});

test("a refusal says everything at once, and which file to change", () => {
  const asked = {
    env: [{ key: "A", value: "${NONE}" }],
    dirs: [{ host: at("missing"), guest: "/data", writable: false }],
    allowedHosts: [{ ...anywhere, secrets: ["KEY"] }],
  };
  const operator = { file: at("operator.toml"), allowedHosts: [] };
  const error = refusal(() => granted(asked, operator));
  expect(error.message).toContain("4 problems");
  expect(error.hint).toContain(at("operator.toml"));
  expect(refusal(() => granted(asked)).hint).toContain("--operator");
});
