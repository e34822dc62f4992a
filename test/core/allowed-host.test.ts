import { describe, expect, test } from "vitest";
import {
  AllowList,
  allowedHostProblem,
  originOf,
  parseAuthority,
  type RequestTarget,
} from "../../host/core/allowed-host.ts";

function target(url: string, method = "GET"): RequestTarget {
  const [, scheme = "", authority = ""] = /^(https?):\/\/(.*)$/.exec(url) ?? [];
  const parsed = parseAuthority(scheme as "http" | "https", authority);
  if (parsed === undefined) throw new Error(`${url} is no origin`);
  return { method, scheme: scheme as "http" | "https", ...parsed };
}

const allows = (pattern: string, url: string) => new AllowList([{ pattern }]).allows(target(url));

describe("a pattern", () => {
  test.each([
    ["https://api.example.com", "https://api.example.com"],
    ["https://api.example.com", "https://api.example.com:443"],
    ["https://api.example.com:443", "https://API.Example.COM"],
    ["https://api.example.com", "https://api.example.com."],
    ["https://api.example.com.", "https://api.example.com"],
    ["http://127.0.0.1:*", "http://127.0.0.1:8123"],
    ["http://127.0.0.1:*", "http://127.0.0.1"],
    ["http://[::1]:80", "http://[::1]"],
    ["https://*.example.com", "https://a.example.com"],
    ["https://*.example.com:*", "https://a.b.example.com:9"],
    ["http://my_service:8080", "http://my_service:8080"],
  ])("%s allows %s", (pattern, url) => {
    expect(allowedHostProblem(pattern)).toBeUndefined();
    expect(allows(pattern, url)).toBe(true);
  });

  test.each([
    ["https://api.example.com", "http://api.example.com"],
    ["https://api.example.com", "https://api.example.com:444"],
    ["https://api.example.com", "https://evil-api.example.com"],
    ["https://api.example.com", "https://api.example.com.evil.net"],
    ["https://*.example.com", "https://example.com"],
    ["https://*.example.com", "https://notexample.com"],
    ["https://*.example.com", "https://a.example.com:8443"],
    ["http://127.0.0.1:*", "http://127.0.0.2:80"],
    ["http://127.0.0.1:*", "https://127.0.0.1:443"],
  ])("%s does not allow %s", (pattern, url) => {
    expect(allows(pattern, url)).toBe(false);
  });

  test.each([
    "api.example.com",
    "ftp://example.com",
    "https://",
    "https://*",
    "https://a.*.com",
    "https://user@example.com",
    "https://example.com/",
    "https://example.com:0",
    "https://example.com:65536",
    "https://example.com:",
    "https://*.[::1]",
    "https://exa mple.com",
    "",
  ])("%j is refused, and allows nothing", (pattern) => {
    expect(allowedHostProblem(pattern)).toContain("scheme://host:port");
    expect(new AllowList([{ pattern }]).allows(target("https://example.com"))).toBe(false);
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
    "::1",
    "host/path",
    "-a.com",
    "a..b",
  ])("%j is refused", (authority) => {
    expect(parseAuthority("http", authority)).toBeUndefined();
  });

  test("takes the scheme's own port when it names none", () => {
    expect(parseAuthority("http", "a")).toEqual({ host: "a", port: 80 });
    expect(parseAuthority("https", "A:8443")).toEqual({ host: "a", port: 8443 });
    expect(originOf(target("https://[::1]"))).toBe("https://[::1]:443");
  });
});

test("nothing is allowed by default", () => {
  expect(new AllowList([]).allows(target("http://localhost"))).toBe(false);
});

test("methods narrow an origin, and the next rule may widen it again", () => {
  const list = new AllowList([
    { pattern: "http://a", methods: ["GET"] },
    { pattern: "http://a", methods: ["POST", "PUT"] },
  ]);
  expect(list.allows(target("http://a", "PUT"))).toBe(true);
  expect(list.allows(target("http://a", "DELETE"))).toBe(false);
  expect(list.allowsOrigin(target("http://a", "DELETE"))).toBe(true);
  expect(list.allowsOrigin(target("http://b", "GET"))).toBe(false);
});
