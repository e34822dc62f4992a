import { type Parsed, parsed, refused } from "../core/parsed.ts";

/** Text in which `${NAME}`, `${NAME:-default}` (when unset or empty) and `${NAME-default}` (when unset) stand for
 *  variables of the host; a default is such text again. Anything else, `$NAME` included, stands for itself. */
export type Template = readonly (string | Variable)[];

interface Variable {
  readonly name: string;
  readonly fallback?: Fallback;
}

interface Fallback {
  readonly template: Template;
  readonly forEmpty: boolean;
}

/** Variables of the host by name. */
export type Environment = ReadonlyMap<string, string>;

/** Defaults within defaults. */
const depthMax = 8;

const opening = /\$\{([A-Za-z_][A-Za-z0-9_]*)(\}|:?-)/y;

export function parseTemplate(text: string): Parsed<Template> {
  const template = readTemplate({ text, at: 0 }, 0);
  return typeof template === "string" ? refused(template) : parsed(template);
}

/** The names of all variables that it may ask for. */
export function variablesOf(template: Template): readonly string[] {
  return template.flatMap((part) =>
    typeof part === "string" ? [] : [part.name, ...(part.fallback ? variablesOf(part.fallback.template) : [])],
  );
}

/** The text with values in place of names; `missing` hears of each variable that is unset and has no default. */
export function expand(template: Template, environment: Environment, missing: (name: string) => void): string {
  const valueOf = ({ name, fallback }: Variable): string => {
    const value = environment.get(name);
    const takesFallback = value === undefined || (value === "" && fallback?.forEmpty === true);
    if (!takesFallback) return value;
    if (fallback !== undefined) return expand(fallback.template, environment, missing);
    missing(name);
    return "";
  };
  return template.map((part) => (typeof part === "string" ? part : valueOf(part))).join("");
}

interface Reader {
  readonly text: string;
  at: number;
}

/** Reads to the end of the text, or to the } of the default that it is in. A string says what is wrong. */
function readTemplate(reader: Reader, depth: number): Template | string {
  const parts: (string | Variable)[] = [];
  for (;;) {
    const stop = depth === 0 ? /\$\{/g : /\$\{|\}/g;
    stop.lastIndex = reader.at;
    const end = stop.exec(reader.text)?.index ?? reader.text.length;
    if (end > reader.at) parts.push(reader.text.slice(reader.at, end));
    reader.at = end;
    if (reader.text[end] !== "$") return parts;
    const variable = readVariable(reader, depth);
    if (typeof variable === "string") return variable;
    parts.push(variable);
  }
}

function readVariable(reader: Reader, depth: number): Variable | string {
  opening.lastIndex = reader.at;
  const [all, name, sign] = opening.exec(reader.text) ?? [];
  if (all === undefined || name === undefined) {
    return "has a ${ that is none of ${NAME}, ${NAME:-default} and ${NAME-default}";
  }
  reader.at += all.length;
  if (sign === "}") return { name };
  if (depth === depthMax) return `has defaults within defaults, more than ${depthMax} deep`;
  const template = readTemplate(reader, depth + 1);
  if (typeof template === "string") return template;
  if (reader.at === reader.text.length) return `has no } at the end of the default of ${name}`;
  reader.at++;
  return { name, fallback: { template, forEmpty: sign === ":-" } };
}
