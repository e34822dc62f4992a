import { coreSignature } from "../../host/component/abi/layout.ts";
import { typeText } from "../../host/core/wit/text.ts";
import type { FunctionType, WitType } from "../../host/core/wit/type.ts";

export const echoInterface = "test:echo/echoes";

/** What a guest is made from that hands every value on to the host, and back. */
export interface EchoSource {
  readonly wit: string;
  /** A core module in WebAssembly's text. */
  readonly wat: string;
  /** The type of `echo-0`, `echo-1` and so on, as the WIT has it. */
  readonly types: readonly WitType[];
}

/** A guest that echoes values of any types: its code is the same few instructions for all of them, since what it is given
 *  and what it gives on lie alike. */
export function echoSource(wanted: readonly WitType[]): EchoSource {
  const definitions: string[] = [];
  const types = wanted.map((type) => expressible(type, definitions));
  const functions = types.map((type): FunctionType => ({ params: [{ name: "value", type }], result: type }));
  const lines = types.map((type, i) => `  echo-${i}: func(value: ${typeText(type)}) -> ${typeText(type)};`);
  return {
    types,
    wit: `package test:echo;
interface echoes {
${definitions.map((definition) => `  ${definition}`).join("\n")}
${lines.join("\n")}
}
world echo { import echoes; export echoes; }
`,
    wat: `(module
${functions.map(importText).join("\n")}
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const ${heapBase}))
  ${reallocText}
${functions.map(exportText).join("\n")})`,
  };
}

/** Results lie at 16 and on, what the host writes lies behind them. */
const heapBase = 65_536;

/** Hands out room from front to back, asking for more when it has to; all is free again when a call is over. */
const reallocText = `(func (export "cabi_realloc") (param $old i32) (param $was i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $missing i32)
    (if (i32.and (i32.ne (local.get $old) (i32.const 0)) (i32.le_u (local.get $size) (local.get $was)))
      (then (return (local.get $old))))
    (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
                            (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.set $missing (i32.sub (i32.shr_u (i32.add (global.get $top) (i32.const 65535)) (i32.const 16)) (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then unreachable))))
    (memory.copy (local.get $at) (local.get $old) (local.get $was))
    (local.get $at))`;

function coreText(part: "param" | "result", types: readonly string[]): string {
  return types.length === 0 ? "" : ` (${part} ${types.join(" ")})`;
}

function importText(type: FunctionType, i: number): string {
  const { params, results } = coreSignature(type, "lower");
  return `  (import "${echoInterface}" "echo-${i}" (func $echo${i}${coreText("param", params)}${coreText("result", results)}))`;
}

function exportText(type: FunctionType, i: number): string {
  const { params, results } = coreSignature(type, "lift");
  const inMemory = coreSignature(type, "lower").results.length < results.length;
  const given = params.map((_, place) => `(local.get ${place})`).join(" ");
  const call = inMemory ? `(call $echo${i} ${given} (i32.const 16)) (i32.const 16)` : `(call $echo${i} ${given})`;
  const name = `${echoInterface}#echo-${i}`;
  return `  (func (export "${name}")${coreText("param", params)}${coreText("result", results)} ${call})
  (func (export "cabi_post_${name}")${coreText("param", results)} (global.set $top (i32.const ${heapBase})))`;
}

type Defined = Extract<WitType, { kind: "record" | "variant" | "enum" | "flags" }>;

/** The same type as an interface can say it: under a name of its own, and without lists of a fixed length. */
function expressible(type: WitType, definitions: string[]): WitType {
  const inner = (of: WitType) => expressible(of, definitions);
  switch (type.kind) {
    case "list":
      return { kind: "list", element: inner(type.element) };
    case "option":
      return { kind: "option", some: inner(type.some) };
    case "result":
      return { kind: "result", ...(type.ok && { ok: inner(type.ok) }), ...(type.err && { err: inner(type.err) }) };
    case "tuple":
      return { kind: "tuple", items: type.items.map(inner) };
    case "record":
      return define({
        ...type,
        fields: type.fields.map((field) => ({ name: label(field.name), type: inner(field.type) })),
      });
    case "variant":
      return define({
        ...type,
        cases: type.cases.map((one) => ({ name: label(one.name), ...(one.type && { type: inner(one.type) }) })),
      });
    case "enum":
      return define({ ...type, cases: type.cases.map(label) });
    case "flags":
      return define({ ...type, flags: type.flags.map(label) });
    default:
      return type;
  }

  function define<T extends Defined>(of: T): T {
    const name = `${of.kind}-n${definitions.length}`;
    definitions.push(`${of.kind} ${name} { ${members(of).join(", ")} }`);
    return { ...of, name };
  }
}

/** The `%` lets a keyword be a name. */
function members(of: Defined): readonly string[] {
  switch (of.kind) {
    case "record":
      return of.fields.map(({ name, type }) => `%${name}: ${typeText(type)}`);
    case "variant":
      return of.cases.map(({ name, type }) => (type === undefined ? `%${name}` : `%${name}(${typeText(type)})`));
    case "enum":
      return of.cases.map((name) => `%${name}`);
    case "flags":
      return of.flags.map((name) => `%${name}`);
  }
}

/** A word of a name begins with a letter. */
function label(name: string): string {
  return name.replace(/-(?=\d)/g, "-n");
}
