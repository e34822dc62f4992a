import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, beforeAll, describe, expect, test } from "vitest";
import { loadComponent, prepareComponent, readComponentType } from "../../host/component/component.ts";
import { hostFunction } from "../../host/component/run/host-function.ts";
import { ActivityWasi } from "../../host/component/wasi/activity-wasi.ts";
import { GuestScope } from "../../host/component/wasi/guest-scope.ts";
import { HttpClient } from "../../host/component/wasi/http-client.ts";
import { HttpGate } from "../../host/component/wasi/http-gate.ts";
import { AttemptSecrets } from "../../host/component/wasi/http-secrets.ts";
import { workflowWasi } from "../../host/component/wasi/workflow-wasi.ts";
import { defaultLimitsOf } from "../../host/core/deployment.ts";
import type { ExecutionId, Millis } from "../../host/core/ids.ts";
import type { ComponentType, FunctionType, InterfaceType } from "../../host/core/wit/type.ts";
import { checkWorld } from "../../host/core/world.ts";
import { hostOffers } from "../../host/offers.ts";
import { GuestTrap, type HostImports } from "../../host/ports/components.ts";
import { boundless } from "../support/probe-guest.ts";
import { newestWasi, wasiImporter, wasiInterfaces } from "../support/wasi-worlds.ts";
import { component, roomy } from "../support/wat.ts";

type Kind = "workflow" | "activity";

interface Listed {
  readonly interfaceName: string;
  readonly functionName: string;
  readonly since: string;
}

const listed: readonly Listed[] = readFileSync(join(import.meta.dirname, "functions.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [, interfaceName = "", functionName = "", since = ""] = /^([^.]+)\.(\S+) (\S+)$/.exec(line) ?? [];
    return { interfaceName, functionName, since };
  });

/** What is refused by design, by the beginning of its name. */
const refusals: readonly { readonly of: string; readonly to: readonly Kind[]; readonly because: string }[] = [
  { of: "wasi:cli/run", to: ["workflow", "activity"], because: "a command exports it" },
  { of: "wasi:http/incoming-handler", to: ["workflow", "activity"], because: "a server exports it" },
  {
    of: "wasi:http/",
    to: ["workflow"],
    because: "a workflow reaches others by activities, whose results are journaled",
  },
  {
    of: "wasi:sockets/",
    to: ["workflow"],
    because: "a workflow reaches others by activities, whose results are journaled",
  },
];

const kinds: readonly Kind[] = ["workflow", "activity"];

const imports: Readonly<Record<Kind, HostImports>> = {
  workflow: workflowWasi({ id: "E_1" as ExecutionId, now: 0 as Millis, log: () => undefined }),
  activity: new ActivityWasi({
    scope: new GuestScope(() => undefined),
    log: () => undefined,
    http: {
      client: new HttpClient(),
      component: "coverage",
      gate: new HttpGate({ allowedHosts: [], operatorHosts: undefined }),
      secrets: new AttemptSecrets([]),
      limits: defaultLimitsOf("activity"),
      memory: boundless,
    },
    variables: [],
    input: "",
    folder: undefined,
  }).imports,
};

/** What a component of this kind may import by design. */
const offered = (kind: Kind) =>
  wasiInterfaces.filter((name) => !refusals.some(({ of, to }) => name.startsWith(of) && to.includes(kind)));

function problems(kind: Kind, type: ComponentType): readonly string[] {
  return checkWorld([{ name: "it", kind, type }], hostOffers);
}

let wasi: ComponentType;

beforeAll(async () => {
  wasi = readComponentType(await wasiImporter(wasiInterfaces, newestWasi));
});

/** A component that imports this alone. */
function importing(name: string, functionName: string, type: FunctionType): ComponentType {
  const only: InterfaceType = { name, types: new Map(), functions: new Map([[functionName, type]]) };
  return { imports: new Map([[name, only]]), exports: new Map() };
}

function typeOf({ interfaceName, functionName }: Listed): FunctionType {
  const type = wasi.imports.get(`${interfaceName}@${newestWasi}`)?.functions.get(functionName);
  assert(type !== undefined, `${interfaceName}.${functionName} is in no WIT`);
  return type;
}

/** A component that subscribes to the clock of each version and waits for what that version gave it. */
function waitingUnder(...versions: readonly string[]): string {
  const parts = versions.map(
    (version, i) => `
      (import "wasi:io/poll@${version}" (instance $poll${i}
        (export "pollable" (type (sub resource)))
        (export "[method]pollable.block" (func (param "self" (borrow 0))))))
      (alias export $poll${i} "pollable" (type $pollable${i}))
      (import "wasi:clocks/monotonic-clock@${version}" (instance $clock${i}
        (alias outer 1 $pollable${i} (type (;0;)))
        (export "pollable" (type (eq 0)))
        (export "subscribe-duration" (func (param "when" u64) (result (own 1))))))
      (core func $block${i} (canon lower (func $poll${i} "[method]pollable.block")))
      (core func $subscribe${i} (canon lower (func $clock${i} "subscribe-duration")))`,
  );
  const each = (text: (i: number) => string) => versions.map((_, i) => text(i)).join("\n");
  return `${parts.join("")}
    (core module $m
      ${each((i) => `(import "" "subscribe${i}" (func $subscribe${i} (param i64) (result i32)))`)}
      ${each((i) => `(import "" "block${i}" (func $block${i} (param i32)))`)}
      (func (export "wait") (result i32)
        ${each((i) => `(call $block${i} (call $subscribe${i} (i64.const 0)))`)}
        i32.const 0))
    (core instance $i (instantiate $m (with "" (instance
      ${each((i) => `(export "subscribe${i}" (func $subscribe${i})) (export "block${i}" (func $block${i}))`)}))))
    (func $wait (result (result)) (canon lift (core func $i "wait")))
    (instance $c (export "wait" (func $wait)))
    (export "a:b/c" (instance $c))`;
}

test("the list has all functions of WASI", () => {
  const all = [...wasi.imports.values()].flatMap(({ name, functions }) =>
    [...functions.keys()].map((own) => `${name.replace(/@.*/, "")}.${own}`),
  );
  expect(listed.map(({ interfaceName, functionName }) => `${interfaceName}.${functionName}`).toSorted()).toEqual(
    all.toSorted(),
  );
});

describe.each(kinds)("%s", (kind) => {
  test("each function is offered, with its type, or refused by design", () => {
    for (const each of listed) {
      const { interfaceName, functionName, since } = each;
      const name = `${interfaceName}@${since === "unstable" ? newestWasi : since}`;
      const refusal = refusals.find(({ of, to }) => interfaceName.startsWith(of) && to.includes(kind));
      const expected = refusal === undefined ? [] : [expect.stringContaining(name)];
      const found = problems(kind, importing(name, functionName, typeOf(each)));
      expect(found, refusal?.because ?? `${name}.${functionName}`).toEqual(expected);
      const get = () => hostFunction(interfaceName, functionName, imports[kind](name));
      if (refusal === undefined) expect(get()).toBeTypeOf("function");
    }
  });

  test.each(["0.2.0", "0.2.6", newestWasi, "0.2.99"])("all of it is linked under version %s", async (version) => {
    const bytes = await wasiImporter(offered(kind), version);
    expect(problems(kind, readComponentType(bytes))).toEqual([]);
    const loaded = loadComponent(await prepareComponent(bytes));
    expect([...loaded.type.imports.keys()].toSorted()).toEqual(
      offered(kind)
        .map((name) => `${name}@${version}`)
        .toSorted(),
    );
    const guest = loaded.instantiate(imports[kind], roomy);
    await expect(guest.call("test:importer/answers", "run", [])).rejects.toThrow(GuestTrap);
  });

  test("versions stand side by side in one component, as where components are composed", async () => {
    const bytes = await component(waitingUnder("0.2.0", "0.2.6", "0.2.99"));
    expect(problems(kind, readComponentType(bytes))).toEqual([]);
    const guest = loadComponent(await prepareComponent(bytes)).instantiate(imports[kind], roomy);
    expect(await guest.call("a:b/c", "wait", [])).toEqual({ tag: "ok" });
  });

  test("a function that the host lacks is refused by its name, whatever the version", () => {
    const type = typeOf({ interfaceName: "wasi:cli/exit", functionName: "exit-with-code", since: "" });
    expect(problems(kind, importing("wasi:cli/exit@0.2.99", "exit-with-cod", type))).toEqual([
      `the ${kind} it imports wasi:cli/exit@0.2.99.exit-with-cod, which this host does not offer; did it mean exit-with-code?`,
    ]);
    for (const name of ["__proto__", "constructor", "to-string", "[method]error.constructor"]) {
      expect(problems(kind, importing("wasi:io/error@0.2.0", name, type))).toHaveLength(1);
    }
  });

  test("a method is refused that takes one resource for another", () => {
    const read = { interfaceName: "wasi:io/streams", functionName: "[method]input-stream.skip", since: "0.2.0" };
    const [, ...others] = typeOf(read).params;
    const self = { name: "self", type: { kind: "borrow", resource: { name: "pollable" } } } as const;
    const forged = { ...typeOf(read), params: [self, ...others] };
    expect(problems(kind, importing("wasi:io/streams@0.2.0", read.functionName, forged))).toEqual([
      expect.stringContaining("self is borrow<pollable> against borrow<input-stream>"),
    ]);
  });

  test("a function of another type than WASI's is refused", () => {
    const forged = { params: [], result: { kind: "string" } } as const;
    expect(problems(kind, importing("wasi:random/random@0.2.3", "get-random-u64", forged))).toEqual([
      expect.stringContaining("get-random-u64: func() -> string against get-random-u64: func() -> u64"),
    ]);
  });
});

test.each(["[constructor]outgoing-response", "[static]response-outparam.set"])(
  "what a server would call traps: %s",
  (functionName) => {
    const called = hostFunction("wasi:http/types", functionName, imports.activity("wasi:http/types@0.2.0"));
    expect(() => called({})).toThrow(GuestTrap);
  },
);

test("a server's component has all of the server's side to import, and nobody to call it", async () => {
  const server = await wasiImporter(["wasi:http/types"], "0.2.3", "wasi:http/incoming-handler@0.2.3");
  expect(problems("activity", readComponentType(server))).toEqual([
    "it exports only wasi:http/incoming-handler@0.2.3, which this host does not call; an activity exports an interface of its own, as ns:pkg/ifc",
  ]);
});
