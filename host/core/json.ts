import { type Parsed, parsed, refused } from "./parsed.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Reads JSON that a guest has written; `what` it is begins the problem's sentence. */
export function parseJson(what: string, text: string): Parsed<Json> {
  try {
    return parsed(JSON.parse(text) as Json);
  } catch (error) {
    return refused(`${what}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Nothing of which the JSON is larger can be a text at all: JavaScript's own texts end at half a billion characters. */
export const jsonBytesMax = 256 * 1024 * 1024;

/** The bytes of a value's JSON in UTF-8, or `stopAt` if they are at least so many: counted without making the text. */
export function jsonBytes(value: unknown, stopAt: number): number {
  let bytes = 0;
  const visit = (part: unknown): void => {
    if (bytes >= stopAt) return;
    if (typeof part === "string") bytes += part.length >= stopAt - bytes ? part.length : textBytes(part);
    else if (Array.isArray(part)) {
      bytes += Math.max(part.length, 1) + 1;
      for (const item of part) {
        if (bytes >= stopAt) return;
        visit(item);
      }
    } else if (typeof part === "object" && part !== null) {
      const entries = Object.entries(part);
      bytes += entries.length === 0 ? 2 : 1;
      for (const [key, item] of entries) {
        bytes += textBytes(key) + 2;
        visit(item);
      }
    } else bytes += String(part).length;
  };
  visit(value);
  return Math.min(bytes, stopAt);
}

function textBytes(text: string): number {
  const json = JSON.stringify(text);
  let bytes = json.length;
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i);
    // Half of a pair of units is half of four bytes.
    if (unit > 0x7f) bytes += unit <= 0x7ff || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
