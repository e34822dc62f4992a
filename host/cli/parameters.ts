import { parseJson } from "../core/json.ts";
import { HostError, type Json } from "../index.ts";

/** Reads JSON that was given as an argument, such as `example`. Throws HostError `params-invalid`. */
export function jsonArgument(what: string, text: string, example: string): Json {
  const parsed = parseJson(what, text);
  if (parsed.ok) return parsed.value;
  throw new HostError("params-invalid", parsed.problem, { hint: `write JSON in single quotes, such as '${example}'` });
}

/** Reads a function's parameters: a JSON array, in order. */
export function parseParams(text: string): readonly unknown[] {
  const params = jsonArgument("the parameters", text, '["a", 1]');
  if (Array.isArray(params)) return params;
  throw new HostError("params-invalid", "the parameters are not a JSON array", {
    hint: `one parameter is an array too: '[${text}]'`,
  });
}
