/** A component from a world alone: types, and no code. */
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildStub, type StubOptions } from "../../host/component/build/build-component.ts";
import { readBuildRecord, readSources } from "../../host/component/build/sections.ts";
import { digestOf, loadComponent, prepareComponent, readComponentType } from "../../host/component/component.ts";
import { HostError } from "../../host/core/host-error.ts";
import { functionDifference } from "../../host/core/wit/difference.ts";
import { roomy } from "../support/wat.ts";
import { Oracle, Workshop } from "./workshop.ts";

const types = `interface types {
  record order { id: u64, items: list<string>, weight: tuple<f64, f32>, gift: option<bool> }
  variant refusal { execution-failed, permanent-no(list<order>), other(u8) }
  flags rights { read, write }
  enum colour { red, green }
}
`;
const approvals = `interface approvals {
  use types.{order, refusal, rights, colour};
  approve: func(order: order, by: rights, in-colour: colour, a: u64, b: u64, c: u64, d: u64, e: u64) -> result<order, refusal>;
  forget: func() -> result;
}
`;
const wit = `package t:shop@0.1.0;\n${types}${approvals}world clerk { export approvals; }\nworld none { }\n`;

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.remove());

const build = (options: Partial<StubOptions> = {}) =>
  buildStub({ wit: workshop.path("wit"), out: workshop.path("out.wasm"), ...options });

test("has the types of its world, says what it is, and leaves nothing else behind", async () => {
  workshop.put({ "wit/shop.wit": wit });
  const result = await build({ world: "clerk" });
  const bytes = workshop.read("out.wasm");
  expect(result).toMatchObject({ world: "clerk", bytes: bytes.length, digest: digestOf(bytes) });
  expect(readBuildRecord(bytes)).toMatchObject({ engine: "none", world: "clerk" });
  expect(readSources(bytes)).toBeUndefined();
  expect(readdirSync(workshop.folder).toSorted()).toEqual(["out.wasm", "wit"]);

  const { imports, exports } = readComponentType(bytes);
  expect([...imports.values()].flatMap(({ functions }) => [...functions.keys()])).toEqual([]);
  expect([...(exports.get("t:shop/approvals@0.1.0")?.functions.keys() ?? [])].toSorted()).toEqual([
    "approve",
    "forget",
  ]);
});

test("has the same types as a guest that is built from source", async () => {
  workshop.put({
    "wit/shop.wit": wit,
    "guest.js": "export const approvals = { approve: (order) => order, forget() {} };\n",
  });
  await build({ world: "clerk" });
  await workshop.build({ source: "guest.js", world: "clerk", out: "guest.wasm" });
  const functionsOf = (file: string) =>
    readComponentType(workshop.read(file)).exports.get("t:shop/approvals@0.1.0")?.functions ?? new Map<string, never>();
  const [stub, guest] = [functionsOf("out.wasm"), functionsOf("guest.wasm")];
  expect(stub.size).toBe(2);
  for (const [name, type] of guest) {
    const same = stub.get(name);
    expect(same === undefined ? "it is missing" : functionDifference(name, type, same)).toBeUndefined();
  }
});

test("traps, here and elsewhere, should anybody call it", async () => {
  workshop.put({ "wit/shop.wit": wit });
  await build({ world: "clerk" });
  const bytes = workshop.read("out.wasm");
  const loaded = loadComponent(await prepareComponent(bytes));
  const guest = loaded.instantiate(() => undefined, roomy);
  await expect(guest.call("t:shop/approvals@0.1.0", "forget", [])).rejects.toThrow("unreachable");
  const call = await (await Oracle.of(bytes)).instantiate();
  expect(() => call("approvals", "forget")).toThrow("unreachable");
});

test.each<[string, Partial<StubOptions>, RegExp]>([
  ["which of several worlds", {}, /which world is to be built\? there is clerk, none/],
  ["a world that is not there", { world: "clark" }, /has no world clark/],
])("is refused without knowing %s", async (_, options, message) => {
  workshop.put({ "wit/shop.wit": wit });
  const refusal: unknown = await build(options).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(HostError);
  expect(refusal).toMatchObject({ code: "wit-invalid", message: expect.stringMatching(message) as string });
  expect(readdirSync(workshop.folder)).toEqual(["wit"]);
});
