import { describe, expect, test } from "vitest";
import {
  allowedHostProblem,
  originMatches,
  originOf,
  parseAuthority,
  parseRules,
  parseTarget,
  type RequestTarget,
  urlOf,
} from "../../host/core/allowed-host.ts";

function target(url: string, path = "/"): RequestTarget {
  const [, scheme = "", authority = ""] = /^(https?):\/\/(.*)$/.exec(url) ?? [];
  const parsed = parseTarget("get", scheme as "http" | "https", authority, path);
  if (typeof parsed === "string") throw new Error(`${url} is ${parsed}`);
  return parsed;
}

const allows = (pattern: string, url: string) =>
  parseRules([{ pattern }]).some((rule) => originMatches(rule, target(url)));

describe("a pattern", () => {
  test.each([
    ["https://api.example.com", "https://api.example.com"],
    ["https://api.example.com", "https://api.example.com:443"],
    ["https://api.example.com:443", "https://API.Example.COM"],
    ["https://api.example.com", "https://api.example.com."],
    ["https://api.example.com.", "https://api.example.com"],
    ["api.example.com", "https://api.example.com"],
    ["api.example.com:8443", "https://api.example.com:8443"],
    ["*://api.example.com", "http://api.example.com"],
    ["*://api.example.com", "https://api.example.com"],
    ["http://127.0.0.1:*", "http://127.0.0.1:8123"],
    ["http://127.0.0.1:*", "http://127.0.0.1"],
    ["http://127.0.0.1", "http://0x7f.1"],
    ["http://127.0.0.1", "http://2130706433"],
    ["http://127.0.0.1", "http://127.1"],
    ["http://127.0.0.1", "http://①②⑦.0.0.1"],
    ["http://127.0.0.1", "http://0177.0.0.1"],
    ["http://0x7f.1", "http://127.0.0.1"],
    ["http://[::1]:80", "http://[::1]"],
    ["http://[0:0:0:0:0:0:0:1]", "http://[::1]"],
    ["[::1]", "https://[::1]"],
    ["https://*.example.com", "https://a.example.com"],
    ["https://*.example.com:*", "https://a.b.example.com:9"],
    ["*.example.com", "https://a.example.com"],
    ["http://my_service:8080", "http://my_service:8080"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["https://bücher.example", "https://BÜCHER.example"],
    ["http://192.168.1.*", "http://192.168.1.77"],
    ["http://192.168.*.*:*", "http://192.168.3.4:99"],
    ["http://10.*.*.*", "http://10.1.2.3"],
    ["*", "https://anything.example"],
    ["*:8443", "https://anything.example:8443"],
    ["*://*", "http://anything.example"],
    ["*://*", "https://anything.example"],
    ["*://*:*", "http://anything.example:8080"],
    ["http://*", "http://anything.example"],
  ])("%s allows %s", (pattern, url) => {
    expect(allowedHostProblem(pattern)).toBeUndefined();
    expect(allows(pattern, url)).toBe(true);
  });

  test.each([
    ["https://api.example.com", "http://api.example.com"],
    ["https://api.example.com", "https://api.example.com:444"],
    ["https://api.example.com", "https://evil-api.example.com"],
    ["https://api.example.com", "https://api.example.com.evil.net"],
    ["api.example.com", "http://api.example.com"],
    ["*://api.example.com", "http://api.example.com:443"],
    ["https://*.example.com", "https://example.com"],
    ["https://*.example.com", "https://notexample.com"],
    ["https://*.example.com", "https://a.example.com:8443"],
    ["http://127.0.0.1:*", "http://127.0.0.2:80"],
    ["http://127.0.0.1:*", "https://127.0.0.1:443"],
    ["http://127.0.0.1", "http://[::ffff:127.0.0.1]"],
    ["http://192.168.1.*", "http://192.168.2.1"],
    ["http://192.168.1.*", "http://192.168.1.evil.example"],
    ["http://192.168.1.*", "http://192.168.11.1"],
    ["*", "http://anything.example"],
    ["*", "https://anything.example:8443"],
    ["*://*", "http://anything.example:8080"],
    ["*://*", "http://anything.example:443"],
  ])("%s does not allow %s", (pattern, url) => {
    expect(allows(pattern, url)).toBe(false);
  });

  test.each([
    "ftp://example.com",
    "https://",
    "https://a.*.com",
    "https://*example.com",
    "https://user@example.com",
    "https://example.com/",
    "https://example.com:0",
    "https://example.com:65536",
    "https://example.com:",
    "https://*.[::1]",
    "https://*.127.0.0.1",
    "https://exa mple.com",
    "https://exa%6dple.com",
    "https://example.com\\x",
    "http://192.168.*",
    "http://192.*.1.1",
    "http://256.1.1.*",
    "http://1.2.3.4.5",
    "http://[::1%25eth0]",
    "://a",
    "",
  ])("%j is refused, and allows nothing", (pattern) => {
    expect(allowedHostProblem(pattern)).toContain("scheme://host:port");
    expect(parseRules([{ pattern }])).toEqual([]);
  });
});

describe("an authority", () => {
  test.each([
    "user@host",
    "host:",
    "host:0",
    "host:99999",
    "host:80:80",
    "",
    "a b",
    "a\tb",
    "::1",
    "host/path",
    "host\\path",
    "host#x",
    "host?x",
    "%31",
    "-a.com",
    "a..b",
    "*",
    "256.0.0.1",
  ])("%j is refused", (authority) => {
    expect(parseAuthority("http", authority)).toBeUndefined();
  });

  test("takes the scheme's own port when it names none", () => {
    expect(parseAuthority("http", "a")).toEqual({ host: "a", port: 80 });
    expect(parseAuthority("https", "A:8443")).toEqual({ host: "a", port: 8443 });
    expect(originOf(target("https://[::1]"))).toBe("https://[::1]:443");
  });
});

describe("a target", () => {
  test.each([
    ["/a/../b?c=d", "/b", "?c=d"],
    ["/a/%2e%2E/b", "/b", ""],
    ["/a/..\\..\\b", "/b", ""],
    ["//evil.example/x", "//evil.example/x", ""],
    ["?a=/../b", "/", "?a=/../b"],
    ["", "/", ""],
  ])("has the path that %j leads to", (written, path, query) => {
    expect(target("http://a", written)).toMatchObject({ host: "a", path, query });
  });

  test("is written as a URL without its query, and without the scheme's own port", () => {
    expect(urlOf(target("https://A.example:443", "/x?y"))).toBe("https://a.example/x");
    expect(urlOf(target("https://a.example:80", "/x"))).toBe("https://a.example:80/x");
  });

  test("has no fragment, and 8 KiB at most", () => {
    expect(parseTarget("GET", "http", "a", "/x#y")).toBe("invalid");
    expect(parseTarget("GET", "http", "a", `/${"x".repeat(8190)}`)).toMatchObject({ host: "a" });
    expect(parseTarget("GET", "http", "a", `/${"x".repeat(8191)}`)).toBe("too-long");
  });
});
