import { unreachable } from "../assert.ts";
import type { FunctionType, ResourceType, WitType } from "./type.ts";

/** What a type or a resource is called; a type without a name is written out. */
type Naming = (of: WitType | ResourceType) => string | undefined;

const ownName: Naming = (of) => ("name" in of ? of.name : undefined);

/** A type as WIT writes it: `result<list<u8>, string>`, named types by their name. */
export function typeText(type: WitType, nameOf: Naming = ownName): string {
  const text = (part: WitType) => typeText(part, nameOf);
  const name = nameOf(type);
  if (name !== undefined) return name;
  switch (type.kind) {
    case "list":
      return type.length === undefined ? `list<${text(type.element)}>` : `list<${text(type.element)}, ${type.length}>`;
    case "option":
      return `option<${text(type.some)}>`;
    case "result":
      return resultText(type.ok && text(type.ok), type.err && text(type.err));
    case "tuple":
      return `tuple<${type.items.map(text).join(", ")}>`;
    case "record":
    case "variant":
    case "enum":
    case "flags":
      return definitionText(type);
    case "own":
      return nameOf(type.resource) ?? type.resource.name;
    case "borrow":
      return `borrow<${nameOf(type.resource) ?? type.resource.name}>`;
    case "stream":
    case "future":
      return type.element === undefined ? type.kind : `${type.kind}<${text(type.element)}>`;
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

function resultText(ok: string | undefined, err: string | undefined): string {
  if (err !== undefined) return `result<${ok ?? "_"}, ${err}>`;
  return ok === undefined ? "result" : `result<${ok}>`;
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
