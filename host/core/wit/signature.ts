import { assert } from "../assert.ts";
import type { Outcome, ResultShape } from "../event.ts";
import { nameCharactersMax } from "../ids.ts";
import type { Json } from "../json.ts";
import { kebabToSnake } from "../names.ts";
import { type Parsed, parsed, refused } from "../parsed.ts";
import { type Codec, codecFor, typeDepthMax } from "./json.ts";
import { found } from "./mismatch.ts";
import { partsOf } from "./parts.ts";
import { paramsText, typeText } from "./text.ts";
import type { FunctionType, WitType } from "./type.ts";

/** Parameters that fit their function. */
class Params {
  readonly ok = true;
  /** What the function is called with. */
  readonly values: readonly unknown[];
  readonly #codecs: readonly Codec[];

  constructor(codecs: readonly Codec[], values: readonly unknown[]) {
    this.#codecs = codecs;
    this.values = values;
  }

  /** The form in which they are journaled and compared; made when it is asked for. */
  get canonical(): readonly Json[] {
    return this.#codecs.map((codec, i) => codec.toJson(this.values[i]));
  }
}

export type DecodedParams = Params | { readonly ok: false; readonly problem: string };

const paramCodecs = new WeakMap<FunctionType, readonly Codec[]>();

/** Reads a function's parameters from a JSON array. */
export function decodeParams(type: FunctionType, json: unknown): DecodedParams {
  let codecs = paramCodecs.get(type);
  if (codecs === undefined) {
    codecs = type.params.map((param) => codecFor(param.type));
    paramCodecs.set(type, codecs);
  }
  if (!Array.isArray(json)) {
    return refused(`params: found ${found(json)}, wanted an array of ${codecs.length}: ${paramsText(type)}`);
  }
  if (json.length !== codecs.length) {
    return refused(`params: found ${json.length}, wanted ${codecs.length}: ${paramsText(type)}`);
  }
  const values: unknown[] = [];
  for (let i = 0; i < codecs.length; i++) {
    const decoded = (codecs[i] as Codec).fromJson(json[i], `params[${i}]`);
    if (!decoded.ok) return decoded;
    values.push(decoded.value);
  }
  return new Params(codecs, values);
}

/** How a platform failure looks to a caller whose function has a result of this type. */
interface PlatformFailure {
  readonly json: Json;
  readonly value: unknown;
}

const executionFailed = "execution-failed";

/** Undefined when no value of the type can say that the platform failed. */
export function platformFailure(type: WitType | undefined): PlatformFailure | undefined {
  if (type?.kind !== "result") return undefined;
  const { err } = type;
  const snake = kebabToSnake(executionFailed);
  if (err === undefined) return { json: null, value: undefined };
  if (err.kind === "string") return { json: snake, value: snake };
  const hasCase =
    err.kind === "variant" && err.cases.some((one) => one.name === executionFailed && one.type === undefined);
  return hasCase ? { json: snake, value: { tag: executionFailed } } : undefined;
}

/** Whether an err, as JSON, is final by its own name, so that the activity is not tried again. */
export function isPermanent(type: WitType | undefined, err: Json): boolean {
  if (type?.kind !== "result" || type.err?.kind !== "variant") return false;
  const name = typeof err === "object" && err !== null ? Object.keys(err)[0] : err;
  return typeof name === "string" && name.includes("permanent");
}

/** An err value on its way to the guest that called. Undefined for a bare `result`. */
export class GuestErr extends Error {
  override readonly name = "GuestErr";
  readonly payload: unknown;

  constructor(payload?: unknown) {
    super("an err value for the guest");
    this.payload = payload;
  }
}

/** What a workflow or activity returned, as it is journaled. */
export function outcomeFromGuest(type: FunctionType, value: unknown): { readonly ok: Json } | { readonly err: Json } {
  assert(type.result?.kind === "result", "every workflow and activity returns a result");
  return codecFor(type.result).toJson(value) as { readonly ok: Json } | { readonly err: Json };
}

/** Reads a function's result, `{ "ok": … }` or `{ "err": … }`, in the form in which it is journaled. */
export function decodeResult({ result }: FunctionType, json: unknown): Parsed<{ ok: Json } | { err: Json }> {
  assert(result !== undefined, "every workflow and activity returns a result");
  const codec = codecFor(result);
  const decoded = codec.fromJson(json, "result");
  return decoded.ok ? parsed(codec.toJson(decoded.value) as { ok: Json } | { err: Json }) : decoded;
}

/** How a platform failure reads in the JSON of any err that has a payload. */
export const executionFailedJson: Json = kebabToSnake(executionFailed);

/** A child's outcome as a value of the function's own type, `{ tag: 'ok' | 'err', val }`. A platform failure is an err
 *  of that type. So is an outcome that is not of the type: only a deployment that changed the function while its caller
 *  was under way leads to one. */
export function outcomeValue(type: WitType | undefined, outcome: Outcome): { tag: "ok" | "err"; val: unknown } {
  const failure = platformFailure(type);
  assert(type !== undefined && failure !== undefined, "every workflow and activity returns a result");
  const decoded = "failure" in outcome ? undefined : codecFor(type).fromJson(outcome, "outcome");
  if (decoded?.ok !== true) return { tag: "err", val: failure.value };
  return decoded.value as { tag: "ok" | "err"; val: unknown };
}

/** A child's outcome as its direct caller gets it: returns ok's payload, throws a GuestErr with err's. */
export function outcomeToGuest({ result }: FunctionType, outcome: Outcome): unknown {
  const { tag, val } = outcomeValue(result, outcome);
  if (tag === "err") throw new GuestErr(val);
  return val;
}

/** Which sides of a function's result have a payload. */
export function resultShape({ result }: FunctionType): ResultShape {
  const { ok, err } = result?.kind === "result" ? result : {};
  return { ok: ok !== undefined, err: err !== undefined };
}

const rule =
  "a workflow or activity returns result, result<T>, result<T, string>, " +
  "or result<T, E> with E a variant that has a bare case execution-failed";

/** Why a function of this name can't be a workflow's or an activity's; undefined when it can. */
export function checkExport(functionName: string, type: FunctionType): string | undefined {
  if (functionName.length > nameCharactersMax) {
    return `a function's name has ${functionName.length} characters, and at most ${nameCharactersMax} are allowed`;
  }
  const returned = type.result === undefined ? "nothing" : typeText(type.result);
  if (platformFailure(type.result) === undefined) return `${functionName} returns ${returned}; ${rule}`;
  for (const { name, type: param } of type.params) {
    const problem = valueProblem(param);
    if (problem !== undefined) return `${functionName} takes ${problem}, in its parameter ${name}`;
  }
  const problem = type.result && valueProblem(type.result);
  return problem && `${functionName} returns ${problem}, in its ${returned}`;
}

/** No type that a person has written comes near. */
const typePartsMax = 100_000;

/** What keeps the values of a type out of the journal. */
function valueProblem(type: WitType): string | undefined {
  let partsLeft = typePartsMax;
  const search = (part: WitType, depth: number): string | undefined => {
    if (depth > typeDepthMax) return `a type nested more than ${typeDepthMax} levels deep`;
    if (partsLeft-- === 0) return `a type of more than ${typePartsMax} parts`;
    if (isHandle(part)) return `${typeText(part)}, which lives within one instance and can't be journaled`;
    for (const { type: inner } of partsOf(part)) {
      const problem = inner && search(inner, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  return search(type, 0);
}

function isHandle({ kind }: WitType): boolean {
  return kind === "own" || kind === "borrow" || kind === "stream" || kind === "future" || kind === "error-context";
}
