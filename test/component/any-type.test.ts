/** The canonical ABI beside jco's for types that nobody thought of, in memory and as core values. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wrapModule } from "../../host/component/build/build-component.ts";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import { typeText } from "../../host/core/wit/text.ts";
import type { WitType } from "../../host/core/wit/type.ts";
import type { Guest } from "../../host/ports/components.ts";
import { type EchoSource, echoInterface, echoSource } from "../support/echo-guest.ts";
import { instantiate } from "../support/wat.ts";
import { samples, t, types } from "../support/wit-types.ts";

type Echo = (value: unknown) => unknown;

const many = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const fields = (count: number, type: WitType) => Object.fromEntries(many(count, "f").map((name) => [name, type]));

/** Shapes at which layouts and core values change. */
const edges: readonly WitType[] = [
  t.enum("e", ...many(256, "c")),
  t.enum("e", ...many(257, "c")),
  t.flags("f", "only"),
  t.flags("f", ...many(8, "b")),
  t.flags("f", ...many(9, "b")),
  t.flags("f", ...many(17, "b")),
  t.flags("f", ...many(32, "b")),
  t.record("r", fields(16, t.u64)),
  t.record("r", fields(17, t.u8)),
  t.record("r", { a: t.u8, b: t.record("r", { c: t.u64, d: t.record("r", fields(9, t.string)) }), e: t.f32 }),
  t.variant("v", { a: t.f32, b: t.u32 }),
  t.variant("v", { a: t.f32, b: t.f64, c: t.u64, d: t.string, e: t.u8 }),
  t.variant("v", { a: t.tuple(t.f64, t.f32), b: t.tuple(t.u32, t.u64), c: t.tuple(t.string, t.f32), none: undefined }),
  t.variant("v", Object.fromEntries(many(257, "c").map((name) => [name, t.s64]))),
  t.list(t.option(t.option(t.result(t.u64, t.f32)))),
  t.tuple(t.result()),
  t.list(t.u64),
  t.list(t.s64),
  t.list(t.char),
  t.list(t.bool),
];

/** jco returns ok and throws err when a result is all that a function gives. */
const wrapped = (type: WitType): WitType => (type.kind === "result" ? t.tuple(type) : type);

const numbers: WitType[] = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char", "string"].map(
  (kind) => ({ kind }) as WitType,
);
const source: EchoSource = echoSource(
  [...numbers, ...edges, ...fc.sample(types(3), { numRuns: 80, seed: 11 })].map(wrapped),
);

let folder: string;
let ours: Guest;
let theirs: Readonly<Record<string, Echo>>;
let seen: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stele-any-type-"));
  const wit = join(folder, "echo.wit");
  writeFileSync(wit, source.wit);
  const bytes = await wrapModule({ module: await parse(source.wat), wit, world: "echo" });
  const echo: Echo = (value) => {
    seen.push(value);
    return value;
  };
  const offered = Object.fromEntries(source.types.map((_, i) => [`echo${i}`, echo]));
  ours = instantiate(loadComponent(await prepareComponent(bytes)), { [echoInterface]: offered });
  theirs = await byJco(bytes, { [echoInterface]: offered });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Transpiled {
  instantiate(
    module: (path: string) => WebAssembly.Module,
    imports: object,
    instantiate: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
  ): { readonly echoes: Readonly<Record<string, Echo>> };
}

async function byJco(bytes: Uint8Array, imports: object): Promise<Readonly<Record<string, Echo>>> {
  const { files } = await transpileBytes(bytes, { name: "any", instantiation: "sync" });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const glue = (await import(pathToFileURL(join(folder, "any.js")).href)) as Transpiled;
  const module = (path: string) => new WebAssembly.Module(readFileSync(join(folder, path)));
  return glue.instantiate(module, imports, (code, given) => new WebAssembly.Instance(code, given)).echoes;
}

/** jco 1.35 refuses values of options in options in options. */
function jcoCan(type: WitType): boolean {
  return !JSON.stringify(type).includes('{"kind":"option","some":'.repeat(3));
}

/** Our guest gives back what it is given, the host sees it on the way, and jco makes the same of it. */
async function expectEcho(i: number, value: unknown): Promise<void> {
  seen = [];
  const own = await ours.call(echoInterface, `echo-${i}`, [value]);
  expect(own).toEqual(value);
  expect(seen).toEqual([value]);
  if (!jcoCan(source.types[i]!)) return;
  expect(theirs[`echo${i}`]!(value)).toEqual(own);
  expect(seen[1]).toEqual(value);
}

describe("a value goes in and comes back as it does through jco", () => {
  test.each(source.types.map((type, i) => [i, typeText(type)] as const))("echo-%i: %s", async (i) => {
    await fc.assert(
      fc.asyncProperty(samples(source.types[i]!), ({ value }) => expectEcho(i, value)),
      { numRuns: 40 },
    );
  });

  const [maxF32, leastF32] = [2 ** 128 - 2 ** 104, 2 ** -149];
  test.each<[kind: string, values: readonly unknown[]]>([
    ["u8", [0, 255]],
    ["s8", [-128, -1, 127]],
    ["u16", [0, 65_535]],
    ["s16", [-32_768, -1, 32_767]],
    ["u32", [0, 2 ** 31, 2 ** 32 - 1]],
    ["s32", [-(2 ** 31), -1, 2 ** 31 - 1]],
    ["u64", [0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]],
    ["s64", [-(2n ** 63n), -1n, 2n ** 63n - 1n]],
    ["f32", [0, -0, 1.5, leastF32, -leastF32, maxF32, Infinity, -Infinity, NaN]],
    ["f64", [0, -0, 0.1, Number.MIN_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, NaN]],
    ["char", ["\0", "a", "\ud7ff", "\ue000", "\u{10ffff}"]],
    ["string", ["", "\0", "é", "a\u{1f600}b", "\u{10ffff}".repeat(40_000)]],
  ])("%s at its bounds", async (kind, values) => {
    const i = source.types.findIndex((type) => type.kind === kind);
    for (const value of values) await expectEcho(i, value);
  });

  test("a string keeps its byte order mark, which jco drops", async () => {
    const i = source.types.findIndex(({ kind }) => kind === "string");
    expect(await ours.call(echoInterface, `echo-${i}`, ["\ufeffbom"])).toBe("\ufeffbom");
    expect(seen.at(-1)).toBe("\ufeffbom");
  });
});
