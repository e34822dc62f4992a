import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engines } from "../../host/component/build/engine.ts";
import { readBuildRecord, readSources } from "../../host/component/build/sections.ts";
import { Oracle, Workshop } from "./workshop.ts";

const wit = `package t:greet@0.1.0;
interface greeter {
  greet: func(name: string) -> result<string, string>;
}
world guest { export greeter; }
`;
const javascript = 'export const greeter = { greet: (name) => "hello " + name };\n';
const typescript = "export const greeter = { greet: (name: string): string => `hello ${name}` };\n";

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.remove());

const shell = /^wasi:(cli|clocks|filesystem|io|random)\//;

describe.each(engines)("on %s", (engine) => {
  test.each([
    ["JavaScript", "guest.js", javascript],
    ["TypeScript", "guest.ts", typescript],
  ])("a guest in %s becomes a component", async (_language, source, text) => {
    workshop.put({ "wit/greet.wit": wit, [source]: text });
    const result = await workshop.build({ source, engine });
    const bytes = workshop.read("out.wasm");
    expect(result).toMatchObject({ file: workshop.path("out.wasm"), engine, world: "guest", bytes: bytes.length });
    expect(result.digest).toBe(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    expect(result.seconds).toBeGreaterThan(0);
    expect(readBuildRecord(bytes)).toMatchObject({ stele: "0.1.0", engine, world: "guest" });
    expect(readBuildRecord(bytes)?.jco).toMatch(/^\d+\./);
    expect(readSources(bytes)).toEqual({ entry: source, files: { [source]: text } });

    const oracle = await Oracle.of(bytes);
    expect(oracle.exports.toSorted()).toEqual(["greeter", "t:greet/greeter@0.1.0"]);
    expect(oracle.imports.filter((name) => !shell.test(name))).toEqual([]);
    const call = await oracle.instantiate();
    expect(call("greeter", "greet", "stone")).toBe("hello stone");
  });
});

test("sources in several files travel with the component", async () => {
  workshop.put({
    "wit/greet.wit": wit,
    "shared/words.ts": 'export const word: string = "hello";\n',
    "guest/main.ts":
      'import { word } from "../shared/words.ts";\nexport const greeter = { greet: (name: string) => `${word} ${name}` };\n',
  });
  await workshop.build({ source: "guest/main.ts" });
  const sources = readSources(workshop.read("out.wasm"));
  expect(sources?.entry).toBe("guest/main.ts");
  expect(Object.keys(sources?.files ?? {}).toSorted()).toEqual(["guest/main.ts", "shared/words.ts"]);
  expect(sources?.files["shared/words.ts"]).toBe(workshop.read("shared/words.ts").toString());
});

describe("packages", () => {
  const calling = (imports: string) => `package t:flow@0.1.0;
interface flow { go: func() -> result<string>; }
world guest { ${imports} export flow; }
`;

  test("the contract's are found without a copy", async () => {
    workshop.put({
      "wit/flow.wit": calling("import obelisk:workflow/workflow-support@6.0.0; import obelisk:log/log@1.0.0;"),
      "guest.ts": `import { executionIdCurrent } from "obelisk:workflow/workflow-support@6.0.0";
import { info } from "obelisk:log/log@1.0.0";
export const flow = { go(): string { info("going"); return executionIdCurrent().id; } };
`,
    });
    await workshop.build({ source: "guest.ts" });
    const { imports } = await Oracle.of(workshop.read("out.wasm"));
    expect(imports).toEqual(expect.arrayContaining(["obelisk:workflow/workflow-support", "obelisk:log/log"]));
  });

  test("so are WASI's", async () => {
    workshop.put({
      "wit/flow.wit": calling("import wasi:random/random@0.2.12;"),
      "guest.ts": `import { getRandomBytes } from "wasi:random/random@0.2.12";
export const flow = { go: (): string => getRandomBytes(4).join(" ") };
`,
    });
    await workshop.build({ source: "guest.ts" });
    const call = await (await Oracle.of(workshop.read("out.wasm"))).instantiate({
      "wasi:random/random": {
        getRandomBytes: (length: bigint) => new Uint8Array(Number(length)).fill(7),
        getRandomU64: () => 7n,
      },
    });
    expect(call("flow", "go")).toBe("7 7 7 7");
  });

  test("the author's own, below deps, come first", async () => {
    workshop.put({
      "wit/flow.wit": calling("import obelisk:log/log@1.0.0; import mine:words/words@0.1.0;"),
      "wit/deps/log/log.wit": "package obelisk:log@1.0.0;\ninterface log { shout: func(message: string); }\n",
      "wit/deps/words.wit": "package mine:words@0.1.0;\ninterface words { word: func() -> string; }\n",
      "guest.ts": `import { shout } from "obelisk:log/log@1.0.0";
import { word } from "mine:words/words@0.1.0";
export const flow = { go(): string { shout(word()); return word(); } };
`,
    });
    await workshop.build({ source: "guest.ts" });
    const heard: string[] = [];
    const call = await (await Oracle.of(workshop.read("out.wasm"))).instantiate({
      "obelisk:log/log": { shout: (message: string) => heard.push(message) },
      "mine:words/words": { word: () => "stone" },
    });
    expect([call("flow", "go"), ...heard]).toEqual(["stone", "stone"]);
  });

  test("a package may lie in one file, or in several with several worlds", async () => {
    workshop.put({
      "one.wit": wit,
      "many/a.wit":
        "package t:greet@0.1.0;\ninterface greeter { greet: func(name: string) -> result<string, string>; }\n",
      "many/b.wit": "package t:greet@0.1.0;\nworld other { import greeter; }\nworld guest { export greeter; }\n",
      "guest.js": javascript,
    });
    expect((await workshop.build({ source: "guest.js", wit: "one.wit" })).world).toBe("guest");
    expect((await workshop.build({ source: "guest.js", wit: "many", world: "guest" })).world).toBe("guest");
  });
});

describe("what an engine hides", () => {
  const worldWit = `package t:flow@0.1.0;
interface flow { go: func() -> result<tuple<f64, f64, f64>>; }
world guest { export flow; }
`;
  const source = "export const flow = { go: () => [Date.now(), Math.random(), Math.random()] };\n";
  const at = (seconds: bigint) => ({ "wasi:clocks/wall-clock": { now: () => ({ seconds, nanoseconds: 5_000_000 }) } });

  test("QuickJS takes time and chance from the host", async () => {
    workshop.put({ "wit/flow.wit": worldWit, "guest.js": source });
    await workshop.build({ source: "guest.js" });
    const oracle = await Oracle.of(workshop.read("out.wasm"));
    const go = async (seed: readonly bigint[]) => {
      const call = await oracle.instantiate({
        ...at(86_400n),
        "wasi:random/insecure-seed": { insecureSeed: () => seed },
      });
      return call("flow", "go") as number[];
    };
    const [first, again, other] = [await go([1n, 2n]), await go([1n, 2n]), await go([1n, 3n])];
    expect(first[0]).toBe(86_400_005);
    expect(again).toEqual(first);
    expect(other.slice(1)).not.toEqual(first.slice(1));
    for (const drawn of [...first.slice(1), ...other.slice(1)]) {
      expect(drawn).toBeGreaterThanOrEqual(0);
      expect(drawn).toBeLessThan(1);
    }
  });

  test("so does StarlingMonkey, and it asks for HTTP only when the guest can fetch", async () => {
    workshop.put({
      "wit/flow.wit": worldWit,
      "still.js": `${source}({ fetch: () => "no fetch" }).fetch();\n`,
      "fetching.js":
        "export const flow = { async go() { return [(await fetch('http://localhost')).status, 0, 0]; } };\n",
    });
    await workshop.build({ source: "still.js", engine: "starlingmonkey" });
    await workshop.build({ source: "fetching.js", engine: "starlingmonkey", out: "fetching.wasm" });
    const still = await Oracle.of(workshop.read("out.wasm"));
    const fetching = await Oracle.of(workshop.read("fetching.wasm"));
    expect(still.imports.filter((name) => name.includes("http"))).toEqual([]);
    expect(fetching.imports.filter((name) => name.includes("http"))).toEqual([
      "wasi:http/outgoing-handler",
      "wasi:http/types",
    ]);
    const go = async () => (await still.instantiate(at(86_400n)))("flow", "go") as number[];
    const [one, two] = [await go(), await go()];
    expect(one[0]).toBe(86_400_005);
    expect(two.slice(1)).not.toEqual(one.slice(1));
  });
});

describe("the output", () => {
  test("two builds at once leave one of their components, whole, and nothing else", async () => {
    workshop.put({ "wit/greet.wit": wit, "guest.ts": typescript });
    const results = await Promise.all([workshop.build({ source: "guest.ts" }), workshop.build({ source: "guest.ts" })]);
    const digest = `sha256:${createHash("sha256").update(workshop.read("out.wasm")).digest("hex")}`;
    expect(results.map((result) => result.digest)).toContain(digest);
    expect(readdirSync(workshop.folder).toSorted()).toEqual(["generated", "guest.ts", "out.wasm", "wit"]);
    expect(readdirSync(workshop.path("generated", "guest")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("folders on the way to it are made", async () => {
    workshop.put({ "wit/greet.wit": wit, "guest.js": javascript });
    const result = await workshop.build({ source: "guest.js", out: "a/b/out.wasm", typesDir: "c/types" });
    expect(result.typesDir).toBe(workshop.path("c", "types"));
    expect(readdirSync(workshop.path("c", "types")).toSorted()).toEqual(["globals.d.ts", "guest.d.ts", "interfaces"]);
    expect(workshop.read("a/b/out.wasm").length).toBe(result.bytes);
  });
});
