import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import type { HostErrorCode } from "../core/host-error.ts";
import { refusal, type ShownPaths, sentences } from "./problems.ts";

/** A kind of file that people write, and how what is wrong with one is said. */
export interface TomlFile<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly code: HostErrorCode;
  readonly hint: string;
  /** By default all that is written may be shown in an error. */
  readonly mayShow?: ShownPaths;
}

/** Reads TOML as its schema has it. Throws HostError with every problem, a line each. */
export function readToml<Schema extends z.ZodType>(text: string, file: string, of: TomlFile<Schema>): z.output<Schema> {
  const { schema, code, hint, mayShow = () => true } = of;
  const toml = parseToml(text, file, of);
  if (hasPrototypeKey(toml)) throw refusal(code, file, ["the key __proto__ is not known"], hint);
  const found = schema.safeParse(toml, { reportInput: true });
  if (!found.success) throw refusal(code, file, sentences(schema, found.error.issues, mayShow), hint);
  return found.data;
}

function parseToml(text: string, file: string, { code, hint, mayShow }: Omit<TomlFile<z.ZodType>, "schema">): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ""] = error.message.split("\n");
    const line = mayShow === undefined ? `\n${error.codeblock.trimEnd()}` : "";
    throw refusal(code, `${file}:${error.line}:${error.column}`, [what + line], hint);
  }
}

/** A schema's records would pass over such a key without a word. */
function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasPrototypeKey);
}
