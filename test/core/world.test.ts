import { describe, expect, test } from "vitest";
import type { ComponentType, FunctionType, InterfaceType } from "../../host/core/wit/type.ts";
import { callableInterfaces, checkWorld, type HostOffers, type WorldComponent } from "../../host/core/world.ts";
import { t } from "../support/wit-types.ts";

type Functions = Record<string, FunctionType>;

function interfaces(all: Record<string, Functions>): ReadonlyMap<string, InterfaceType> {
  return new Map(
    Object.entries(all).map(([name, functions]) => [name, { name, functions: new Map(Object.entries(functions)) }]),
  );
}

function component(
  kind: "workflow" | "activity",
  exports: Record<string, Functions>,
  imports: Record<string, Functions> = {},
): WorldComponent {
  const type: ComponentType = { exports: interfaces(exports), imports: interfaces(imports) };
  return { name: `the-${kind}`, kind, type };
}

const host: HostOffers = {
  workflow: new Map<string, ReadonlySet<string> | "any">([
    ["wasi:io/poll@0.2.0", "any"],
    ["wasi:filesystem/types@0.2.0", "any"],
    ["obelisk:log/log@1.0.0", "any"],
    ["obelisk:workflow/workflow-support@6.0.0", new Set(["sleep", "random-u64"])],
  ]),
  activity: new Map([
    ["wasi:io/poll@0.2.0", "any"],
    ["wasi:http/outgoing-handler@0.2.0", "any"],
    ["wasi:sockets/tcp@0.2.0", "any"],
    ["obelisk:log/log@1.0.0", "any"],
  ]),
};

const f = t.func({ n: t.u32 }, t.result(t.u32, t.string));
const place = t.func({ order: t.record("order", { total: t.u64 }) }, t.result());
const activity = component("activity", { "shop:bank/cards": { charge: f }, "shop:bank/cards@2.0.0": { charge: f } });
const orders = { "shop:bank/orders": { place } };

/** The problems of a deployment of one workflow with these imports, and the activity. */
function workflowImporting(imports: Record<string, Functions>): string[] {
  return checkWorld([component("workflow", orders, imports), activity], host);
}

describe("a workflow's imports", () => {
  test.each<[string, Record<string, Functions>]>([
    ["an activity's interface", { "shop:bank/cards": { charge: f } }],
    ["the same under a version of its own", { "shop:bank/cards@2.0.0": { charge: f } }],
    ["its own interface", orders],
    ["types alone, of anyone's", { "shop:gone/types": {} }],
    ["WASI of the version offered", { "wasi:io/poll@0.2.0": { poll: f } }],
    ["WASI of another patch", { "wasi:io/poll@0.2.11": { poll: f } }],
    ["files, though there are none", { "wasi:filesystem/types@0.2.6": { "[method]descriptor.read": f } }],
    ["the log with a version", { "obelisk:log/log@1.0.0": { info: f } }],
    ["the log without one", { "obelisk:log/log": { info: f } }],
    ["some of the support", { "obelisk:workflow/workflow-support@6.0.0": { sleep: f } }],
    ["an extension of an activity", { "shop:bank-obelisk-ext/cards": { "charge-submit": f } }],
    ["an extension under a version", { "shop:bank-obelisk-schedule/cards@2.0.0": { "charge-schedule": f } }],
  ])("may be %s", (_, imports) => {
    expect(workflowImporting(imports)).toEqual([]);
  });

  test.each<[string, Record<string, Functions>, string]>([
    [
      "what nobody exports",
      { "shop:bank/card": { charge: f } },
      "the workflow the-workflow imports shop:bank/card, which no component of the deployment exports; did it mean shop:bank/cards?",
    ],
    [
      "another version",
      { "shop:bank/cards@1.0.0": { charge: f } },
      "imports shop:bank/cards@1.0.0, which no component of the deployment exports",
    ],
    [
      "another function",
      { "shop:bank/cards": { charge: f, refund: f } },
      "the workflow the-workflow imports shop:bank/cards.refund, which no component of the deployment exports",
    ],
    [
      "another type",
      { "shop:bank/cards": { charge: t.func({ n: t.u64 }, f.result) } },
      "imports shop:bank/cards as another than the-activity exports: charge: func(n: u64) -> result<u32, string> " +
        "against charge: func(n: u32) -> result<u32, string>; n is u64 against u32",
    ],
    [
      "HTTP",
      { "wasi:http/outgoing-handler@0.2.3": { handle: f } },
      "the workflow the-workflow imports wasi:http/outgoing-handler@0.2.3, which only an activity may",
    ],
    ["sockets", { "wasi:sockets/tcp@0.2.3": { f } }, "wasi:sockets/tcp@0.2.3, which only an activity may"],
    ["another WASI", { "wasi:io/poll@0.3.0": { f } }, "wasi:io/poll@0.3.0, but this host offers wasi:io/poll@0.2.0"],
    ["an unknown WASI", { "wasi:gpu/gpu@0.2.0": { f } }, "wasi:gpu/gpu@0.2.0, which this host does not offer"],
    [
      "an older support",
      { "obelisk:workflow/workflow-support@5.0.0": { sleep: f } },
      "but this host offers obelisk:workflow/workflow-support@6.0.0",
    ],
    [
      "a function that the support has not",
      { "obelisk:workflow/workflow-support@6.0.0": { sleep: f, dance: f } },
      "imports obelisk:workflow/workflow-support@6.0.0.dance, which this host does not offer",
    ],
    [
      "an extension of what is not there",
      { "shop:bank-obelisk-ext/card": { "charge-submit": f } },
      "imports shop:bank-obelisk-ext/card, but no component of the deployment exports shop:bank/card; did it mean shop:bank/cards?",
    ],
    ["a function outside of any interface", { $root: { init: f } }, "imports init outside of any interface"],
  ])("may not be %s", (_, imports, problem) => {
    const problems = workflowImporting(imports);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});

describe("an activity's imports", () => {
  test.each<[string, Record<string, Functions>, string | undefined]>([
    ["HTTP", { "wasi:http/outgoing-handler@0.2.3": { handle: f } }, undefined],
    ["types of another component", { "shop:bank/orders": {} }, undefined],
    [
      "another component",
      { "shop:bank/orders": { place } },
      "shop:bank/orders; an activity can't call other components",
    ],
    [
      "what workflows have",
      { "obelisk:workflow/workflow-support@6.0.0": { sleep: f } },
      "obelisk:workflow/workflow-support@6.0.0, which only a workflow may",
    ],
    [
      "an extension",
      { "shop:bank-obelisk-ext/orders": { f } },
      "shop:bank-obelisk-ext/orders, which only a workflow may",
    ],
  ])("%s", (_, imports, problem) => {
    const problems = checkWorld([component("workflow", orders), component("activity", {}, imports)], host);
    expect(problems).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
  });
});

describe("exports", () => {
  test("each function must be one that can fail", () => {
    const bad = component("workflow", { "a:b/c@1.0.0": { bare: t.func({}, t.u32), fine: f, none: t.func({}) } });
    expect(checkWorld([bad], host)).toEqual([
      expect.stringContaining("the-workflow: a:b/c@1.0.0.bare returns u32; a workflow or activity returns result"),
      expect.stringContaining("the-workflow: a:b/c@1.0.0.none returns nothing; "),
    ]);
  });

  test("no two components may export one function", () => {
    const one = { ...component("activity", { "a:b/c": { f, g: f } }), name: "one" };
    const two = { ...component("activity", { "a:b/c": { f, h: f } }), name: "two" };
    expect(checkWorld([one, two], host)).toEqual(["a:b/c.f is exported by one and by two"]);
  });

  test("outside of any interface they have no name to be called by, and are passed over", () => {
    const engine = component("workflow", { $root: { init: t.func({}) }, ...orders });
    expect(checkWorld([engine], host)).toEqual([]);
    expect(callableInterfaces(engine.type).map(({ name }) => name)).toEqual(["shop:bank/orders"]);
  });
});

test("every problem of every component is named at once", () => {
  const bad = component(
    "workflow",
    { "a:b/c": { f: t.func({}) } },
    { "a:b/d": { f }, "wasi:http/types@0.2.0": { f }, $root: { g: f } },
  );
  expect(checkWorld([bad, component("activity", {}, { "a:b/c": { f } })], host)).toHaveLength(5);
});

test("an empty deployment has no problem", () => {
  expect(checkWorld([], host)).toEqual([]);
});
