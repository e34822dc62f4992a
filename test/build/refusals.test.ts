import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engines } from "../../host/component/build/engine.ts";
import { Workshop } from "./workshop.ts";

const wit = `package t:greet@0.1.0;

interface greeter {
  greet: func(name: string) -> result<string, string>;
  part: func() -> result;
}

world guest { export greeter; }
world other { import greeter; }
`;
const good = 'export const greeter = { greet: (name) => "hello " + name, part() {} };\n';

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
  workshop.put({ "wit/greet.wit": wit, "guest.js": good, "out.wasm": "what was there" });
});
afterEach(() => {
  // Whatever went wrong, nothing of it is left beside what was there.
  expect(workshop.read("out.wasm").toString()).toBe("what was there");
  expect(readdirSync(workshop.folder).filter((name) => /\.tmp$|^out\.wasm\./.test(name))).toEqual([]);
  workshop.remove();
});

const guest = { source: "guest.js", world: "guest" };

describe("WIT", () => {
  const refusalOf = (text: string, world = "guest") => {
    workshop.put({ "wit/greet.wit": text });
    return workshop.refusal({ ...guest, world });
  };

  test.each([
    [
      "a missing bracket",
      wit.replace("name: string)", "name: string"),
      "wit/greet.wit:4:28: expected ')', found `->`\n  4 |   greet: func(name: string -> result<string, string>;",
    ],
    ["a strange letter", wit.replace("part:", "pa§rt:"), "wit/greet.wit:5:5: unexpected character"],
    [
      "an early end",
      wit.slice(0, wit.indexOf("world other { import") + 21),
      "wit/greet.wit:9:21: expected an identifier or string, found eof\n  9 | world other { import",
    ],
    [
      "an unknown type",
      wit.replace("name: string", "name: strong"),
      "wit/greet.wit:4:21: name `strong` does not exist\n  4 |   greet: func(name: strong)",
    ],
    [
      "an unknown interface",
      wit.replace("export greeter", "export greater"),
      "wit/greet.wit:8:22: interface or world `greater` does",
    ],
    [
      "an unknown package",
      wit.replace("import greeter", "import far:away/place@1.0.0"),
      "wit/greet.wit:9:22: the package far:away@1.0.0 is not here\n  9 | world other",
    ],
  ])("%s is shown in its place", async (_name, text, message) => {
    const refusal = await refusalOf(text);
    expect(refusal.code).toBe("wit-invalid");
    expect(refusal.message).toContain(message);
  });

  test.each([
    ["import obelisk:log/log@2.0.0", "there is obelisk:log@1.0.0"],
    ["import wasi:http/types@0.2.1", "wasi:http@0.2.12"],
    ["import far:away/place", "put its WIT below deps/"],
  ])("%s: what there is instead", async (statement, hint) => {
    expect((await refusalOf(wit.replace("import greeter", statement))).hint).toContain(hint);
  });

  test("a name in a comment is no package that is needed", async () => {
    const refusal = await refusalOf(`// see far:away/place@1.0.0 /* and */\n/* far:away/other */${wit}`, "none");
    expect(refusal.message).toBe("wit/greet.wit has no world none: there is guest, other");
  });

  test("a function outside of any interface has no name to call it by", async () => {
    const refusal = await refusalOf(wit.replace("{ export greeter; }", "{ export greeter; export loose: func(); }"));
    expect(refusal.message).toBe("world guest exports loose outside of any interface");
  });

  test("an unknown world, several and none", async () => {
    expect((await workshop.refusal({ ...guest, world: "gast" })).message).toBe(
      "wit/greet.wit has no world gast: there is guest, other",
    );
    expect((await workshop.refusal({ source: "guest.js" })).message).toBe(
      "wit/greet.wit: which world is to be built? there is guest, other",
    );
    workshop.put({ "wit/greet.wit": "package t:greet@0.1.0;\ninterface greeter {}\n" });
    expect((await workshop.refusal({ source: "guest.js" })).message).toContain("it declares none");
  });

  test("a folder that is empty or not there", async () => {
    workshop.put({ "empty/deps/x.txt": "" });
    expect(await workshop.refusal({ ...guest, wit: "empty" })).toMatchObject({
      code: "wit-invalid",
      message: "empty holds no .wit file",
    });
    expect(await workshop.refusal({ ...guest, wit: "gone" })).toMatchObject({
      code: "wit-invalid",
      message: "there is no WIT at gone",
    });
  });
});

describe("the source", () => {
  test.each([
    ["gone.ts", "there is no source gone.ts"],
    ["guest.txt", "guest.txt is no TypeScript or JavaScript module"],
    ["guest.d.ts", "guest.d.ts is no TypeScript or JavaScript module"],
  ])("%s", async (source, message) => {
    expect(await workshop.refusal({ ...guest, source })).toMatchObject({ code: "build-failed", message });
  });

  test.each([
    ["does not parse", good.replace("};", ""), "guest.js:1:", "1 | export const greeter"],
    [
      "imports a file that is not there",
      `import "./gone.js";\n${good}`,
      "guest.js:1:8: Could not resolve './gone.js'",
      "1 |",
    ],
    ["imports Node", `import "node:fs";\n${good}`, "guest.js:1:8: Could not resolve 'node:fs'", "1 | import"],
  ])("one that %s is shown in its place", async (_name, text, place, line) => {
    workshop.put({ "guest.js": text });
    const refusal = await workshop.refusal(guest);
    expect(refusal.code).toBe("build-failed");
    expect(refusal.message).toContain(place);
    expect(refusal.message).toContain(line);
  });

  describe.each(engines)("on %s", (engine) => {
    test("lacks an interface or some of its functions", async () => {
      workshop.put({ "guest.js": "export const greeting = {};\n" });
      expect(await workshop.refusal({ ...guest, engine })).toEqual({
        code: "build-failed",
        message: "guest.js: the world wants an export greeter.greet, greeter.part",
        hint: "export const greeter = { greet(…) { … } };",
      });
      workshop.put({ "guest.js": "export const greeter = { greet: (name) => name, part: 1 };\n" });
      expect((await workshop.refusal({ ...guest, engine })).message).toBe(
        "guest.js: the world wants an export greeter.part",
      );
    });

    test("fails when it is loaded: in its place, not the bundle's", async () => {
      workshop.put({ "guest.js": `\n\nif ("a".length > 0) {\n  throw new TypeError("not today");\n}\n${good}` });
      const { message } = await workshop.refusal({ ...guest, engine });
      expect(message).toMatch(
        /^guest\.js:4:\d+: \w*Error: not today\n {2}4 \| {3}throw new TypeError\("not today"\);$/,
      );
    });

    test("loops for ever where it is loaded", async () => {
      workshop.put({ "guest.js": `let turns = 0;\nwhile (turns >= 0) turns = (turns + 1) % 7;\n${good}` });
      expect(await workshop.refusal({ ...guest, engine, timeoutMs: 6_000 })).toEqual({
        code: "build-failed",
        message: `guest.js: ${engine} is not done after 6 s`,
        hint: "does it loop where the module is loaded?",
      });
    });

    test("imports what its world does not", async () => {
      workshop.put({
        "guest.js": `import { info } from "obelisk:log/log@1.0.0";\n${good.replace("part() {}", "part() { info(''); }")}`,
      });
      expect(await workshop.refusal({ ...guest, engine })).toEqual({
        code: "build-failed",
        message: "guest.js: obelisk:log/log@1.0.0 is imported, but not by the world",
        hint: "add `import obelisk:log/log@1.0.0;` to the world",
      });
    });
  });

  test("an async function on QuickJS would never end", async () => {
    workshop.put({ "guest.js": good.replace("part() {}", "async part() {}") });
    expect((await workshop.refusal(guest)).message).toBe(
      "guest.js: greeter.part is async, and quickjs has nothing to wait for",
    );
  });
});

describe("types", () => {
  const typed = (body: string) => {
    workshop.put({ "guest.ts": body });
    return workshop.refusal({ ...guest, source: "guest.ts" });
  };

  test("an error is shown with its line, and all of them at once", async () => {
    const { code, message, hint } = await typed(`const count: number = "one";
export const greeter = {
  greet: (name: string): string => name.toUppercase(),
  part(): void {},
};
`);
    expect(code).toBe("build-failed");
    expect(message).toContain("2 type errors");
    expect(message).toContain("guest.ts:1:7: Type 'string' is not assignable to type 'number'.\n  1 | const count");
    expect(message).toContain("guest.ts:3:41: Property 'toUppercase' does not exist on type 'string'.");
    expect(hint).toContain("generated/guest");
  });

  test("an export that is not what the world wants is named", async () => {
    const { message } = await typed(
      "export const greeter = {\n  greet: (name: number): string => String(name),\n  part(): void {},\n};\n",
    );
    expect(message).toContain("guest.ts:2:3: the export greeter.greet is not what the world wants:");
    expect(message).toContain("2 |   greet: (name: number)");
  });

  test("so is one that is missing", async () => {
    const { message } = await typed("export const greeter = { greet: (name: string): string => name };\n");
    expect(message).toBe("a type error\nguest.ts: the world wants an export greeter.part");
  });

  test("what the engine does not have is not there for the compiler either", async () => {
    const { message } = await typed(
      "export const greeter = { greet: (name: string): string => name, part(): void { console.log(1); } };\n",
    );
    expect(message).toContain("Cannot find name 'console'. There is none in quickjs.");
  });

  test("a tsconfig.json beside the source is heeded", async () => {
    workshop.put({ "tsconfig.json": '{ "compilerOptions": { "strict": true, "noUnusedLocals": true } }' });
    const { message } = await typed(
      "const idle = 1;\nexport const greeter = { greet: (name: string): string => name, part(): void {} };\n",
    );
    expect(message).toContain("guest.ts:1:7: 'idle' is declared but its value is never read.");
  });
});

describe("the place", () => {
  test("an output that cannot be written", async () => {
    const refusal = await workshop.refusal({ ...guest, out: "guest.js/out.wasm" });
    expect(refusal.code).toBe("build-failed");
    expect(refusal.message).toMatch(/^cannot write guest\.js\/out\.wasm: E(EXIST|NOTDIR)/);
  });

  test("tools that are not installed are named, with the command that installs them", () => {
    const root = join(import.meta.dirname, "..", "..");
    for (const folder of ["host/core", "host/ports", "host/component"])
      cpSync(join(root, folder), workshop.path("alone", folder), { recursive: true });
    workshop.put({
      "alone/package.json": '{ "name": "alone", "type": "module", "version": "1.0.0" }',
      "alone/main.ts": `import { buildComponent } from "./host/component/build/build-component.ts";
const [source, wit, engine] = process.argv.slice(2);
try {
  await buildComponent({ source, wit, engine, world: "guest", out: "never.wasm" });
} catch ({ code, message, hint }) {
  console.log(JSON.stringify({ code, message, hint }));
}
`,
    });
    mkdirSync(workshop.path("alone", "wit"), { recursive: true });
    const refusal = (engine: string): unknown => {
      const args = [workshop.path("alone/main.ts"), workshop.path("guest.js"), workshop.path("wit"), engine];
      const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: workshop.folder });
      return JSON.parse(stdout);
    };
    expect(refusal("quickjs")).toEqual({
      code: "build-failed",
      message: "to build with quickjs, @bytecodealliance/jco must be installed",
      hint: "npm install --save-dev @bytecodealliance/jco",
    });
    expect(refusal("starlingmonkey")).toMatchObject({
      hint: "npm install --save-dev @bytecodealliance/jco @bytecodealliance/componentize-js",
    });
    expect(existsSync(workshop.path("never.wasm"))).toBe(false);
  });
});
