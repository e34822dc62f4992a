import { describe, expect, test } from "vitest";
import { namesAddress, privateRange } from "../../host/component/wasi/http-addresses.ts";
import { HttpGate, permittedAddresses } from "../../host/component/wasi/http-gate.ts";
import { parseRules, parseTarget, type RequestTarget } from "../../host/core/allowed-host.ts";
import type { AllowedHost } from "../../host/core/deployment.ts";

function target(url: string, method = "GET"): RequestTarget {
  const [, scheme = "", authority = "", path = ""] = /^(https?):\/\/([^/]*)(.*)$/.exec(url) ?? [];
  const parsed = parseTarget(method, scheme as "http" | "https", authority, path);
  if (typeof parsed === "string") throw new Error(`${url} is ${parsed}`);
  return parsed;
}

function verdict(
  url: string,
  method: string,
  allowedHosts: readonly AllowedHost[],
  operatorHosts?: readonly AllowedHost[],
) {
  const permit = new HttpGate({ allowedHosts, operatorHosts }).authorize(target(url, method));
  return "denied" in permit ? permit.denied : "allowed";
}

describe("a request is allowed", () => {
  const get = { pattern: "http://a", methods: ["GET"] };
  const write = { pattern: "http://a", methods: ["POST", "PUT"] };
  const v1 = { pattern: "https://a", requestUrlRegex: "^(GET|POST) https://a/v1/" };

  test.each<[string, string, readonly AllowedHost[], readonly AllowedHost[] | undefined, string | RegExp]>([
    ["http://a", "GET", [get], undefined, "allowed"],
    ["http://a", "PUT", [get, write], undefined, "allowed"],
    ["http://a", "GET", [get], [{ pattern: "*://*" }], "allowed"],
    ["https://a/v1/x?y=../..", "GET", [v1], undefined, "allowed"],
    [
      "http://a",
      "GET",
      [],
      undefined,
      'by the deployment: add [[activity_wasm.allowed_host]] pattern = "http://a:80", methods = ["GET"]',
    ],
    [
      "http://a",
      "DELETE",
      [get, write],
      undefined,
      'by the deployment: add "DELETE" to the methods of pattern = "http://a"',
    ],
    [
      "https://a/v1/../v2/",
      "GET",
      [v1],
      undefined,
      'by the deployment: the request_url_regex of pattern = "https://a" does not match "GET https://a/v2/"',
    ],
    ["https://a/v1/x", "PUT", [v1], undefined, "does not match"],
    ["http://a", "GET", [get], [], 'by the operator: add [[outbound_http.allowed_host]] pattern = "http://a:80"'],
    ["http://a", "GET", [{ pattern: "*://*" }], [write], 'by the operator: add "GET" to the methods'],
    ["http://a", "GET", [{ pattern: "http://a", requestUrlRegex: "(" }], undefined, "by the deployment"],
  ])("%s %s: %j and %j", (url, method, deployment, operator, expected) => {
    expect(verdict(url, method, deployment, operator)).toContain(expected);
  });

  test("by an expression that would take others exponential time", () => {
    const rule = { pattern: "http://a", requestUrlRegex: "^GET http://a/(x+x+)+y$" };
    expect(verdict(`http://a/${"x".repeat(8000)}`, "GET", [rule])).toContain("does not match");
  });
});

describe("an address", () => {
  test.each([
    ["8.8.8.8", undefined],
    ["2606:4700::1111", undefined],
    ["::ffff:8.8.8.8", undefined],
    ["64:ff9b::808:808", undefined],
    ["2002:808:808::", undefined],
    ["0.0.0.0", "unspecified"],
    ["10.0.0.1", "private"],
    ["100.64.0.1", "carrierGradeNat"],
    ["127.0.0.1", "loopback"],
    ["169.254.169.254", "linkLocal"],
    ["172.31.0.1", "private"],
    ["192.0.2.1", "reserved"],
    ["192.168.0.1", "private"],
    ["198.18.0.1", "reserved"],
    ["224.0.0.1", "multicast"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::127.0.0.1", "reserved"],
    ["::ffff:127.0.0.1", "loopback"],
    ["64:ff9b::7f00:1", "loopback"],
    ["64:ff9b:1::808:808", "rfc6052"],
    ["2002:7f00:1::", "loopback"],
    ["2001:0:0:0:0:0:80ff:fffe", "loopback"],
    ["fc00::1", "uniqueLocal"],
    ["fe80::1", "linkLocal"],
    ["fe80::1%eth0", "linkLocal"],
    ["fec0::1", "deprecatedSiteLocal"],
    ["ff02::1", "multicast"],
    ["2001:db8::1", "reserved"],
    ["100::1", "discard"],
    ["nonsense", "malformed"],
  ])("%s is in the range %s", (address, range) => {
    expect(privateRange(address)).toBe(range);
  });

  test.each<[string, readonly string[], string, boolean]>([
    ["http://127.0.0.1", [], "127.0.0.1", true],
    ["http://127.0.0.1", [], "::ffff:127.0.0.1", true],
    ["http://127.0.0.1", [], "127.0.0.2", false],
    ["http://[::1]", [], "::1", true],
    ["http://[::1]", [], "0:0:0:0:0:0:0:1", true],
    ["http://192.168.1.*", [], "192.168.1.9", true],
    ["http://192.168.1.*", [], "192.168.2.9", false],
    ["http://localhost", [], "127.0.0.1", true],
    ["http://localhost", [], "::1", true],
    ["http://localhost", [], "10.0.0.1", false],
    ["*://*:*", [], "10.0.0.1", false],
    ["http://*.internal", [], "10.0.0.1", false],
    ["http://db.internal", [], "10.0.0.1", false],
    ["http://db.internal", ["10.0.0.0/8"], "10.200.0.1", true],
    ["http://db.internal", ["10.0.0.0/8"], "::ffff:10.200.0.1", true],
    ["http://db.internal", ["10.0.0.0/8"], "11.0.0.1", false],
    ["http://db.internal", ["nonsense", "fd00::/8"], "fd12::1", true],
    ["*://*:*", ["10.0.0.0/8"], "10.0.0.1", true],
  ])("%s with %j names %s: %s", (pattern, addresses, address, named) => {
    expect(parseRules([{ pattern, addresses }]).some((rule) => namesAddress(rule, address))).toBe(named);
  });
});

describe("of a name's addresses", () => {
  function permitted(addresses: readonly string[], deployment: AllowedHost, operator?: AllowedHost) {
    const gate = new HttpGate({ allowedHosts: [deployment], operatorHosts: operator && [operator] });
    const permit = gate.authorize(target("http://db.internal"));
    if ("denied" in permit) throw new Error(permit.denied);
    return permittedAddresses(permit, addresses);
  }
  const plain = { pattern: "http://db.internal" };
  const named = { ...plain, addresses: ["10.0.0.0/8"] };

  test("the public ones are connected to, and private ones that both sides name", () => {
    expect(permitted(["8.8.8.8", "10.0.0.1"], plain)).toEqual(["8.8.8.8"]);
    expect(permitted(["8.8.8.8", "10.0.0.1"], named)).toEqual(["8.8.8.8", "10.0.0.1"]);
    expect(permitted(["8.8.8.8", "10.0.0.1"], named, plain)).toEqual(["8.8.8.8"]);
    expect(permitted(["10.0.0.1"], named, named)).toEqual(["10.0.0.1"]);
    expect(permitted([], named, named)).toEqual([]);
  });

  test("none may be left, and the log says who denies them and what would allow them", () => {
    expect(permitted(["10.0.0.1"], plain)).toEqual({
      denied:
        "request GET http://db.internal:80 denied by the deployment: db.internal is at 10.0.0.1 (private); " +
        'add addresses = ["10.0.0.1/32"] to pattern = "http://db.internal"',
    });
    expect(permitted(["fd00::1"], { ...plain, addresses: ["fd00::/8"] }, plain)).toEqual({
      denied:
        "request GET http://db.internal:80 denied by the operator: db.internal is at fd00::1 (uniqueLocal); " +
        'add addresses = ["fd00::1/128"] to pattern = "http://db.internal"',
    });
  });
});
