import { partsOf } from "./parts.ts";
import { definitionText, signatureText, typeText } from "./text.ts";
import type { FunctionType, WitType } from "./type.ts";

/** The first place where two types differ: the path to it from the whole, and both sides there. */
interface TypeDifference {
  readonly path: string;
  readonly left: string;
  readonly right: string;
}

/** Types are the same by their structure, whatever they are called. Resources are the same by name. */
export function sameType(left: WitType, right: WitType): boolean {
  return typeDifference(left, right, "") === undefined;
}

/** Where two function types differ, in words; undefined when they are the same. Names of parameters count: two that
 *  have changed places may well have the same type. */
export function functionDifference(name: string, left: FunctionType, right: FunctionType): string | undefined {
  const texts = `${signatureText(name, left)} against ${signatureText(name, right)}`;
  const names = (type: FunctionType) => type.params.map((param) => param.name).join(", ");
  if (names(left) !== names(right) || (left.result === undefined) !== (right.result === undefined)) return texts;
  const sides = [
    ...left.params.map((param, i) => [param.name, param.type, right.params[i]?.type] as const),
    ["result", left.result, right.result] as const,
  ];
  for (const [path, a, b] of sides) {
    const difference = a && b && typeDifference(a, b, path);
    if (difference === undefined) continue;
    return `${texts}; ${difference.path} is ${difference.left} against ${difference.right}`;
  }
  return undefined;
}

function typeDifference(left: WitType, right: WitType, path: string): TypeDifference | undefined {
  if (left === right) return undefined;
  if (outline(left) !== outline(right)) return { path, left: ownText(left), right: ownText(right) };
  const others = partsOf(right);
  for (const [i, { step, type: a }] of partsOf(left).entries()) {
    const b = others[i]?.type;
    const within = path + step;
    if (a === undefined && b === undefined) continue;
    if (a === undefined || b === undefined) return { path: within, left: payloadText(a), right: payloadText(b) };
    const difference = typeDifference(a, b, within);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** What a type is apart from its parts. */
function outline(type: WitType): string {
  switch (type.kind) {
    case "list":
      return `list ${type.length ?? ""}`;
    case "own":
    case "borrow":
      return `${type.kind} ${type.resource.name}`;
    case "enum":
      return `enum ${type.cases.join(" ")}`;
    case "flags":
      return `flags ${type.flags.join(" ")}`;
    default:
      return [type.kind, ...partsOf(type).map(({ step }) => step)].join(" ");
  }
}

/** Two types that differ may have one name, so what they are made of is written out. */
function ownText(type: WitType): string {
  switch (type.kind) {
    case "record":
    case "variant":
    case "enum":
    case "flags":
      return definitionText(type);
    default:
      return typeText(type);
  }
}

function payloadText(type: WitType | undefined): string {
  return type === undefined ? "nothing" : typeText(type);
}
