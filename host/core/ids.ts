import { assert } from "./assert.ts";
import { type Parsed, parsed, refused } from "./parsed.ts";

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** `E_` + ULID, followed for a child by `.` + join set id + `_` + index, once per level. */
export type ExecutionId = Branded<string, "ExecutionId">;
/** `D_` instead of `E_`, otherwise as the child that it would be. */
export type DelayId = Branded<string, "DelayId">;
/** `o:N`, `o:N-name`, `g:N` or `n:NAME`. */
export type JoinSetId = Branded<string, "JoinSetId">;
/** `sha256:` + 64 lower-case hexadecimal digits. */
export type Digest = Branded<string, "Digest">;
/** `ns:pkg/ifc.fn`, with `@version` after the interface when its package has one. */
export type FunctionName = Branded<string, "FunctionName">;
/** An execution's integer key in its journal: small, never reused, ascending with creation. */
export type ExecutionKey = Branded<number, "ExecutionKey">;
/** A place in the journal. */
export type Position = Branded<number, "Position">;
/** UTC wall-clock time in milliseconds since the Unix epoch. */
export type Millis = Branded<number, "Millis">;

const crockford = /^[0-9A-HJKMNP-TV-Z]*$/;
/** The longest name of a join set, a channel or a function. */
export const nameCharactersMax = 256;
const nameText = String.raw`[\w/-]{1,${nameCharactersMax}}`;
const namePattern = new RegExp(`^${nameText}$`);
const joinSetPattern = new RegExp(String.raw`^(?:o:[1-9]\d{0,15}(?:-${nameText})?|g:[1-9]\d{0,15}|n:${nameText})$`);
/** How deep children may be nested. */
export const levelsMax = 500;
const indexPattern = /^[1-9]\d{0,15}$/;

/** Reads a top-level id, `E_` + ULID, or a child's, with `.joinset_index` for each level. */
export function parseExecutionId(text: string): Parsed<ExecutionId> {
  const problem = executionIdProblem(text);
  if (problem === undefined) return parsed(text as ExecutionId);
  return refused(`${JSON.stringify(text)} is no execution id: ${problem}`);
}

function executionIdProblem(text: string): string | undefined {
  if (!text.startsWith("E_")) return "it begins with E_";
  const [root = "", ...levels] = text.slice(2).split(".");
  if (!crockford.test(root)) {
    return "after E_ stands a ULID, digits and capital letters without I, L, O and U";
  }
  if (root.length !== 26) return `after E_ stands a ULID of 26 characters, and here are ${root.length}`;
  if (root.charAt(0) > "7") return "a ULID begins with a digit from 0 to 7";
  if (levels.length > levelsMax)
    return `it has ${levels.length} levels, and no execution is more than ${levelsMax} deep`;
  const wrong = levels.find((level) => splitLevel(level) === undefined);
  if (wrong === undefined) return undefined;
  return `"${wrong}" is not a join set (o:N, o:N-name, g:N or n:NAME), an underscore and a number from 1`;
}

/** A level is split at its last underscore: names of join sets may hold others. */
function splitLevel(level: string): { readonly joinSet: JoinSetId; readonly index: number } | undefined {
  const underscore = level.lastIndexOf("_");
  const joinSet = level.slice(0, Math.max(underscore, 0));
  const index = level.slice(underscore + 1);
  if (!joinSetPattern.test(joinSet) || !indexPattern.test(index)) return undefined;
  return { joinSet: joinSet as JoinSetId, index: Number(index) };
}

export function childId(parent: ExecutionId, joinSet: JoinSetId, index: number): ExecutionId {
  return `${parent}.${joinSet}_${index}` as ExecutionId;
}

export function delayId(execution: ExecutionId, joinSet: JoinSetId, index: number): DelayId {
  return `D_${execution.slice(2)}.${joinSet}_${index}` as DelayId;
}

/** The execution that has submitted a delay. */
export function ownerOf(delay: DelayId): ExecutionId {
  return `E_${delay.slice(2, delay.lastIndexOf("."))}` as ExecutionId;
}

/** The n-th one-off join set of an execution, n from 1. An empty name is none. */
export function oneOffJoinSet(n: number, name?: string): JoinSetId {
  return (name === undefined || name === "" ? `o:${n}` : `o:${n}-${name}`) as JoinSetId;
}

/** The n-th generated join set of an execution, n from 1. */
export function generatedJoinSet(n: number): JoinSetId {
  return `g:${n}` as JoinSetId;
}

export function namedJoinSet(name: string): JoinSetId {
  return `n:${name}` as JoinSetId;
}

/** Why nothing can have this name, be it a join set, a sleep or a channel; undefined when it can. */
export function nameProblem(text: string): string | undefined {
  if (namePattern.test(text)) return undefined;
  const shown = text.length > nameCharactersMax ? `a name of ${text.length} characters` : JSON.stringify(text);
  return `${shown}: a name is made of letters, digits, "_", "-" and "/", from 1 to ${nameCharactersMax} of them`;
}

/** Where a child was submitted; undefined for a top-level execution. */
export function parentOf(
  id: ExecutionId,
): { readonly parent: ExecutionId; readonly joinSet: JoinSetId; readonly index: number } | undefined {
  const dot = id.lastIndexOf(".");
  if (dot < 0) return undefined;
  const level = splitLevel(id.slice(dot + 1));
  assert(level !== undefined, `${id} is no execution id`);
  return { parent: id.slice(0, dot) as ExecutionId, ...level };
}

export function rootOf(id: ExecutionId): ExecutionId {
  const dot = id.indexOf(".");
  return dot < 0 ? id : (id.slice(0, dot) as ExecutionId);
}

/** How many parents an execution has above it. */
export function depthOf(id: ExecutionId): number {
  return id.split(".").length - 1;
}

export function isTopLevel(id: ExecutionId): boolean {
  return !id.includes(".");
}
