/** A C header for a WIT world, to be read after `components/c/component.h`. The canonical ABI lays values out as C does
 *  structs, so each type becomes a struct; an import becomes a function of such structs, and an export `ns:pkg/ifc.fn` calls
 *  `export_ifc_fn`, which the guest defines. A `shape_…` tells what a type is made of, for code that writes any value.
 *  Lists, tuples, flags, floats and parameters of more than 16 core values are not needed yet, and refused. */
import { type CoreType, callLayout, coreSignature, layoutOf, payloadsOf } from "../host/component/abi/layout.ts";
import { assert } from "../host/core/assert.ts";
import { partsOf } from "../host/core/wit/parts.ts";
import type { ComponentType, FunctionType, WitType } from "../host/core/wit/type.ts";

export function cBindings({ imports, exports }: ComponentType): string {
  const types = new Map<string, string>();
  const functions = [
    ...[...imports.values()].flatMap(({ name, functions }) =>
      [...functions].flatMap(([short, type]) => [...dropOf(name, short), importOf(name, short, type)]),
    ),
    ...[...exports.values()].flatMap(({ name, functions }) =>
      [...functions].map(([short, type]) => exportOf(name, short, type)),
    ),
  ];
  for (const { functions } of [...imports.values(), ...exports.values()]) {
    for (const { params, result } of functions.values()) {
      for (const type of [...params.map((param) => param.type), result]) defineType(type, types);
    }
  }
  const parts = ['#pragma once\n#include "component.h"', ...types.values(), ...functions];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const cores: Readonly<Record<CoreType, string>> = { i32: "int32_t", i64: "int64_t", f32: "float", f64: "double" };

/** The C name of a type: its WIT name, or what it is made of. */
function nameOf(type: WitType | undefined): string {
  if (type === undefined) return "none";
  switch (type.kind) {
    case "string":
      return "text";
    case "own":
    case "borrow":
      return `${snake(type.resource.name)}_handle`;
    case "option":
      return `option_${nameOf(type.some)}`;
    case "result":
      return `result_${nameOf(type.ok)}_${nameOf(type.err)}`;
    case "record":
    case "variant":
    case "enum":
      assert(type.name !== undefined, `the ${type.kind} has a name`);
      return snake(type.name);
    case "u8":
    case "u16":
    case "u32":
    case "u64":
      return type.kind;
    default:
      throw new Error(`the C bindings know no ${type.kind}`);
  }
}

/** Adds a type's definition, after those of its parts. */
function defineType(type: WitType | undefined, types: Map<string, string>): void {
  if (type === undefined || types.has(nameOf(type))) return;
  for (const part of partsOf(type)) defineType(part.type, types);
  types.set(nameOf(type), definitionOf(type));
}

function definitionOf(type: WitType): string {
  const name = nameOf(type);
  switch (type.kind) {
    case "own":
    case "borrow":
      return `typedef u32 ${name};\n#define shape_${name} shape_u32`;
    case "enum":
      return `typedef u8 ${name};\n${tags(
        name,
        type.cases.map((one) => [one, undefined]),
      )}`;
    case "record": {
      const fields = type.fields.map((field) => `  ${nameOf(field.type)} ${snake(field.name)};\n`);
      const shape = `static const shape shape_${name} = {.kind = shape_record};`;
      return `typedef struct {\n${fields.join("")}} ${name};\n${sizeCheck(type)}\n${shape}`;
    }
    case "variant":
    case "option":
    case "result": {
      const cases = casesOf(type);
      const payloads = cases.flatMap(([one, of]) => (of === undefined ? [] : [`    ${nameOf(of)} ${snake(one)};\n`]));
      const union = payloads.length === 0 ? "" : `  union {\n${payloads.join("")}  } as;\n`;
      return `typedef struct {\n  u8 tag;\n${union}} ${name};\n${sizeCheck(type)}\n${tags(name, cases)}`;
    }
    default:
      return "";
  }
}

/** The numbers of the cases, and the shape of them all. */
function tags(name: string, cases: Cases): string {
  const constants = cases.map(([one]) => `${name}_${snake(one)}`);
  const names = cases.map(([one]) => JSON.stringify(one));
  const shapes = cases.map(([, of]) => (of === undefined ? "NULL" : `&shape_${nameOf(of)}`));
  const hasPayload = cases.some(([, of]) => of !== undefined);
  return `enum { ${constants.join(", ")} };
static const shape shape_${name} = {
  .kind = shape_choice,
  .payload_at = ${hasPayload ? `offsetof(${name}, as)` : "0"},
  .names = (const char *const[]){${names.join(", ")}},
  .payloads = (const shape *const[]){${shapes.join(", ")}},
};`;
}

type Choice = Extract<WitType, { kind: "variant" | "option" | "result" }>;

type Cases = readonly (readonly [name: string, payload: WitType | undefined])[];

function casesOf(type: Choice): Cases {
  const names = { option: ["none", "some"], result: ["ok", "err"] } as const;
  const cases = type.kind === "variant" ? type.cases.map((one) => one.name) : names[type.kind];
  const payloads = payloadsOf(type);
  return cases.map((name, i) => [name, payloads[i]]);
}

function sizeCheck(type: WitType): string {
  const { size, align } = layoutOf(type);
  const name = nameOf(type);
  return `_Static_assert(sizeof(${name}) == ${size} && _Alignof(${name}) == ${align}, "laid out as the ABI has it");`;
}

/** The core values of a C value, each as an expression. */
function flatten(type: WitType, value: string): string[] {
  switch (type.kind) {
    case "string":
      return [`(int32_t)${value}.bytes`, `(int32_t)${value}.length`];
    case "record":
      return type.fields.flatMap((field) => flatten(field.type, `${value}.${snake(field.name)}`));
    case "variant":
    case "option":
    case "result": {
      const cases = casesOf(type).map(([name, of]) =>
        of === undefined ? [] : flatten(of, `${value}.as.${snake(name)}`),
      );
      const slots = layoutOf(type).flat.slice(1);
      const slot = (core: CoreType, i: number) =>
        cases.reduceRight((rest, flat, tag) => {
          return flat[i] === undefined ? rest : `${value}.tag == ${tag} ? (${cores[core]})(${flat[i]}) : ${rest}`;
        }, "0");
      return [`${value}.tag`, ...slots.map((core, i) => `(${slot(core, i)})`)];
    }
    default:
      return [value];
  }
}

function importOf(interfaceName: string, short: string, type: FunctionType): string {
  const name = cName(interfaceName, short);
  const { params, results } = coreSignature(type, "lower");
  const { paramsInMemory, resultInMemory } = callLayout(type);
  assert(!paramsInMemory, `${short} passes its parameters as core values`);
  const result = type.result === undefined ? "void" : nameOf(type.result);
  const flat = type.params.flatMap((param) => flatten(param.type, `_${snake(param.name)}`));
  const call = (args: readonly string[]) => `core_${name}(${args.join(", ")})`;
  const given = type.params.map((param) => `${nameOf(param.type)} _${snake(param.name)}`);
  return `${declaration(interfaceName, short, `core_${name}`, params, results)}
static inline ${result} ${name}(${given.join(", ") || "void"}) {
${bodyOf(type, resultInMemory, result, flat, call)}}`;
}

function bodyOf(
  { result }: FunctionType,
  inMemory: boolean,
  name: string,
  flat: readonly string[],
  call: (args: readonly string[]) => string,
): string {
  if (result === undefined) return `  ${call(flat)};\n`;
  if (inMemory) return `  ${name} answer;\n  ${call([...flat, "(int32_t)&answer"])};\n  return answer;\n`;
  return isStruct(result) ? `  return (${name}){${call(flat)}};\n` : `  return ${call(flat)};\n`;
}

function exportOf(interfaceName: string, short: string, { params, result }: FunctionType): string {
  const name = `export_${cName(interfaceName, short)}`;
  const { resultInMemory } = callLayout({ params, ...(result !== undefined && { result }) });
  const core = params.flatMap(({ name, type }) =>
    type.kind === "string"
      ? [`const char *_${snake(name)}`, `size_t _${snake(name)}_length`]
      : [`${nameOf(type)} _${snake(name)}`],
  );
  const args = params.map(({ name, type }) => {
    assert(type.kind === "string" || layoutOf(type).flat.length === 1, `${short} takes texts and scalars`);
    return type.kind === "string" ? `(text){_${snake(name)}, _${snake(name)}_length}` : `_${snake(name)}`;
  });
  assert(result !== undefined, `${short} returns a result`);
  const own = `${nameOf(result)} ${name}(${params.map(({ type }) => nameOf(type)).join(", ") || "void"});`;
  const call = `${name}(${args.join(", ")})`;
  const body = resultInMemory
    ? `  static ${nameOf(result)} answer;\n  answer = ${call};\n  return (int32_t)&answer;\n`
    : `  return ${call}${isStruct(result) ? ".tag" : ""};\n`;
  return `${own}
EXPORT("${interfaceName}#${short}")
int32_t core_${name}(${core.join(", ") || "void"}) {
${body}}`;
}

/** The drop of a resource stands before the first of its methods. */
function dropOf(interfaceName: string, short: string): string[] {
  const [, resource] = /^\[method\](.*)\.id$/.exec(short) ?? [];
  if (resource === undefined) return [];
  return [declaration(interfaceName, `[resource-drop]${resource}`, `${snake(resource)}_drop`, ["i32"], [])];
}

function declaration(
  interfaceName: string,
  short: string,
  name: string,
  params: readonly CoreType[],
  results: readonly CoreType[],
): string {
  const result = results[0] === undefined ? "void" : cores[results[0]];
  const types = params.map((core) => cores[core]).join(", ") || "void";
  return `IMPORT("${interfaceName}", "${short}")\nextern ${result} ${name}(${types});`;
}

function isStruct(type: WitType): boolean {
  return type.kind === "record" || type.kind === "variant" || type.kind === "option" || type.kind === "result";
}

/** `ifc_fn`; a method is named after its resource. */
function cName(interfaceName: string, short: string): string {
  const [, method] = /^\[method\](.*)$/.exec(short) ?? [];
  return snake(method ?? `${interfaceName.replace(/^.*\//, "").replace(/@.*$/, "")}-${short}`);
}

function snake(name: string): string {
  return name.replaceAll(/[-.]/g, "_");
}
