import type { Json } from "../json.ts";
import { kebabToCamel, kebabToSnake } from "../names.ts";
import { bySpelling, type Coder, type CoderOf, hint, isObject, type Members, put } from "./coder.ts";
import { found, Mismatch, unlike } from "./mismatch.ts";
import { typeText } from "./text.ts";
import type { WitType } from "./type.ts";

type RecordType = Extract<WitType, { kind: "record" }>;
type FlagsType = Extract<WitType, { kind: "flags" }>;

interface FieldCoder {
  readonly kebab: string;
  readonly snake: string;
  readonly camel: string;
  readonly coder: Coder;
}

export function recordCoder(type: RecordType, coderOf: CoderOf<WitType>): Coder {
  const fields: readonly FieldCoder[] = type.fields.map((field) => ({
    kebab: field.name,
    snake: kebabToSnake(field.name),
    camel: kebabToCamel(field.name),
    coder: coderOf(field.type),
  }));
  return {
    write: (value) => {
      const json: Record<string, Json> = {};
      for (const { snake, camel, coder } of fields) put(json, snake, coder.write((value as Members)[camel]));
      return json;
    },
    read: (json) => {
      if (!isObject(json)) return unlike(json, type);
      const record: Record<string, unknown> = {};
      for (const field of fields) {
        const value = readField(type, fields, field, json);
        if (value instanceof Mismatch) return value;
        put(record, field.camel, value);
      }
      return Object.keys(json).length === fields.length ? record : surplus(type, fields, json);
    },
  };
}

function readField(type: RecordType, fields: readonly FieldCoder[], field: FieldCoder, json: Members): unknown {
  const { snake, kebab, coder } = field;
  let key = snake;
  if (!Object.hasOwn(json, snake)) {
    if (!Object.hasOwn(json, kebab)) return surplus(type, fields, json) ?? missing(type, field);
    key = kebab;
  } else if (kebab !== snake && Object.hasOwn(json, kebab)) {
    return new Mismatch(`"${snake}" and "${kebab}" are the same field of ${typeText(type)}; give it once`);
  }
  const value = coder.read(json[key]);
  return value instanceof Mismatch ? value.within(`.${snake}`) : value;
}

function missing(type: RecordType, { snake, coder }: FieldCoder): Mismatch {
  const canBeNull = !(coder.read(null) instanceof Mismatch);
  return new Mismatch(
    `the field "${snake}" of ${typeText(type)} is missing${canBeNull ? "; null stands for none" : ""}`,
  );
}

/** The first key that is no field; undefined when there is none. */
function surplus(type: RecordType, fields: readonly FieldCoder[], json: Members): Mismatch | undefined {
  const key = Object.keys(json).find((name) => !fields.some(({ snake, kebab }) => name === snake || name === kebab));
  if (key === undefined) return undefined;
  const names = fields.map(({ kebab }) => kebab);
  return new Mismatch(`${typeText(type)} has no field ${found(key)}; ${hint(key, names, "fields")}`);
}

export function flagsCoder(type: FlagsType): Coder {
  const flags = type.flags.map((kebab) => ({ snake: kebabToSnake(kebab), camel: kebabToCamel(kebab) }));
  const camels = bySpelling(type.flags.map((kebab) => [kebab, kebabToCamel(kebab)]));
  const readFlag = (json: unknown, value: Record<string, unknown>): Mismatch | undefined => {
    if (typeof json !== "string") return new Mismatch(`found ${found(json)}, wanted a flag of ${typeText(type)}`);
    const camel = camels.get(json);
    if (camel === undefined) {
      return new Mismatch(`${typeText(type)} has no flag ${found(json)}; ${hint(json, type.flags, "flags")}`);
    }
    if (value[camel] === true) return new Mismatch(`the flag ${found(json)} is given twice`);
    put(value, camel, true);
    return undefined;
  };
  return {
    write: (value) => flags.filter(({ camel }) => (value as Members)[camel] === true).map(({ snake }) => snake),
    read: (json) => {
      if (!Array.isArray(json)) return unlike(json, type);
      const value: Record<string, unknown> = {};
      for (const { camel } of flags) put(value, camel, false);
      for (let i = 0; i < json.length; i++) {
        const problem = readFlag(json[i], value);
        if (problem !== undefined) return problem.within(`[${i}]`);
      }
      return value;
    },
  };
}
