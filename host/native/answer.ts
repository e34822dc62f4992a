import { type Json, parseJson } from "../core/json.ts";
import { type Parsed, refused } from "../core/parsed.ts";
import { decodeResult } from "../core/wit/signature.ts";
import type { FunctionType } from "../core/wit/type.ts";

/** Characters of a program's own words in the reason of a failure. */
const quotedMax = 500;

/** Reads what a program wrote: `{"ok": …}` or `{"err": …}` of the function's type. */
export function readAnswer(type: FunctionType, text: string): Parsed<{ ok: Json } | { err: Json }> {
  const json = parseJson("the program's answer", text);
  if (!json.ok) return refused(quoting(json.problem, text));
  const decoded = decodeResult(type, json.value);
  return decoded.ok ? decoded : refused(quoting(`the program's answer: ${decoded.problem}`, text));
}

function quoting(problem: string, text: string): string {
  return text.trim() === "" ? `${problem}; it is empty` : `${problem}; it begins ${text.trim().slice(0, quotedMax)}`;
}
