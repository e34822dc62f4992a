/** The types that a build writes, held against what a guest really gets and may really give. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../host/component/build/engine.ts";
import { type Call, Oracle, Workshop } from "./workshop.ts";

const wit = `package t:truth@0.1.0;
interface shapes {
  record thing { count: u64, note: option<string>, sizes: list<u16> }
  flags marks { old, very-new }
  variant choice { none-of-these, amount(s64), maybe(option<u32>) }
}
interface given {
  use shapes.{thing, choice, marks};
  big: func(x: u64) -> u64;
  maybe: func(x: option<string>) -> option<string>;
  things: func(x: list<thing>) -> list<thing>;
  choose: func(x: choice) -> choice;
  numbers: func(x: list<s64>) -> list<f64>;
  bytes: func(x: list<u8>) -> list<u8>;
  mark: func(x: marks) -> marks;
  nested: func() -> result<result<option<string>, option<string>>, string>;
}
interface asked {
  use shapes.{thing, choice, marks};
  big: func(x: u64) -> result<u64>;
  maybe: func(x: option<string>) -> result<option<string>>;
  things: func(x: list<thing>) -> result<list<thing>>;
  choose: func(x: choice) -> result<choice>;
  numbers: func(x: list<s64>) -> result<list<f64>>;
  bytes: func(x: list<u8>) -> result<list<u8>>;
  mark: func(x: marks) -> result<marks>;
  nested: func() -> result<string>;
  /// How each of the above looks from inside.
  seen: func() -> result<list<string>>;
}
world guest { import given; export asked; }
`;

/** Everything is passed on to the host and back, and noted on both ways. What differs between the engines is filled in
 *  with the exact types: were a written type wider or other than that, it would not compile. */
const source = (words: { int: string; none: string; small: string; signed: string; doubles: string }) => `
import * as given from "t:truth/given@0.1.0";
import type { Choice, Marks, Thing } from "t:truth/asked@0.1.0";

const looks: string[] = [];
const look = <Value>(value: Value): Value => {
  const name = (x: unknown): string =>
    x === null || x === undefined ? String(x) : typeof x === "object" ? x.constructor.name : typeof x;
  looks.push(name(value));
  return value;
};
const noteOf = (thing: Thing) => thing.note;

export const asked = {
  big: (x: ${words.int}): ${words.int} => look(given.big(look(x))),
  maybe(x: string | ${words.none}): string | ${words.none} {
    const back: string | ${words.none} = given.maybe(look(x));
    return look(back);
  },
  things: (x: Thing[]): Thing[] =>
    given.things(x).map((thing) => {
      const count: ${words.int} = look(thing.count);
      const sizes: ${words.small} = look(thing.sizes);
      const note = look(noteOf(thing));
      return note === undefined || note === null ? { count, sizes } : { count, sizes, note: note.toUpperCase() };
    }),
  choose(x: Choice): Choice {
    if (x.tag === "amount") look<${words.int}>(x.val);
    if (x.tag === "maybe") look(x.val);
    return given.choose(x);
  },
  numbers: (x: ${words.signed}): ${words.doubles} => look(given.numbers(look(x))),
  bytes: (x: Uint8Array): Uint8Array => look(given.bytes(look(x))),
  mark: (x: Marks): Marks => ({ ...given.mark(x), old: !x.old }),
  nested(): string {
    const inner = given.nested();
    const val: string | ${words.none} | undefined = inner.val;
    return \`\${inner.tag} \${val ?? "nothing"}\`;
  },
  seen: (): string[] => looks,
};
`;

const words: Readonly<Record<Engine, Parameters<typeof source>[0]>> = {
  quickjs: { int: "number", none: "null", small: "number[]", signed: "number[]", doubles: "number[]" },
  starlingmonkey: {
    int: "bigint",
    none: "undefined",
    small: "Uint16Array",
    signed: "BigInt64Array",
    doubles: "Float64Array",
  },
};

const same = (x: unknown): unknown => x;
const given = {
  ...Object.fromEntries(["big", "maybe", "things", "choose", "bytes", "mark"].map((name) => [name, same])),
  numbers: (x: BigInt64Array) => Float64Array.from(x, (n) => Number(n) / 2),
  nested: () => ({ tag: "err", val: undefined }),
};

describe.each([
  [
    "quickjs",
    ["number", "number"],
    ["null", "null", "string", "string"],
    ["number", "Array", "null", "number", "Array", "string"],
    ["number", "null"],
    ["Array", "Array"],
  ],
  [
    "starlingmonkey",
    ["bigint", "bigint"],
    ["undefined", "undefined", "string", "string"],
    ["bigint", "Uint16Array", "undefined", "bigint", "Uint16Array", "string"],
    ["bigint", "undefined"],
    ["BigInt64Array", "Float64Array"],
  ],
] as const)("on %s", (engine, big, maybe, things, choices, numbers) => {
  const workshop = new Workshop();
  let call: Call;
  beforeAll(async () => {
    workshop.put({ "wit/truth.wit": wit, "guest.ts": source(words[engine]) });
    await workshop.build({ source: "guest.ts", engine });
    call = await (await Oracle.of(workshop.read("out.wasm"))).instantiate({ "t:truth/given": given });
  });
  afterAll(() => workshop.remove());

  /** Calls, and tells what the guest saw meanwhile. */
  const ask = (name: string, ...args: unknown[]): [result: unknown, looks: string[]] => {
    const before = (call("asked", "seen") as string[]).length;
    const result = call("asked", name, ...args);
    return [result, (call("asked", "seen") as string[]).slice(before)];
  };

  test("64-bit integers", () => {
    expect(ask("big", 2n ** 53n - 1n)).toEqual([2n ** 53n - 1n, big]);
  });

  test("options", () => {
    const [nothing, first] = ask("maybe", undefined);
    const [something, second] = ask("maybe", "stone");
    expect([nothing, something, [...first, ...second]]).toEqual([undefined, "stone", maybe]);
  });

  test("records and lists of small numbers", () => {
    const given = [
      { count: 1n, note: undefined, sizes: new Uint16Array([1, 2]) },
      { count: 2n, note: "old", sizes: new Uint16Array([]) },
    ];
    const [result, looks] = ask("things", given);
    expect(result).toEqual([given[0], { ...given[1], note: "OLD" }]);
    expect(looks).toEqual(things);
  });

  test("variants", () => {
    expect(ask("choose", { tag: "none-of-these" })[0]).toEqual({ tag: "none-of-these" });
    expect(ask("choose", { tag: "amount", val: 7n })).toEqual([{ tag: "amount", val: 7n }, [choices[0]]]);
    expect(ask("choose", { tag: "maybe", val: undefined })[1]).toEqual([choices[1]]);
  });

  test("lists of large numbers, of floats and of bytes", () => {
    expect(ask("numbers", new BigInt64Array([3n, 4n]))).toEqual([new Float64Array([1.5, 2]), numbers]);
    expect(ask("bytes", new Uint8Array([1, 255]))).toEqual([new Uint8Array([1, 255]), ["Uint8Array", "Uint8Array"]]);
  });

  test("flags and nested results", () => {
    expect(ask("mark", { old: true, veryNew: true })[0]).toEqual({ old: false, veryNew: true });
    expect(ask("nested")[0]).toBe("err nothing");
  });
});

test("a source written for the one engine does not compile for the other", async () => {
  const workshop = new Workshop().put({ "wit/truth.wit": wit, "guest.ts": source(words.starlingmonkey) });
  try {
    const { message } = await workshop.refusal({ source: "guest.ts", engine: "quickjs" });
    expect(message).toContain("Type 'number' is not assignable to type 'bigint'");
    expect(message).toContain("'null' is not assignable to type 'string | undefined'");
    expect(message).toContain("the export asked.big is not what the world wants");
  } finally {
    workshop.remove();
  }
});
