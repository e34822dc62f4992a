import { describe, expect, test } from "vitest";
import type { ComponentKind } from "../../host/core/deployment.ts";
import { extensionFunctions } from "../../host/core/wit/extension.ts";
import type { ComponentType, FunctionType, InterfaceType } from "../../host/core/wit/type.ts";
import { callableInterfaces, checkWorld, type HostOffers, type WorldComponent } from "../../host/core/world.ts";
import { t } from "../support/wit-types.ts";

type Functions = Record<string, FunctionType>;

function interfaces(all: Record<string, Functions>): ReadonlyMap<string, InterfaceType> {
  return new Map(
    Object.entries(all).map(([name, functions]) => [
      name,
      { name, types: new Map(), functions: new Map(Object.entries(functions)) },
    ]),
  );
}

function component(
  kind: ComponentKind,
  exports: Record<string, Functions>,
  imports: Record<string, Functions> = {},
): WorldComponent {
  const type: ComponentType = { exports: interfaces(exports), imports: interfaces(imports) };
  return { name: `the-${kind}`, kind, type };
}

const f = t.func({ n: t.u32 }, t.result(t.u32, t.string));

const offering = (...names: string[]): InterfaceType["functions"] => new Map(names.map((name) => [name, f]));

const host: HostOffers = {
  workflow: new Map([
    ["wasi:io/poll@0.2.0", offering("poll")],
    ["wasi:filesystem/types@0.2.0", offering("[method]descriptor.read")],
    ["obelisk:log/log@1.0.0", offering("info")],
    ["obelisk:workflow/workflow-support@6.0.0", offering("sleep", "random-u64")],
  ]),
  activity: new Map([
    ["wasi:io/poll@0.2.0", offering("poll")],
    ["wasi:http/outgoing-handler@0.2.0", offering("handle")],
    ["wasi:sockets/tcp@0.2.0", offering("f")],
    ["obelisk:log/log@1.0.0", offering("info")],
  ]),
};

const place = t.func({ order: t.record("order", { total: t.u64 }) }, t.result());
const activity = component("activity", { "shop:bank/cards": { charge: f }, "shop:bank/cards@2.0.0": { charge: f } });
const orders = { "shop:bank/orders": { place } };

const approval = component("activity_stub", { "shop:bank/approval": { ask: f } });
const signing = component("activity_exec", { "shop:bank/signing": { sign: f } });
const shipping = component("activity_external", { "shop:bank/shipping": { send: f } }, { "shop:gone/labels": { f } });

/** What the host offers beside functions. */
function beside(kind: "ext" | "schedule" | "stub", functions: Functions): Functions {
  const offered = extensionFunctions(kind, new Map(Object.entries(functions)));
  return Object.fromEntries([...offered].map(([name, { type }]) => [name, type]));
}

const { "charge-submit": chargeSubmit, "charge-get": chargeGet } = beside("ext", { charge: f });

/** The problems of a deployment of one workflow with these imports, and the activity. */
function workflowImporting(imports: Record<string, Functions>): string[] {
  return checkWorld([component("workflow", orders, imports), activity, approval, signing, shipping], host);
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
    ["submitting to an activity", { "shop:bank-obelisk-ext/cards": beside("ext", { charge: f }) }],
    ["some of what is offered beside an activity", { "shop:bank-obelisk-ext/cards": { "charge-get": chargeGet! } }],
    ["scheduling under a version", { "shop:bank-obelisk-schedule/cards@2.0.0": beside("schedule", { charge: f }) }],
    ["what is offered beside its own interface", { "shop:bank-obelisk-ext/orders": beside("ext", { place }) }],
    ["the answer of a stub activity", { "shop:bank-obelisk-stub/approval": beside("stub", { ask: f }) }],
    ["the answer of an external activity", { "shop:bank-obelisk-stub/shipping": beside("stub", { send: f }) }],
    ["calling what a local program runs", { "shop:bank/signing": { sign: f } }],
    ["calling a stub activity", { "shop:bank/approval": { ask: f } }],
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
      "a function of the support with another type",
      { "obelisk:workflow/workflow-support@6.0.0": { sleep: t.func({ n: t.u32 }) } },
      "imports obelisk:workflow/workflow-support@6.0.0 as another than the host offers it: sleep: func(n: u32) against sleep: ",
    ],
    [
      "an extension of what is not there",
      { "shop:bank-obelisk-ext/card": { "charge-submit": f } },
      "imports shop:bank-obelisk-ext/card, but no component of the deployment exports shop:bank/card; did it mean shop:bank/cards?",
    ],
    [
      "what an extension has not",
      { "shop:bank-obelisk-ext/cards": { "charge-sumbit": chargeSubmit! } },
      "imports shop:bank-obelisk-ext/cards.charge-sumbit, which the host does not offer beside shop:bank/cards; did it mean charge-submit?",
    ],
    [
      "an extension of another type",
      { "shop:bank-obelisk-ext/cards": beside("ext", { charge: t.func({ n: t.u64 }, f.result) }) },
      "imports shop:bank-obelisk-ext/cards as another than the host offers it: " +
        "charge-submit: func(join-set: borrow<join-set>, n: u64) -> execution-id " +
        "against charge-submit: func(join-set: borrow<join-set>, n: u32) -> execution-id; n is u64 against u32",
    ],
    [
      "an extension that returns another result",
      { "shop:bank-obelisk-ext/cards": { "charge-get": { ...chargeGet!, result: t.result(t.u32, t.string) } } },
      "result.ok is u32 against result<u32, string>",
    ],
    [
      "an extension of another version",
      { "shop:bank-obelisk-ext/cards@3.0.0": beside("ext", { charge: f }) },
      "no component of the deployment exports shop:bank/cards@3.0.0; there is shop:bank/cards, shop:bank/cards@2.0.0",
    ],
    [
      "the answer of an activity with code",
      { "shop:bank-obelisk-stub/cards": beside("stub", { charge: f }) },
      "imports shop:bank-obelisk-stub/cards.charge-stub, but charge is run by the activity the-activity: " +
        "only a stub or external activity is written to",
    ],
    [
      "the answer of a local program",
      { "shop:bank-obelisk-stub/signing": beside("stub", { sign: f }) },
      "but sign is run by the activity_exec the-activity_exec: only a stub or external activity is written to",
    ],
    [
      "its own answer",
      { "shop:bank-obelisk-stub/orders": beside("stub", { place }) },
      "place is run by the workflow the-workflow",
    ],
    [
      "a mistyped function",
      { "shop:bank/cards": { chrage: f } },
      "imports shop:bank/cards.chrage, which no component of the deployment exports; did it mean charge?",
    ],
    [
      "a version of what has none",
      { "shop:bank/approval@1.0.0": { ask: f } },
      "imports shop:bank/approval@1.0.0, which no component of the deployment exports; there is shop:bank/approval",
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
      "shop:bank-obelisk-ext/orders; an activity can't call other components",
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

  test("what only the host may offer is refused", () => {
    expect(checkWorld([component("activity", { "a:b-obelisk-ext/c": { f } })], host)).toEqual([
      "the-activity: a:b-obelisk-ext/c is exported, which only the host itself may offer",
    ]);
  });

  test("outside of any interface they have no name to be called by, and are passed over", () => {
    const engine = component("workflow", { $root: { init: t.func({}) }, ...orders });
    expect(checkWorld([engine], host)).toEqual([]);
    expect(callableInterfaces(engine.type).map(({ name }) => name)).toEqual(["shop:bank/orders"]);
  });

  test("of WASI are for other hosts, and passed over", () => {
    const run = { "wasi:cli/run@0.2.6": { run: t.func({}, t.result()) } };
    const both = component("workflow", { ...run, "wasi:http/incoming-handler@0.2.3": { handle: f }, ...orders });
    expect(checkWorld([both, component("activity", { ...run, "a:b/c": { f } })], host)).toEqual([]);
    expect(callableInterfaces(both.type).map(({ name }) => name)).toEqual(["shop:bank/orders"]);
    expect(checkWorld([component("activity", run)], host)).toEqual([
      "the-activity exports only wasi:cli/run@0.2.6, which this host does not call; an activity exports an interface of its own, as ns:pkg/ifc",
    ]);
  });
});

test("every problem of every component is named at once", () => {
  const bad = component(
    "workflow",
    { "a:b/c": { f: t.func({}) } },
    { "a:b/d": { f }, "wasi:http/types@0.2.0": { f }, $root: { g: f } },
  );
  const extensions = { "a:b-obelisk-ext/c": { "f-submit": f, "g-submit": f }, "a:b-obelisk-stub/c": { "f-stub": f } };
  const worse = { ...component("workflow", {}, extensions), name: "worse" };
  expect(checkWorld([bad, worse, component("activity", {}, { "a:b/c": { f } })], host)).toHaveLength(8);
});

test("an empty deployment has no problem", () => {
  expect(checkWorld([], host)).toEqual([]);
});
