import { kebabToCamel } from "../../host/core/names.ts";
import type { WitType } from "../../host/core/wit/type.ts";

/** The least value of a type; of a handle there is none, and undefined stands for it. */
export function plainValue(type: WitType): unknown {
  switch (type.kind) {
    case "bool":
      return false;
    case "u64":
    case "s64":
      return 0n;
    case "char":
      return "a";
    case "string":
      return "text";
    case "list":
      return Array.from({ length: type.length ?? 0 }, () => plainValue(type.element));
    case "record":
      return Object.fromEntries(type.fields.map((field) => [kebabToCamel(field.name), plainValue(field.type)]));
    case "tuple":
      return type.items.map(plainValue);
    case "flags":
      return {};
    case "enum":
      return type.cases[0];
    case "variant":
      return { tag: type.cases[0]?.name, val: type.cases[0]?.type && plainValue(type.cases[0].type) };
    case "result":
      return { tag: "ok", val: type.ok && plainValue(type.ok) };
    case "option":
      return type.some.kind === "option" ? { tag: "none" } : undefined;
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      return undefined;
    default:
      return 0;
  }
}
