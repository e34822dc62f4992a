import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { guestFile } from "../../components/guests.ts";
import { digestOf, readComponentType } from "../../host/component/component.ts";
import { noGrants } from "../../host/core/deployment.ts";
import type { Digest } from "../../host/core/ids.ts";
import { parseManifest } from "../../host/deployment/manifest.ts";
import { noOperator } from "../../host/deployment/operator.ts";
import { readDeployment } from "../../host/deployment/read.ts";
import { sandboxesOf } from "../../host/deployment/sandbox.ts";
import { hostOffers } from "../../host/offers.ts";
import { refusal } from "../support/refusal.ts";

const activity = '[[activity_wasm]]\nname = "shop"\nlocation = "shop.wasm"\n';

const exec = '[[activity_exec]]\nname = "a"\nlocation = "x"\nprogram = "y"\n';

describe("a manifest's text", () => {
  test("gives components with what they may do, and defaults for what is left out", () => {
    const text = `[[workflow_wasm]]
name = "orders"
location = "build/orders.wasm"

${activity}max_retries = 2
retry_exp_backoff.seconds = 1.5
exec.lock_expiry.minutes = 2
[[activity_wasm.allowed_host]]
pattern = "https://*.example.com:443"
methods = ["GET"]
`;
    expect(parseManifest(text, "deployment.toml")).toEqual([
      {
        location: "build/orders.wasm",
        deployed: expect.objectContaining({ name: "orders", kind: "workflow", grants: noGrants }) as unknown,
        functions: new Map(),
      },
      {
        location: "shop.wasm",
        deployed: {
          name: "shop",
          kind: "activity",
          policy: { retry: { retriesMax: 2, backoffMs: 1500, backoffMaxMs: 60_000 }, deadlineMs: 120_000 },
          grants: { ...noGrants, allowedHosts: [{ pattern: "https://*.example.com:443", methods: ["GET"] }] },
          limits: {},
        },
        functions: new Map(),
      },
    ]);
    expect(parseManifest(activity, "d.toml")).toMatchObject([
      { deployed: { policy: { retry: { retriesMax: 5, backoffMs: 100 }, deadlineMs: 60_000 }, grants: noGrants } },
    ]);
  });

  test("names stub activities, which are never tried, and external ones, which their workers' policy tries again", () => {
    const text = `[[activity_stub]]
name = "approvals"
location = "approvals.wasm"

[[activity_external]]
name = "shipping"
location = "shipping.wasm"
max_retries = 2
retry_exp_backoff.minutes = 1
`;
    expect(parseManifest(text, "deployment.toml")).toMatchObject([
      {
        location: "approvals.wasm",
        deployed: { name: "approvals", kind: "activity_stub", policy: { retry: { retriesMax: 0 } } },
      },
      {
        deployed: {
          name: "shipping",
          kind: "activity_external",
          policy: { retry: { retriesMax: 2, backoffMs: 60_000, backoffMaxMs: 60_000 } },
        },
      },
    ]);
  });

  test("names local programs that run activities, with what they are called with", () => {
    const text = `[[activity_exec]]
name = "signing"
location = "signing.wasm"
program = "bin/sign"

[[activity_exec]]
name = "printing"
location = "printing.wasm"
program = "/opt/print"
args = ["--paper", "A4"]
max_retries = 2
exec.lock_expiry.seconds = 5
max_output_bytes = 100
`;
    expect(parseManifest(text, "deployment.toml")).toMatchObject([
      {
        location: "signing.wasm",
        program: { path: "bin/sign", args: [], outputBytesMax: 1_048_576 },
        deployed: { name: "signing", kind: "activity_exec", grants: noGrants },
      },
      {
        program: { path: "/opt/print", args: ["--paper", "A4"], outputBytesMax: 100 },
        deployed: { kind: "activity_exec", policy: { retry: { retriesMax: 2 }, deadlineMs: 5_000 } },
      },
    ]);
  });

  test.each<[string, string, RegExp]>([
    ["no program", '[[activity_exec]]\nname = "a"\nlocation = "x"\n', /activity_exec\[0\]\.program: .* it is missing/],
    ["a program without room for its answer", `${exec}max_output_bytes = 0\n`, /max_output_bytes: /],
    ["an answer without end", `${exec}max_output_bytes = 1000000000\n`, /max_output_bytes: /],
    ["an argument with an end of its own", `${exec}args = ["a\\u0000b"]\n`, /args\[0\]: wants text without NUL/],
    ["a place where a program may send to", `${exec}allowed_host = []\n`, /the key allowed_host is not known/],
    ["nothing at all", "", /names no component/],
    ["broken TOML", "[[workflow_wasm]\n", /d\.toml:1:\d+/],
    [
      "an unknown key",
      `${activity}max_retry = 1\n`,
      /activity_wasm\[0\]: the key max_retry is not known; did you mean max_retries\?/,
    ],
    ["an unknown table", '[[workflow]]\nname = "a"\n', /the key workflow is not known; did you mean workflow_wasm\?/],
    [
      "a wrong type",
      `${activity}max_retries = "3"\n`,
      /activity_wasm\[0\]\.max_retries: wants a value of type number; found "3"/,
    ],
    [
      "a retry of a stub",
      '[[activity_stub]]\nname = "a"\nlocation = "x"\nmax_retries = 1\n',
      /activity_stub\[0\]: the key max_retries is not known/,
    ],
    [
      "a place where an external activity may send to",
      '[[activity_external]]\nname = "a"\nlocation = "x"\n[[activity_external.allowed_host]]\npattern = "http://a:1"\n',
      /activity_external\[0\]: the key allowed_host is not known/,
    ],
    ["a stub as a file of code", '[[activity_stub_wasm]]\nname = "a"\n', /did you mean activity_stub\?/],
    ["half a retry", `${activity}max_retries = 1.5\n`, /max_retries: wants a whole number; found 1\.5/],
    [
      "a missing location",
      '[[workflow_wasm]]\nname = "a"\n',
      /workflow_wasm\[0\]\.location: wants a value of type string; it is missing/,
    ],
    ["a name with a space", '[[workflow_wasm]]\nname = "a b"\nlocation = "x"\n', /name: wants a letter.*found "a b"/],
    ["no duration to speak of", `${activity}exec.lock_expiry.seconds = 0.0001\n`, /lock_expiry: wants a millisecond/],
    ["a duration without end", `${activity}exec.lock_expiry.minutes = 1e306\n`, /lock_expiry: wants .*ten years/],
    ["two durations", `${activity}exec.lock_expiry = { seconds = 1, minutes = 1 }\n`, /lock_expiry: wants one of/],
    ["a digest that is none", `${activity}content_digest = "sha256:1"\n`, /content_digest: wants sha256/],
    [
      "an origin that is none",
      `${activity}[[activity_wasm.allowed_host]]\npattern = "a b"\nmethods = "*"\n`,
      /activity_wasm\[0\]\.allowed_host\[0\]\.pattern: "a b" is not scheme.*[^"]$/,
    ],
    ["the same name twice", `${activity}${activity}`, /two components are named shop/],
  ])("%s is refused", (_, text, message) => {
    const error = refusal(() => parseManifest(text, "d.toml"));
    expect(error.code).toBe("manifest-invalid");
    expect(error.message).toMatch(message);
  });

  test("everything that is wrong is said at once", () => {
    const { message } = refusal(() => parseManifest('[[workflow_wasm]]\nnam = "a"\n[other]\n', "d.toml"));
    for (const part of [
      "nam is not known",
      "workflow_wasm[0].name",
      "workflow_wasm[0].location",
      "other is not known",
    ]) {
      expect(message).toContain(part);
    }
  });
});

describe("a deployment", () => {
  const folder = mkdtempSync(join(tmpdir(), "stele-deployment-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function read(...components: [kind: string, name: string, location: string, more?: string][]) {
    const tables = components.map(
      ([kind, name, location, more = ""]) =>
        `[[${kind.includes("_") ? kind : `${kind}_wasm`}]]\nname = "${name}"\nlocation = ${JSON.stringify(location)}\n${more}\n`,
    );
    const path = join(folder, "deployment.toml");
    writeFileSync(path, tables.join(""));
    return readDeployment(path, { digestOf, readComponentType, offers: hostOffers });
  }

  const workflow = guestFile("tiny-workflow");
  const acts = guestFile("tiny-activity");

  test("that fits together is read with its components, and has one digest for one content", () => {
    const first = read(["workflow", "flows", workflow], ["activity", "acts", acts]);
    expect(first.components.map(({ name, kind }) => [name, kind])).toEqual([
      ["flows", "workflow"],
      ["acts", "activity"],
    ]);
    expect(read(["workflow", "flows", workflow], ["activity", "acts", acts]).digest).toBe(first.digest);
    expect(read(["workflow", "flows", workflow], ["activity", "acts", acts, "max_retries = 1"]).digest).not.toBe(
      first.digest,
    );
  });

  test("whose imports nobody answers is refused, each of them named", () => {
    const error = refusal(() => read(["workflow", "flows", workflow]));
    expect(error.code).toBe("component-refused");
    expect(error.message).toContain("bench:tiny/acts@0.1.0");
  });

  test.each(["activity_stub", "activity_external"])("offers to workflows what an %s exports", (kind) => {
    const { deployment, components } = read(["workflow", "flows", workflow], [kind, "acts", acts]);
    expect(components.map((component) => component.kind)).toEqual(["workflow", kind]);
    expect(deployment.components[1]).toMatchObject({ name: "acts", kind, grants: noGrants });
  });

  test("says how single functions are run, by names that their component has", () => {
    const named = (name: string) => `[activity_wasm.function."${name}"]\nmax_retries = 1\nexec.concurrency = 3\n`;
    const policies = (...names: string[]) =>
      read(["activity", "acts", acts, `max_retries = 2\n${names.map(named).join("")}`]).deployment.components[0]
        ?.functions;
    const step = {
      retry: { retriesMax: 1, backoffMs: 100, backoffMaxMs: 60_000 },
      deadlineMs: 60_000,
      concurrencyMax: 3,
    };
    expect(policies("bench:tiny/acts@0.1.0.step")).toEqual({ "bench:tiny/acts@0.1.0.step": step });
    expect(policies(".../acts.step", ".../faults.spin")).toMatchObject({ "bench:tiny/faults@0.1.0.spin": step });
    expect(refusal(() => policies("bench:tiny/acts@0.1.0.stop", ".../acts.constructor"))).toMatchObject({
      code: "manifest-invalid",
      message: expect.stringMatching(
        /acts: the component has no function bench:tiny\/acts@0\.1\.0\.stop; did you mean bench:tiny\/acts@0\.1\.0\.step[^]*constructor/,
      ) as string,
    });
    expect(refusal(() => policies(".../acts.step", ".../acts@0.1.0.step")).message).toContain("has two tables");
  });

  test("with a program says its digest, and is refused as a whole unless that is listed", () => {
    writeFileSync(join(folder, "sign"), "#!/bin/sh\n");
    const { deployment, programs } = read(
      ["workflow", "flows", workflow],
      ["activity_exec", "acts", acts, 'program = "sign"'],
    );
    const digest = digestOf(Buffer.from("#!/bin/sh\n"));
    expect(programs).toEqual([{ path: join(folder, "sign"), digest }]);
    const listing = (...listed: Digest[]) => ({ operator: { ...noOperator, programs: listed } });
    const program = { digest, args: [], outputBytesMax: 1_048_576 };
    expect(sandboxesOf(deployment, listing(digest)).get("acts")).toMatchObject({ program });
    expect(refusal(() => sandboxesOf(deployment, listing(digestOf(Buffer.from("another")))))).toMatchObject({
      code: "grant-refused",
      message: expect.stringContaining(`acts: the operator has not listed the program ${digest}`) as string,
    });
  });

  test("whose program is not there is refused", () => {
    const error = refusal(() =>
      read(["workflow", "flows", workflow], ["activity_exec", "acts", acts, 'program = "gone"']),
    );
    expect(error).toMatchObject({ code: "component-missing", message: expect.stringContaining("gone") as string });
  });

  test("that names a file which is missing, or no component, or another one, is refused", () => {
    writeFileSync(join(folder, "text.wasm"), "not wasm");
    expect(refusal(() => read(["workflow", "flows", "missing.wasm"])).code).toBe("component-missing");
    expect(refusal(() => read(["workflow", "flows", "text.wasm"]))).toMatchObject({ code: "component-invalid" });
    const other = `content_digest = "sha256:${"0".repeat(64)}"`;
    expect(refusal(() => read(["activity", "acts", acts, other])).message).toContain("the manifest says sha256:000");
  });
});
