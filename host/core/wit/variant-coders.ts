import type { Json } from "../json.ts";
import { kebabToSnake } from "../names.ts";
import { bySpelling, type Coder, type CoderOf, hint, isObject } from "./coder.ts";
import { found, Mismatch, unlike } from "./mismatch.ts";
import { typeText } from "./text.ts";
import type { WitType } from "./type.ts";

type VariantType = Extract<WitType, { kind: "variant" }>;
type EnumType = Extract<WitType, { kind: "enum" }>;

interface Tagged {
  readonly tag: string;
  readonly val?: unknown;
}

interface CaseCoder {
  readonly tag: string;
  readonly snake: string;
  /** Absent for a case without payload. */
  readonly coder: Coder | undefined;
}

/** `"case"` or `{ "case": payload }`. */
export function variantCoder(type: VariantType, coderOf: CoderOf<WitType>): Coder {
  const cases = type.cases.map((one): CaseCoder => {
    const coder = one.type === undefined ? undefined : coderOf(one.type);
    return { tag: one.name, snake: kebabToSnake(one.name), coder };
  });
  const byTag = new Map(cases.map((one) => [one.tag, one]));
  const byName = bySpelling(cases.map((one) => [one.tag, one]));
  return {
    write: (value) => {
      const { tag, val } = value as Tagged;
      const { snake, coder } = byTag.get(tag) as CaseCoder;
      return coder === undefined ? snake : { [snake]: coder.write(val) };
    },
    read: (json) => {
      const name = typeof json === "string" ? json : onlyKey(json);
      if (name === undefined) return unlikeVariant(json, type);
      const one = byName.get(name);
      if (one === undefined) return unknownCase(name, type, [...byTag.keys()]);
      const payload = isObject(json) ? json[name] : undefined;
      return readCase(one, payload, type);
    },
  };
}

function readCase({ tag, snake, coder }: CaseCoder, payload: unknown, type: WitType): unknown {
  if (coder === undefined) {
    if (payload === undefined || payload === null) return { tag };
    return new Mismatch(`found ${found(payload)}; the case "${snake}" of ${typeText(type)} has no payload`).within(
      `.${snake}`,
    );
  }
  if (payload === undefined) {
    return new Mismatch(`the case "${snake}" of ${typeText(type)} has a payload; wanted {"${snake}": …}`);
  }
  const val = coder.read(payload);
  return val instanceof Mismatch ? val.within(`.${snake}`) : { tag, val };
}

function onlyKey(json: unknown): string | undefined {
  if (!isObject(json)) return undefined;
  const keys = Object.keys(json);
  return keys.length === 1 ? keys[0] : undefined;
}

function unlikeVariant(json: unknown, type: WitType): Mismatch {
  const what = isObject(json) ? `an object with ${Object.keys(json).length} keys` : found(json);
  return new Mismatch(`found ${what}, wanted ${typeText(type)}: "case" or {"case": payload}`);
}

function unknownCase(name: string, type: WitType, cases: readonly string[]): Mismatch {
  return new Mismatch(`${typeText(type)} has no case ${found(name)}; ${hint(name, cases, "cases")}`);
}

export function enumCoder(type: EnumType): Coder {
  const snakes = new Map(type.cases.map((tag) => [tag, kebabToSnake(tag)]));
  const tags = bySpelling(type.cases.map((tag) => [tag, tag]));
  return {
    write: (value) => snakes.get(value as string) as string,
    read: (json) => {
      if (typeof json !== "string") return unlike(json, type);
      return tags.get(json) ?? unknownCase(json, type, type.cases);
    },
  };
}

/** Null or the value. */
export function optionCoder(some: Coder): Coder {
  return {
    write: (value) => (value === undefined ? null : some.write(value)),
    read: (json) => (json === null ? undefined : some.read(json)),
  };
}

/** `"none"` or `{ "some": value }`, for an option of what may itself be null. */
export function nestedOptionCoder(type: WitType, some: Coder): Coder {
  return {
    write: (value) => {
      const { tag, val } = value as Tagged;
      return tag === "none" ? "none" : { some: some.write(val) };
    },
    read: (json) => {
      if (json === "none" || json === null) return { tag: "none" };
      if (!isObject(json) || onlyKey(json) !== "some") {
        return new Mismatch(`found ${found(json)}, wanted ${typeText(type)}: "none" or {"some": value}`);
      }
      const val = some.read(json["some"]);
      return val instanceof Mismatch ? val.within(".some") : { tag: "some", val };
    },
  };
}

/** `{ "ok": value }` or `{ "err": value }`, the value null where the type has none. */
export function resultCoder(type: WitType, ok: Coder, err: Coder): Coder {
  return {
    write: (value): Json => {
      const { tag, val } = value as Tagged;
      return tag === "ok" ? { ok: ok.write(val) } : { err: err.write(val) };
    },
    read: (json) => {
      const tag = onlyKey(json);
      if (!isObject(json) || (tag !== "ok" && tag !== "err")) {
        return new Mismatch(`found ${found(json)}, wanted ${typeText(type)}: {"ok": value} or {"err": value}`);
      }
      const val = (tag === "ok" ? ok : err).read(json[tag]);
      return val instanceof Mismatch ? val.within(`.${tag}`) : { tag, val };
    },
  };
}

/** Stands for the payload that a result does not have. */
export const nothingCoder: Coder = {
  write: () => null,
  read: (json) => (json === null ? undefined : new Mismatch(`found ${found(json)}, wanted null: there is no payload`)),
};
