import type { WitType } from "./type.ts";

/** A type within another: a field, a case, an item. */
export interface Part {
  /** The step that leads to it: `.quantity`, `[]`. */
  readonly step: string;
  /** Absent for a case without payload. */
  readonly type: WitType | undefined;
}

/** The types that a type is made of, one level down. */
export function partsOf(type: WitType): readonly Part[] {
  switch (type.kind) {
    case "list":
      return [{ step: "[]", type: type.element }];
    case "option":
      return [{ step: ".some", type: type.some }];
    case "result":
      return [
        { step: ".ok", type: type.ok },
        { step: ".err", type: type.err },
      ];
    case "tuple":
      return type.items.map((item, i) => ({ step: `[${i}]`, type: item }));
    case "record":
      return type.fields.map((field) => ({ step: `.${field.name}`, type: field.type }));
    case "variant":
      return type.cases.map((one) => ({ step: `.${one.name}`, type: one.type }));
    case "stream":
    case "future":
      return [{ step: "[]", type: type.element }];
    default:
      return [];
  }
}
