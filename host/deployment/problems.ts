import { z } from "zod";
import { HostError, type HostErrorCode } from "../core/host-error.ts";
import { nearest } from "../core/nearest.ts";

/** A HostError with everything that is wrong, a line each. */
export function refusal(code: HostErrorCode, what: string, problems: readonly string[], hint: string): HostError {
  const text = problems.length === 1 ? problems[0] : [`${problems.length} problems`, ...problems].join("\n  ");
  return new HostError(code, `${what}: ${text}`, { hint });
}

/** What a schema has found wrong, as sentences; `found` tells what was written at a path. */
export function sentences(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], mayShow: ShownPaths): string[] {
  const known = keysOf(schema);
  return issues.flatMap((issue) => {
    const where = placeOf(issue.path);
    const at = where === "" ? "" : `${where}: `;
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `${at}${unknownKey(key, known)}`);
    const wants = issue.code === "invalid_type" ? `wants ${typeWanted(issue.expected)}` : issue.message;
    if (issue.input === undefined) return [`${at}${wants}; it is missing`];
    const found = foundText(issue.input);
    return [mayShow(issue.path) && !wants.includes(found) ? `${at}${wants}; found ${found}` : `${at}${wants}`];
  });
}

/** Whether what is written at a path may stand in an error. */
export type ShownPaths = (path: readonly PropertyKey[]) => boolean;

/** `a[0].b`, the function names among the keys in quotes. */
function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, part) => {
    if (typeof part === "number") return `${place}[${part}]`;
    const key = /^[\w-]+$/.test(String(part)) ? String(part) : JSON.stringify(part);
    return place === "" ? key : `${place}.${key}`;
  }, "");
}

function typeWanted(expected: string): string {
  return expected === "int" ? "a whole number" : `a value of type ${expected}`;
}

/** What was written, the beginning of what is long. */
function foundText(input: unknown): string {
  const text = JSON.stringify(input);
  return text.length <= foundMax ? text : `${text.slice(0, foundMax)}…`;
}

const foundMax = 200;

function unknownKey(key: string, known: readonly string[]): string {
  if (known.includes(key)) return `the key ${key} is not known here`;
  const close = nearest(key, known)[0] ?? known.find((name) => name.startsWith(key));
  return `the key ${key} is not known${close === undefined ? "" : `; did you mean ${close}?`}`;
}

/** Every key that may be written, at any depth. */
function keysOf(schema: z.ZodType): readonly string[] {
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if ("properties" in node && typeof node.properties === "object") {
      for (const key of Object.keys(node.properties ?? {})) keys.add(key);
    }
    Object.values(node).forEach(visit);
  };
  visit(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  return [...keys];
}
