/** Components that were written to do harm to who reads them: each is refused, and soon. */
import { describe, expect, test } from "vitest";
import { prepareComponent, readComponentType } from "../../host/component/component.ts";
import { HostError } from "../../host/core/host-error.ts";
import {
  bytes,
  componentOf,
  importOf,
  items,
  leb,
  moduleOf,
  name,
  numbered,
  part,
  repeated,
  section,
} from "../support/component-bytes.ts";

function refusal(component: Uint8Array): HostError {
  try {
    readComponentType(component);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error("it was read");
}

const beyond = /more than this host is willing to read|more than \d+ parts/;
const labels = (count: number) => Array.from({ length: count }, (_, i) => name(`x${i.toString(36)}`));
/** `record { x0: u8, x1: u8 … }` */
const wideRecord = (count: number) => bytes([0x72], leb(count), ...labels(count).map((label) => bytes(label, [0x7d])));

describe("counts beyond the file", () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
  test.each<[what: string, component: Uint8Array]>([
    ["types", componentOf(section(part.type, huge))],
    ["fields", componentOf(section(part.type, [1, 0x72], huge))],
    ["cases", componentOf(section(part.type, [1, 0x71], huge))],
    ["parameters", componentOf(section(part.type, [1, 0x40], huge))],
    ["declarations", componentOf(section(part.type, [1, 0x42], huge))],
    ["imports", componentOf(section(part.import, huge))],
    ["the characters of a name", componentOf(section(part.import, [1, 0], huge))],
    ["arguments", componentOf(section(part.instance, [1, 0, 0], huge))],
    ["options", componentOf(section(part.canon, [1, 0, 0, 0], huge))],
    ["a section's bytes", componentOf([part.type, ...huge])],
    ["a module's functions", componentOf(section(part.module, moduleOf(section(3, huge))))],
    ["a module's types", componentOf(section(part.module, moduleOf(section(1, huge))))],
  ])("of %s", (_what, component) => {
    expect(refusal(component).message).toMatch(/malformed at byte \d+: .*(announced|left)/);
  });

  test("of items in a fixed list", () => {
    expect(refusal(componentOf(section(part.type, [1, 0x67, 0x7d], huge))).message).toMatch(/more than 50000 parts/);
  });
});

test.each<[what: string, params: number, results: number]>([
  ["parameters", 257, 0],
  ["results", 0, 33],
])("one instruction that moves very many %s is refused", (_what, params, results) => {
  const values = (count: number) => [...leb(count), ...Array.from({ length: count }, () => 0x7f)];
  const component = componentOf(section(part.module, moduleOf(section(1, [1, 0x60], values(params), values(results)))));
  expect(refusal(component).message).toMatch(/more than 256 parameters or 32 results/);
});

describe("depth", () => {
  test("of components", () => {
    let component = componentOf();
    for (let depth = 0; depth < 10_000; depth++) component = componentOf(section(part.component, component));
    expect(refusal(component).message).toMatch(/nested more than 50 levels/);
  });

  test("of the types of instances", () => {
    const depth = 10_000;
    const opened = Array.from({ length: depth }, () => [0x42, 1, 1]).flat();
    expect(refusal(componentOf(section(part.type, [1], opened, [0x7f]))).message).toMatch(/nested more than 50 levels/);
  });

  test("of values' types", () => {
    const component = componentOf(numbered(part.type, 10_000, (i) => (i === 0 ? [0x7d] : [0x6b, ...leb(i - 1)])));
    expect(refusal(component).message).toMatch(/nested more than 100 levels/);
  });

  test("of aliases that reach outwards", () => {
    const component = componentOf(section(part.alias, [1, 0x03, 0x02, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]));
    expect(refusal(component).message).toMatch(/reaches out of the component/);
  });
});

describe("what a small file says often", () => {
  test.each<[what: string, component: () => Uint8Array]>([
    ["millions of types", () => componentOf(repeated(part.type, 3_000_000, [0x7f]))],
    ["millions of empty sections", () => componentOf(Buffer.alloc(5_000_000, Uint8Array.of(part.type, 1, 0, 3, 0)))],
    [
      "millions of types in a core module",
      () => componentOf(section(part.module, moduleOf(repeated(1, 3_000_000, [0x60, 0, 0])))),
    ],
    [
      "a wide record in the type of an instance that is imported often",
      () =>
        componentOf(
          items(part.type, bytes([0x42, 1, 1], wideRecord(10_000))),
          numbered(part.import, 10_000, (i) => importOf(`i${i}`, 0x05, 0)),
        ),
    ],
    [
      "a bundle of many, made wherever its component is",
      () => {
        const inner = componentOf(
          items(part.instance, [1, 0]),
          items(part.instance, bytes([1], leb(50_000), ...labels(50_000).map((label) => bytes([0], label, [5, 0])))),
        );
        return componentOf(
          section(part.component, inner),
          numbered(part.instance, 400, () => [0, 0, 0]),
        );
      },
    ],
    [
      "functions of a large type, lowered often",
      () =>
        componentOf(
          items(part.type, [0x67, 0x7d, ...leb(40_000)], bytes([0x40, 1], name("p"), [0, 1, 0])),
          items(part.import, importOf("f", 0x01, 1)),
          section(part.module, moduleOf(section(5, [1, 0, 1]), items(7, bytes(name("m"), [2, 0])))),
          items(part.coreInstance, [0, 0, 0]),
          items(part.alias, bytes([0, 2, 1, 0], name("m"))),
          repeated(part.canon, 10_000, [1, 0, 0, 1, 3, 0]),
        ),
    ],
    [
      "memories by many names, each with functions of its own",
      () => {
        const names = labels(30_000);
        return componentOf(
          items(part.type, bytes([0x40, 1], name("p"), [0x73, 1, 0])),
          items(part.import, importOf("f", 0x01, 0)),
          section(
            part.module,
            moduleOf(section(5, [1, 0, 1]), items(7, ...names.map((label) => bytes(label, [2, 0])))),
          ),
          items(part.coreInstance, [0, 0, 0]),
          items(part.alias, ...names.map((label) => bytes([0, 2, 1, 0], label))),
          numbered(part.canon, names.length, (i) => bytes([1, 0, 0, 1, 3], leb(i))),
        );
      },
    ],
  ])("%s", (_what, component) => {
    expect(refusal(component()).message).toMatch(beyond);
  });

  test("many imports of one core module are read in as many steps", () => {
    const count = 150_000;
    const names = labels(count);
    const exported = numbered(7, count, (i) => bytes(names[i]!, [0, 0]));
    const wanted = numbered(2, count, (i) => bytes(name("m"), names[i]!, [0, 0]));
    const nothing = items(1, [0x60, 0, 0]);
    const offering = bytes(nothing, items(3, [0]), exported, items(10, [2, 0, 0x0b]));
    const component = componentOf(
      section(part.module, moduleOf(offering)),
      section(part.module, moduleOf(nothing, wanted)),
      items(part.coreInstance, [0, 0, 0], bytes([0, 1, 1], name("m"), [0x12, 0])),
    );
    expect(readComponentType(component).imports.size).toBe(0);
  });
});

describe("names", () => {
  const imported = (text: string) =>
    componentOf(items(part.type, [0x40, 0, 1, 0]), items(part.import, importOf(text, 1, 0)));

  test.each(["__proto__", "constructor", "a/b/../c", "../../etc/passwd", "toString", "hasOwnProperty"])(
    "%s is one as any other",
    (text) => {
      const type = readComponentType(imported(text));
      expect([...(type.imports.get("$root")?.functions.keys() ?? [])]).toEqual([text]);
    },
  );

  const hostile = [
    "\u001b[2Jgone",
    "a\nb",
    "a\rb",
    "a\0b",
    "a\u009b31m",
    "\u202eevil",
    "a\u2028b",
    "é",
    "",
    "x".repeat(2 ** 20),
  ];
  const printable = /^[ -~…]{1,600}$/;

  test.each(hostile.map((text) => [JSON.stringify(text).slice(0, 30), text] as const))(
    "%s is none, and is told without harm to a terminal",
    (_shown, text) => {
      const { code, message } = refusal(imported(text));
      expect(code).toBe("component-invalid");
      expect(message).toMatch(printable);
    },
  );

  test.each(hostile.map((text) => [JSON.stringify(text).slice(0, 30), text] as const))(
    "%s in a core module's imports is told without harm",
    (_shown, text) => {
      const module = moduleOf(items(1, [0x60, 0, 0]), items(2, bytes(name(text), name(text), [0, 0])));
      const component = componentOf(section(part.module, module), items(part.coreInstance, [0, 0, 0]));
      expect(refusal(component).message).toMatch(printable);
    },
  );

  test.each<[what: string, type: Uint8Array]>([
    ["a field", bytes([0x72, 1], name("__proto__"), [0x7d])],
    ["a case", bytes([0x71, 1], name("__proto__"), [0, 0])],
    ["a flag", bytes([0x6e, 1], name("__proto__"))],
    ["a field of a megabyte", bytes([0x72, 1], name("x".repeat(2 ** 20)), [0x7d])],
    ["two fields that are one", bytes([0x72, 2], name("a"), [0x7d], name("A"), [0x7d])],
    ["two fields that are one to JavaScript", bytes([0x72, 2], name("a-1"), [0x7d], name("a1"), [0x73])],
    ["two flags that are one to JavaScript", bytes([0x6e, 2], name("f2"), name("f-2"))],
  ])("%s is refused", (_what, type) => {
    const { code, message } = refusal(componentOf(items(part.type, type)));
    expect(code).toBe("component-invalid");
    expect(message).toMatch(printable);
  });

  test("two imports of one are refused", () => {
    const twice = componentOf(
      items(part.type, [0x40, 0, 1, 0]),
      items(part.import, importOf("f", 1, 0), importOf("f", 1, 0)),
    );
    expect(refusal(twice).message).toMatch(/two imports are named f/);
  });
});

describe("a core module whose sections tell two stories", () => {
  const types = items(1, [0x60, 0, 0], [0x60, 1, 0x7f, 0]);
  const functions = (type: number) => items(3, [type]);
  const code = items(10, [2, 0, 0x0b]);
  const exported = items(7, bytes(name("f"), [0, 0]));

  test.each<[what: string, sections: readonly Uint8Array[]]>([
    ["of types, twice", [types, types, functions(0), code]],
    ["of functions, twice", [types, functions(0), functions(1), exported, code]],
    [
      "of imports, behind the functions",
      [types, functions(0), items(2, bytes(name("m"), name("f"), [0, 1])), exported, code],
    ],
    ["of code, twice", [types, functions(0), code, code]],
    ["of exports, before the functions", [types, exported, functions(0), code]],
    ["that nobody knows", [types, functions(0), section(14, [0]), code]],
  ])("%s, is refused", (_what, sections) => {
    const component = componentOf(section(part.module, moduleOf(...sections)));
    expect(refusal(component).message).toMatch(/behind its place|unknown number/);
  });

  test("a module that the engine refuses is refused in its words", async () => {
    const mistyped = componentOf(
      section(part.module, moduleOf(types, functions(0), exported, items(10, [3, 0, 0x6a, 0x0b]))),
    );
    await expect(prepareComponent(mistyped)).rejects.toMatchObject({ code: "component-invalid" });
  });
});
