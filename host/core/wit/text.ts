import { unreachable } from "../assert.ts";
import type { FunctionType, WitType } from "./type.ts";

/** A type as WIT writes it: `result<list<u8>, string>`, named types by their name. */
export function typeText(type: WitType): string {
  switch (type.kind) {
    case "list":
      return type.length === undefined
        ? `list<${typeText(type.element)}>`
        : `list<${typeText(type.element)}, ${type.length}>`;
    case "option":
      return `option<${typeText(type.some)}>`;
    case "result":
      return resultText(type.ok, type.err);
    case "tuple":
      return `tuple<${type.items.map(typeText).join(", ")}>`;
    case "record":
    case "variant":
    case "enum":
    case "flags":
      return type.name ?? definitionText(type);
    case "own":
      return type.resource.name;
    case "borrow":
      return `borrow<${type.resource.name}>`;
    case "stream":
    case "future":
      return type.element === undefined ? type.kind : `${type.kind}<${typeText(type.element)}>`;
    default:
      return type.kind;
  }
}

type Defined = Extract<WitType, { kind: "record" | "variant" | "enum" | "flags" }>;

/** What a named type is made of: `record { sku: string, quantity: u32 }`. */
export function definitionText(type: Defined): string {
  return `${type.kind} { ${members(type).join(", ")} }`;
}

function members(type: Defined): readonly string[] {
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => `${field.name}: ${typeText(field.type)}`);
    case "variant":
      return type.cases.map((one) => (one.type === undefined ? one.name : `${one.name}(${typeText(one.type)})`));
    case "enum":
      return type.cases;
    case "flags":
      return type.flags;
    default:
      return unreachable(type);
  }
}

function resultText(ok: WitType | undefined, err: WitType | undefined): string {
  if (err !== undefined) return `result<${ok === undefined ? "_" : typeText(ok)}, ${typeText(err)}>`;
  return ok === undefined ? "result" : `result<${typeText(ok)}>`;
}

/** `(order: order, urgent: bool)`. */
export function paramsText(type: FunctionType): string {
  return `(${type.params.map((param) => `${param.name}: ${typeText(param.type)}`).join(", ")})`;
}

/** `place: func(order: order) -> result<receipt, order-error>`. */
export function signatureText(name: string, type: FunctionType): string {
  const result = type.result === undefined ? "" : ` -> ${typeText(type.result)}`;
  return `${name}: func${paramsText(type)}${result}`;
}
