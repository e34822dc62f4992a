/** When what an operator allows takes in all that a deployment's rule asks for. */
import { expect, test } from "vitest";
import type { AllowedHost } from "../../host/core/deployment.ts";
import { covers } from "../../host/deployment/covers.ts";

const rule = (pattern: string, rest: Partial<AllowedHost> = {}): AllowedHost => ({ pattern, ...rest });

test.each<[operator: string, asked: string, covered: boolean]>([
  ["https://a.example", "https://a.example:443", true],
  ["https://A.example.", "https://a.EXAMPLE", true],
  ["a.example", "https://a.example", true],
  ["https://a.example", "http://a.example", false],
  ["https://a.example", "https://a.example:8443", false],
  ["https://a.example:*", "https://a.example:8443", true],
  ["https://a.example:8443", "https://a.example:*", false],
  ["http://a.example", "http://a.example:80", true],
  ["*://a.example", "http://a.example", true],
  ["*://a.example", "*://a.example", true],
  ["https://a.example", "*://a.example", false],
  ["*://*:*", "http://a.example:81", true],
  ["*://*", "http://a.example:81", false],
  ["*", "https://a.example", true],
  ["*", "*", true],
  ["a.example", "*", false],
  ["*.example", "a.example", true],
  ["*.example", "*.a.example", true],
  ["*.example", "*.example", true],
  ["*.a.example", "*.example", false],
  ["*.example", "example", false],
  ["*.example", "evilexample", false],
  ["a.example", "*.example", false],
  ["http://192.168.1.*", "http://192.168.1.7", true],
  ["http://192.168.*.*", "http://192.168.1.*", true],
  ["http://192.168.1.*", "http://192.168.*.*", false],
  ["http://192.168.1.*", "http://192.168.10.7", false],
  ["http://192.168.1.*", "http://192.168.1.evil.example", false],
  ["http://[::1]:8080", "http://[::1]:8080", true],
  // An address may be a private one: it is named, or not allowed.
  ["http://*", "http://127.0.0.1", false],
  ["http://*", "http://10.0.*.*", false],
  ["http://*", "http://[::1]", false],
  ["http://*", "http://localhost", false],
  ["http://*", "http://0x7f.1", false],
  ["http://*", "http://2130706433", false],
  ["http://127.0.0.1", "http://0x7f.1", true],
  ["http://[::1]", "http://[0:0::0:1]", true],
  ["http://localhost:*", "http://localhost:8080", true],
])("%s takes in %s: %s", (operator, asked, covered) => {
  expect(covers([rule(operator)], rule(asked))).toBe(covered);
});

test.each<[operator: Partial<AllowedHost>, asked: Partial<AllowedHost>, covered: boolean]>([
  [{}, {}, true],
  [{}, { methods: ["GET"] }, true],
  [{ methods: ["GET", "POST"] }, { methods: ["GET"] }, true],
  [{ methods: ["GET"] }, { methods: ["GET", "POST"] }, false],
  [{ methods: ["GET"] }, {}, false],
  [{ addresses: ["10.0.0.0/8"] }, { addresses: ["10.1.0.0/16"] }, true],
  [{ addresses: ["10.1.0.0/16"] }, { addresses: ["10.0.0.0/8"] }, false],
  [{ addresses: ["fd00::/8"] }, { addresses: ["fd12::/16"] }, true],
  [{ addresses: ["fd00::/8"] }, { addresses: ["10.0.0.0/8"] }, false],
  [{}, { addresses: ["10.0.0.0/8"] }, false],
  [{ addresses: ["10.0.0.0/8"] }, {}, true],
  [{ requestUrlRegex: "/v1/" }, { requestUrlRegex: "/v2/" }, true],
])("%j takes in %j: %s", (operator, asked, covered) => {
  expect(covers([rule("https://a.example", operator)], rule("https://a.example", asked))).toBe(covered);
});

test("what one rule does not take in, several may", () => {
  const operator = [rule("https://a.example", { methods: ["GET"] }), rule("*://a.example", { methods: ["POST"] })];
  expect(covers(operator, rule("https://a.example", { methods: ["GET", "POST"] }))).toBe(true);
  expect(covers(operator, rule("*://a.example", { methods: ["GET", "POST"] }))).toBe(false);
  expect(covers([], rule("https://a.example"))).toBe(false);
});

test("an address within a named block may be asked for by itself", () => {
  const operator = [rule("http://*", { addresses: ["10.0.0.0/8"] })];
  expect(covers(operator, rule("http://10.1.2.3"))).toBe(true);
  expect(covers(operator, rule("http://11.1.2.3"))).toBe(false);
});
