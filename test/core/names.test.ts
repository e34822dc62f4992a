import { describe, expect, test } from "vitest";
import type { FunctionName } from "../../host/core/ids.ts";
import {
  isCompatibleVersion,
  isReservedInterface,
  kebabToCamel,
  kebabToPascal,
  kebabToSnake,
  parseExtensionName,
  parseFunctionName,
  parseInterfaceName,
  resolveFunctionName,
  splitFunctionName,
} from "../../host/core/names.ts";

const containing = (text: string): unknown => expect.stringContaining(text);

describe("a function's name", () => {
  test.each([
    ["shop:checkout/orders.place", "shop:checkout/orders", "place"],
    ["shop:checkout/orders@1.2.0.place", "shop:checkout/orders@1.2.0", "place"],
    ["shop:checkout/orders@1.2.0-rc.1.place-order", "shop:checkout/orders@1.2.0-rc.1", "place-order"],
    ["a1:b-2/HTTP-client@0.0.1+build.5.GET", "a1:b-2/HTTP-client@0.0.1+build.5", "GET"],
  ])("%s is read, and split after its last dot", (text, interfaceName, functionName) => {
    expect(parseFunctionName(text)).toEqual({ ok: true, value: text });
    expect(splitFunctionName(text as FunctionName)).toEqual({ interfaceName, functionName });
  });

  test.each([
    "",
    "place",
    "orders.place",
    "shop:checkout.place",
    "shop:checkout/orders",
    "shop:checkout/orders.",
    "shop:checkout/orders@1.2.place",
    "shop:checkout/orders@x.place",
    "shop:checkout/orders.place_it",
    "shop:checkout/orders.pla ce",
    "shop:checkout/-orders.place",
    "shop:check:out/orders.place",
    "$root.init",
    `a:b/c.${"x-1".repeat(80)}!`,
  ])("%j is refused", (text) => {
    const parsed = parseFunctionName(text);
    expect(parsed).toMatchObject({ ok: false, problem: containing("wanted ns:pkg/ifc.fn") });
  });

  test("has at most 256 characters", () => {
    expect(parseFunctionName(`a:b/c.${"x".repeat(250)}`)).toMatchObject({ ok: true });
    expect(parseFunctionName(`a:b/c.${"x".repeat(251)}`)).toEqual({
      ok: false,
      problem: "a function's name has at most 256 characters, and this one has 257",
    });
  });
});

describe("resolving a name", () => {
  const known = [
    "shop:checkout/orders.place",
    "shop:checkout/payments@1.0.0.charge",
    "shop:checkout/payments@2.0.0.charge",
    "shop:returns/orders.cancel",
    "bank:api/payments@1.0.0.refund",
  ] as FunctionName[];

  test.each([
    ["shop:checkout/orders.place", "shop:checkout/orders.place"],
    [".../orders.place", "shop:checkout/orders.place"],
    [".../orders.cancel", "shop:returns/orders.cancel"],
    [".../payments@2.0.0.charge", "shop:checkout/payments@2.0.0.charge"],
    [".../payments.refund", "bank:api/payments@1.0.0.refund"],
  ])("%s is %s", (text, name) => {
    expect(resolveFunctionName(text, known)).toEqual({ ok: true, value: name });
  });

  test.each([
    [
      ".../payments.charge",
      ".../payments.charge stands for several functions; write one of them in full: " +
        "shop:checkout/payments@1.0.0.charge, shop:checkout/payments@2.0.0.charge",
    ],
    [
      "shop:checkout/orders.plase",
      "the deployment has no function shop:checkout/orders.plase; did you mean shop:checkout/orders.place?",
    ],
    [".../order.place", "the deployment has no function .../order.place; did you mean shop:checkout/orders.place or "],
    ["x:y/z.w", "the deployment has no function x:y/z.w"],
    [".../z.w", "the deployment has no function .../z.w"],
    ["checkout/orders.place", "no function name"],
  ])("%s is a problem", (text, problem) => {
    expect(resolveFunctionName(text, known)).toMatchObject({ ok: false, problem: containing(problem) });
  });

  test("a short form is not a suffix", () => {
    expect(resolveFunctionName(".../ders.place", known).ok).toBe(false);
    expect(resolveFunctionName("...orders.place", known).ok).toBe(false);
  });
});

test("an interface's name is taken apart", () => {
  expect(parseInterfaceName("wasi:io/poll@0.2.6")).toEqual({
    plain: "wasi:io/poll",
    namespace: "wasi",
    package: "io",
    interface: "poll",
    version: "0.2.6",
  });
  expect(parseInterfaceName("a:b/c")?.version).toBeUndefined();
  expect(parseInterfaceName("$root")).toBeUndefined();
});

test.each([
  ["shop:checkout-obelisk-ext/orders", { kind: "ext", base: "shop:checkout/orders" }],
  ["shop:checkout-obelisk-schedule/orders@1.2.0", { kind: "schedule", base: "shop:checkout/orders@1.2.0" }],
  ["shop:checkout-obelisk-stub/orders@1.2.0", { kind: "stub", base: "shop:checkout/orders@1.2.0" }],
  ["shop:checkout/orders", undefined],
  ["shop:checkout/orders-obelisk-ext", undefined],
  ["shop:checkout-obelisk-else/orders", undefined],
  ["not a name-obelisk-ext/x", undefined],
])("%s extends %j", (name, extension) => {
  expect(parseExtensionName(name)).toEqual(extension);
});

test.each([
  ["wasi:io/poll@0.2.6", true],
  ["wasi:io/poll", true],
  ["obelisk:log/log@1.0.0", true],
  ["stele:debug/debug", true],
  ["shop:checkout-obelisk-ext/orders", true],
  ["$root", true],
  ["shop:checkout/orders", false],
  ["wasify:io/poll", false],
])("%s is the host's to offer: %s", (name, reserved) => {
  expect(isReservedInterface(name)).toBe(reserved);
});

test.each([
  ["0.2.6", "0.2.0", true],
  ["0.2.0", "0.2.6", true],
  ["0.3.0", "0.2.0", false],
  ["0.20.0", "0.2.0", false],
  ["1.2.0", "1.0.0", true],
  ["10.0.0", "1.0.0", false],
  ["6.0.0", "5.0.0", false],
  ["0.0.1", "0.0.1", true],
  ["0.0.1", "0.0.2", false],
  ["0.3.0-rc-2025-01-01", "0.3.0", false],
  ["0.3.0-rc-1", "0.3.0-rc-1", true],
  [undefined, "1.0.0", true],
])("who wants %s is served by %s: %s", (wanted, offered, compatible) => {
  expect(isCompatibleVersion(wanted, offered)).toBe(compatible);
});

test.each([
  ["place", "place", "Place", "place"],
  ["line-item", "lineItem", "LineItem", "line_item"],
  ["HTTP-request-denied", "httpRequestDenied", "HttpRequestDenied", "HTTP_request_denied"],
  ["get-URL", "getUrl", "GetUrl", "get_URL"],
  ["random-u64", "randomU64", "RandomU64", "random_u64"],
  ["a-1b", "a1b", "A1b", "a_1b"],
])("%s in other spellings", (kebab, camel, pascal, snake) => {
  expect([kebabToCamel(kebab), kebabToPascal(kebab), kebabToSnake(kebab)]).toEqual([camel, pascal, snake]);
});
