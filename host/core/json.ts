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
