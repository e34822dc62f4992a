/** What `stele wit` writes is read by the tools that authors have, and means what the components say. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as fc from "fast-check";
import { afterEach, assert, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildGuest, guestFile } from "../../components/guests.ts";
import { worldType } from "../../host/component/build/build-component.ts";
import { readComponentType } from "../../host/component/component.ts";
import { isReservedInterface, parseExtensionName } from "../../host/core/names.ts";
import { authorPackages } from "../../host/core/wit/author-packages.ts";
import { functionDifference, sameType } from "../../host/core/wit/difference.ts";
import { obeliskTypes } from "../../host/core/wit/obelisk-types.ts";
import { partsOf } from "../../host/core/wit/parts.ts";
import { steleWorkflowTypes } from "../../host/core/wit/stele-workflow.ts";
import type { ComponentType, FunctionType, WitType } from "../../host/core/wit/type.ts";
import { checkWorld, type WorldComponent } from "../../host/core/world.ts";
import { hostOffers } from "../../host/offers.ts";
import { Workshop } from "../build/workshop.ts";
import { t, types } from "../support/wit-types.ts";

const bin = resolve(import.meta.dirname, "../../bin/stele.js");

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.remove());

function stele(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], { cwd: workshop.folder, encoding: "utf8" });
}

const imports = (names: readonly string[]) => names.map((name) => `  import ${name};\n`).join("");
/** What is exported is read whole; of what is imported, the types that nobody uses are left out. */
const exports = (names: readonly string[]) => names.map((name) => `  export ${name};\n`).join("");

describe("the guests' deployment", () => {
  const guests = ["workflow", "child-workflow", "activity", "tiny-activity"] as const;
  let deployed: WorldComponent[];

  beforeAll(async () => {
    for (const name of guests) await buildGuest(name);
    deployed = guests.map((name) => ({
      name,
      kind: name.includes("workflow") ? "workflow" : "activity",
      type: readComponentType(readFileSync(guestFile(name))),
    }));
  });
  beforeEach(() => {
    const tables = guests.map(
      (name) =>
        `[[${name.includes("workflow") ? "workflow" : "activity"}_wasm]]\nname = "${name}"\nlocation = ${JSON.stringify(guestFile(name))}\n`,
    );
    workshop.put({ "deployment.toml": tables.join("") });
  });

  const exported = () =>
    deployed
      .flatMap(({ type }) => [...type.exports.keys()])
      .filter((name) => !isReservedInterface(name) && name !== "$root");
  const offered = () =>
    exported().flatMap((name) => ["ext", "schedule"].map((kind) => name.replace("/", `-obelisk-${kind}/`)));

  test("a world that imports all that is written for it fits the deployment, function by function", async () => {
    expect(stele("wit", "deps", "-d", "deployment.toml", "-o", "wit/deps")).toMatchObject({ status: 0, stderr: "" });
    const names = [...exported(), ...offered()];
    workshop.put({
      "wit/world.wit": `package an:author;\nworld author {\n${imports([...names, "obelisk:workflow/workflow-support@6.0.0"])}}\n`,
    });
    const type = await worldType({ wit: workshop.path("wit"), world: "author" });
    const author = { name: "author", kind: "workflow", type } as const;
    expect(checkWorld([...deployed, author], hostOffers)).toEqual([]);
    for (const name of names) expect(type.imports.get(name)?.functions.size, name).toBeGreaterThan(0);
    for (const { type: theirs } of deployed) {
      for (const [name, { functions, types: named }] of theirs.exports) {
        expect([...(type.imports.get(name)?.functions.keys() ?? [])]).toEqual([...functions.keys()]);
        expect([...(type.imports.get(name)?.types.keys() ?? [])]).toEqual([...named.keys()]);
      }
    }
  });

  test("a workflow is built against what stele wit ext writes beside the base", () => {
    expect(stele("wit", "deps", "-d", "deployment.toml", "-o", "wit/deps").status).toBe(0);
    workshop.put({
      "wit/world.wit": `package an:author;
interface flow { twice: func(text: string) -> result<string, string>; }
world author {
  import obelisk:workflow/workflow-support@6.0.0;
  import test:guests-obelisk-ext/activities@0.1.0;
  export flow;
}
`,
      "flow.ts": `import { joinSetCreate } from "obelisk:workflow/workflow-support@6.0.0";
import { echoAwaitNext, echoSubmit } from "test:guests-obelisk-ext/activities@0.1.0";
export const flow = {
  twice(text: string): string {
    const set = joinSetCreate();
    echoSubmit(set, text);
    const next = echoAwaitNext(set);
    if (next.tag === "err") throw next.val;
    return next.val + next.val;
  },
};
`,
    });
    expect(stele("build", "flow.ts", "--wit", "wit", "-o", "flow.wasm")).toMatchObject({ status: 0 });
    const type = readComponentType(workshop.read("flow.wasm"));
    expect([...type.imports.keys()].map(parseExtensionName).filter((name) => name !== undefined)).toEqual([
      { kind: "ext", base: "test:guests/activities@0.1.0" },
    ]);
    expect(checkWorld([...deployed, { name: "flow", kind: "workflow", type }], hostOffers)).toEqual([]);
  });

  test("ext alone is printed, and is JSON where that is wanted", () => {
    const printed = stele("wit", "ext", "-d", "deployment.toml");
    const files = JSON.parse(stele("wit", "ext", "-d", "deployment.toml", "--json").stdout) as {
      path: string;
      text: string;
    }[];
    expect(files.map(({ path }) => path)).toEqual([
      "bench-tiny-obelisk-ext@0.1.0.wit",
      "bench-tiny-obelisk-schedule@0.1.0.wit",
      "test-guests-obelisk-ext@0.1.0.wit",
      "test-guests-obelisk-schedule@0.1.0.wit",
    ]);
    for (const { path, text } of files) expect(printed.stdout).toContain(`// ${path}\n${text}`);
  });

  test("the package that the folder is in is left out, with what is beside it", () => {
    workshop.put({ "wit/own.wit": "package test:guests@0.1.0;\n" });
    const { stdout } = stele("wit", "deps", "-d", "deployment.toml", "-o", "wit/deps");
    expect(stdout).not.toContain("test-guests");
    expect(stdout).toContain("wit/deps/bench-tiny@0.1.0.wit\n");
  });

  test("what has not been built is passed over, and said", () => {
    const more = `${workshop.read("deployment.toml").toString()}[[workflow_wasm]]\nname = "mine"\nlocation = "mine.wasm"\n`;
    workshop.put({ "more.toml": more, "mine.toml": more.slice(more.lastIndexOf("[[")) });
    expect(stele("wit", "ext", "-d", "more.toml")).toMatchObject({
      status: 0,
      stderr: "note: mine has not been built, so nothing is written for it\n",
    });
    expect(stele("wit", "ext", "-d", "mine.toml")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("mine.wasm can't be read") as string,
    });
  });
});

describe("the host's own packages", () => {
  test("are written as they are in wit/", () => {
    const { stdout, status } = stele("wit", "support", "-o", "support");
    expect(status).toBe(0);
    const paths = stdout.trimEnd().split("\n");
    expect(paths).toContain("support/obelisk-types@5.0.0/types.wit");
    for (const path of paths) {
      const original = join(import.meta.dirname, "../../wit", path.replace("support/", ""));
      expect(workshop.read(path).toString()).toBe(readFileSync(original, "utf8"));
    }
  });

  test("are what deployments are checked against, in all their functions and types", async () => {
    const support = "obelisk:workflow/workflow-support@6.0.0";
    const log = "obelisk:log/log@1.0.0";
    const names = [...obeliskTypes.map(({ name }) => name), support, log, ...Object.keys(steleWorkflowTypes)];
    workshop.put({ "wit/world.wit": `package a:b;\nworld w {\n${exports(names)}}\n` });
    const read = await worldType({ wit: workshop.path("wit"), world: "w" });
    for (const { name, types: ours } of obeliskTypes) {
      const theirs = read.exports.get(name)!.types;
      expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
      for (const [typeName, type] of ours) expect(sameType(theirs.get(typeName)!, type), typeName).toBe(true);
    }
    for (const name of names) {
      const theirs = read.exports.get(name)!.functions;
      const ours = hostOffers.workflow.get(name);
      assert(ours !== undefined);
      expect([...theirs.keys()].toSorted()).toEqual([...ours.keys()].toSorted());
      for (const [functionName, type] of theirs) {
        expect(functionDifference(functionName, ours.get(functionName)!, type)).toBeUndefined();
      }
    }
  });
});

test("--help shows an example for each part", () => {
  for (const part of [[], ["ext"], ["support"], ["deps"]]) {
    const { status, stdout } = stele("wit", ...part, "--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(/Example: stele wit \w+/);
  }
});

test.each([[[]], [["frobnicate"]], [["ext"]], [["ext", "--frobnicate"]], [["deps", "-d", "nowhere.toml"]]])(
  "stele wit %j is wrong usage",
  (args) => {
    const { status, stderr } = stele("wit", ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/error:|Usage:/);
  },
);

test("a folder that can't be written is said", () => {
  workshop.put({ file: "" });
  expect(stele("wit", "support", "-o", "file/deps")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("can't be written") as string,
  });
});

describe("WIT of any types", () => {
  test("is read again as what it was", async () => {
    const samples = fc.sample(types(3), { numRuns: 150, seed: 20_260_301 }).map(withoutLengths);
    const named = new Map<string, WitType>();
    for (const type of samples) nameAll(type, named);
    const functions = new Map<string, FunctionType>(
      samples.map((type, i) => [`f${i}`, t.func({ use: type, list: t.list(type) }, t.result(type, t.string))]),
    );
    await expectRoundTrip({ name: "any:types/shapes@1.0.0", types: named, functions });
  });

  test("aliases, keywords and names that are taken keep their meaning", async () => {
    const ids = t.list(t.u32);
    const record = t.record("record", { type: t.u8, from: t.option(ids), "HTTP-status": t.u32 });
    const list = t.enum("list", "own", "borrow", "async", "plain");
    const executionId = t.flags("execution-id", "use", "include");
    await expectRoundTrip({
      name: "any:names/interface",
      types: new Map<string, WitType>([
        ["ids", ids],
        ["again", ids],
        ["count", t.u32],
        ["record", record],
        ["list", list],
        ["execution-id", executionId],
        ["f-submit", record],
        ["twin", record],
      ]),
      functions: new Map([
        ["f", t.func({ record, "join-set": list, export: executionId }, t.result(ids, t.string))],
        ["import", t.func({ count: t.u32 }, t.result())],
      ]),
    });
  });

  /** Writes an interface and all that is beside it, and reads it as an author's world has it. */
  async function expectRoundTrip(of: {
    readonly name: string;
    readonly types: ReadonlyMap<string, WitType>;
    readonly functions: ReadonlyMap<string, FunctionType>;
  }): Promise<void> {
    const type: ComponentType = { imports: new Map(), exports: new Map([[of.name, of]]) };
    const stubs: WorldComponent = { name: "stubs", kind: "activity_stub", type };
    const { bases, extensions } = authorPackages([stubs]);
    for (const { name, text } of [...bases, ...extensions])
      workshop.put({ [`wit/deps/${name.replace(":", "-")}.wit`]: text });
    const [base = "", ...beside] = ["", "-obelisk-ext", "-obelisk-schedule", "-obelisk-stub"].map((suffix) =>
      of.name.replace("/", `${suffix}/`).replace("/interface", "/%interface"),
    );
    const world = `${imports([base, ...beside])}${exports([base])}`;
    workshop.put({ "wit/world.wit": `package an:author;\nworld author {\n${world}}\n` });
    const read = await worldType({ wit: workshop.path("wit"), world: "author" });
    const author = { name: "author", kind: "workflow", type: { ...read, exports: new Map() } } as const;
    expect(checkWorld([stubs, author], hostOffers)).toEqual([]);
    const back = read.exports.get(of.name);
    expect([...(back?.functions.keys() ?? [])]).toEqual([...of.functions.keys()]);
    for (const [name, original] of of.functions) {
      expect(functionDifference(name, back!.functions.get(name)!, original)).toBeUndefined();
    }
    expect([...back!.types.keys()].toSorted()).toEqual([...of.types.keys()].toSorted());
    for (const [name, original] of of.types) expect(sameType(back!.types.get(name)!, original), name).toBe(true);
  }
});

/** Names what WIT wants a name for, the inner before the outer. */
function nameAll(type: WitType, named: Map<string, WitType>): void {
  for (const part of partsOf(type)) if (part.type !== undefined) nameAll(part.type, named);
  if (["record", "variant", "enum", "flags"].includes(type.kind) && ![...named.values()].includes(type)) {
    named.set(`type${named.size}`, type);
  }
}

/** Lists of a fixed length are beyond what jco can read. */
function withoutLengths(type: WitType): WitType {
  return JSON.parse(JSON.stringify(type, (key, value: unknown) => (key === "length" ? undefined : value))) as WitType;
}
