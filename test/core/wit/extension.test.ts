import { describe, expect, test } from "vitest";
import { extensionInterfaceName, parseExtensionName } from "../../../host/core/names.ts";
import { authorPackages } from "../../../host/core/wit/author-packages.ts";
import { extensionFunctions } from "../../../host/core/wit/extension.ts";
import { signatureText } from "../../../host/core/wit/text.ts";
import type { ComponentType, FunctionType, InterfaceType, WitType } from "../../../host/core/wit/type.ts";
import { t } from "../../support/wit-types.ts";

const fault = t.variant("fault", { "execution-failed": undefined, refused: t.string });
const order = t.record("order", { id: t.u64 });

function offered(kind: "ext" | "schedule" | "stub", functions: Record<string, FunctionType>): string[] {
  const all = extensionFunctions(kind, new Map(Object.entries(functions)));
  return [...all].map(([name, { type }]) => signatureText(name, type));
}

describe("beside a function the host offers", () => {
  const place = t.func({ order, urgent: t.bool }, t.result(t.u32, fault));

  test("to submit it to a join set, to await it there, and to get its result again", () => {
    expect(offered("ext", { place })).toEqual([
      "place-submit: func(join-set: borrow<join-set>, order: order, urgent: bool) -> execution-id",
      "place-await-next: func(join-set: borrow<join-set>) -> result<result<u32, fault>, await-next-extension-error>",
      "place-get: func(execution-id: execution-id) -> result<result<u32, fault>, get-extension-error>",
    ]);
  });

  test("to schedule it", () => {
    expect(offered("schedule", { place })).toEqual([
      "place-schedule: func(schedule-at: schedule-at, order: order, urgent: bool) -> execution-id",
    ]);
  });

  test("to write its result", () => {
    expect(offered("stub", { place })).toEqual([
      "place-stub: func(execution-id: execution-id, execution-result: result<u32, fault>) -> result<_, stub-error>",
    ]);
  });

  test("the same for a function without parameters, and a bare result", () => {
    expect(offered("ext", { ping: t.func({}, t.result()) })).toEqual([
      "ping-submit: func(join-set: borrow<join-set>) -> execution-id",
      "ping-await-next: func(join-set: borrow<join-set>) -> result<result, await-next-extension-error>",
      "ping-get: func(execution-id: execution-id) -> result<result, get-extension-error>",
    ]);
  });

  test("a parameter of the same name keeps it", () => {
    const f = t.func({ "join-set": t.u32, "schedule-at": t.u32, "schedule-at-a": t.u32 }, t.result());
    expect(offered("ext", { f })[0]).toMatch(/^f-submit: func\(join-set-a: borrow<join-set>, join-set: u32, /);
    expect(offered("schedule", { f })[0]).toMatch(/^f-schedule: func\(schedule-at-a-a: schedule-at, join-set: u32, /);
  });

  test("each knows the function that it belongs to", () => {
    const all = extensionFunctions("ext", new Map(Object.entries({ "a-get": place, a: place })));
    expect([...all].map(([name, { of, role }]) => [name, of, role])).toEqual([
      ["a-get-submit", "a-get", "submit"],
      ["a-get-await-next", "a-get", "await-next"],
      ["a-get-get", "a-get", "get"],
      ["a-submit", "a", "submit"],
      ["a-await-next", "a", "await-next"],
      ["a-get", "a", "get"],
    ]);
  });
});

test.each(["a:b/c", "a:b/c@1.2.0", "a:b-c/d-e@1.0.0-rc.1"])("%s has extensions whose names lead back to it", (base) => {
  for (const kind of ["ext", "schedule", "stub"] as const) {
    expect(parseExtensionName(extensionInterfaceName({ kind, base }))).toEqual({ kind, base });
  }
});

type Interfaces = Record<string, { types?: Record<string, WitType>; functions?: Record<string, FunctionType> }>;

function interfaces(all: Interfaces): ReadonlyMap<string, InterfaceType> {
  return new Map(
    Object.entries(all).map(([name, { types = {}, functions = {} }]) => [
      name,
      { name, types: new Map(Object.entries(types)), functions: new Map(Object.entries(functions)) },
    ]),
  );
}

function typeOf(exports: Interfaces, imports: Interfaces = {}): ComponentType {
  return { exports: interfaces(exports), imports: interfaces(imports) };
}

describe("what an author writes against", () => {
  const f = t.func({ order }, t.result(t.u32, t.string));
  const shop = typeOf({ "shop:bank/cards@1.0.0": { types: { order }, functions: { f } } });
  const names = (of: readonly { name: string }[]) => of.map(({ name }) => name);

  test("are the interfaces that are exported, and what the host offers beside them", () => {
    const { bases, extensions } = authorPackages([{ kind: "activity", type: shop }]);
    expect(names(bases)).toEqual(["shop:bank@1.0.0"]);
    expect(names(extensions)).toEqual(["shop:bank-obelisk-ext@1.0.0", "shop:bank-obelisk-schedule@1.0.0"]);
    expect(extensions[1]?.text).toBe(`package shop:bank-obelisk-schedule@1.0.0;

interface cards {
    use obelisk:types/time@5.0.0.{schedule-at};
    use shop:bank/cards@1.0.0.{order};
    use obelisk:types/execution@5.0.0.{execution-id};

    f-schedule: func(schedule-at: schedule-at, order: order) -> execution-id;
}
`);
  });

  test.each(["activity_stub", "activity_external"] as const)("an %s can be written to", (kind) => {
    const [, , stub] = authorPackages([{ kind, type: shop }]).extensions;
    expect(stub?.name).toBe("shop:bank-obelisk-stub@1.0.0");
    expect(stub?.text).toContain(
      "f-stub: func(execution-id: execution-id, execution-result: result<u32, string>) -> result<_, stub-error>;",
    );
  });

  test("are several versions side by side", () => {
    const type = typeOf({ "a:b/c": { functions: { f } }, "a:b/c@1.0.0": { functions: { f } } });
    const homed = typeOf({ "a:b/types": { types: { order } } });
    const components = [homed, type].map((one) => ({ kind: "workflow", type: one }) as const);
    expect(names(authorPackages(components).bases)).toEqual(["a:b", "a:b@1.0.0"]);
  });

  test("are not their own packages", () => {
    const { bases, extensions } = authorPackages([{ kind: "activity", type: shop }], new Set(["shop:bank@1.0.0"]));
    expect([...bases, ...extensions]).toEqual([]);
  });

  test("are the types that an interface uses of others, and no more of these", () => {
    const unused = t.enum("unused", "a");
    const type = typeOf(
      { "shop:bank/cards": { types: { order }, functions: { f } } },
      { "shop:words/types": { types: { order } }, "shop:words/other": { types: { unused } }, "wasi:io/poll@0.2.0": {} },
    );
    const { bases } = authorPackages([{ kind: "activity", type }]);
    expect(bases.map(({ text }) => text)).toEqual([
      "package shop:bank;\n\ninterface cards {\n    use shop:words/types.{order};\n\n" +
        "    f: func(order: order) -> result<u32, string>;\n}\n",
      "package shop:words;\n\ninterface types {\n    record order {\n        id: u64,\n    }\n}\n",
    ]);
  });

  test("have a type under another name where its own is taken", () => {
    const own = t.record("execution-id", { a: t.u8 });
    const g = t.func({ own }, t.result(order, t.string));
    const type = typeOf({ "a:b/c": { types: { "execution-id": own, "g-submit": order }, functions: { g } } });
    const [ext] = authorPackages([{ kind: "activity", type }]).extensions;
    expect(ext?.text).toContain("use a:b/c.{execution-id, g-submit as g-submit-a};");
    expect(ext?.text).toContain("use obelisk:types/execution@5.0.0.{execution-id as execution-id-a, ");
    expect(ext?.text).toContain("own: execution-id) -> execution-id-a;");
  });

  test.each<[string, ComponentType[], string]>([
    [
      "do not agree on a type",
      [shop, typeOf({ "shop:bank/cards@1.0.0": { types: { order: t.enum("order", "a") } } })],
      "the components do not agree on what the type shop:bank/cards@1.0.0.order is",
    ],
    [
      "have a type that nobody names",
      [typeOf({ "a:b/c": { functions: { f } } })],
      "a:b/c holds order, which no interface names",
    ],
    [
      "define a resource",
      [
        typeOf({
          "a:b/c": { types: { file: { kind: "own", resource: { name: "file" } } }, functions: { f: t.func({}) } },
        }),
      ],
      "a:b/c defines the resource file, which lives within one instance",
    ],
  ])("are refused of components that %s", (_, types, problem) => {
    expect(() => authorPackages(types.map((type) => ({ kind: "activity", type })))).toThrow(problem);
  });
});
