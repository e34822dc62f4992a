import { AssertionError, assert } from "../assert.ts";
import type { Json } from "../json.ts";
import { type Parsed, parsed, refused } from "../parsed.ts";
import type { Coder } from "./coder.ts";
import { listCoder, tupleCoder } from "./list-coder.ts";
import { Mismatch } from "./mismatch.ts";
import { flagsCoder, recordCoder } from "./record-coders.ts";
import { scalarCoders } from "./scalar-coders.ts";
import { typeText } from "./text.ts";
import type { WitType } from "./type.ts";
import {
  enumCoder,
  nestedOptionCoder,
  nothingCoder,
  optionCoder,
  resultCoder,
  variantCoder,
} from "./variant-coders.ts";

/** Between a type's values, in the mapping that `ports/components.ts` describes, and their JSON. What
 *  `toJson` writes is canonical: equal values give equal texts, and `fromJson` gives the value back. */
export interface Codec {
  /** For values of the type: those that a guest has produced, or `fromJson`. */
  toJson(value: unknown): Json;
  /** For JSON from anywhere. A problem starts with the path of what does not fit; `path` is that of the whole. */
  fromJson(json: unknown, path: string): Parsed<unknown>;
}

/** Deeper types are refused when a component is loaded. */
export const typeDepthMax = 100;

const codecs = new WeakMap<WitType, Codec>();
const coders = new WeakMap<WitType, Coder>();

/** Made once for each type. The type holds no resource, stream or future. */
export function codecFor(type: WitType): Codec {
  let codec = codecs.get(type);
  if (codec === undefined) {
    const { write, read } = coderFor(type, 0);
    codec = {
      toJson: write,
      fromJson: (json, path) => {
        const value = read(json);
        return value instanceof Mismatch ? refused(value.at(path)) : parsed(value);
      },
    };
    codecs.set(type, codec);
  }
  return codec;
}

function coderFor(type: WitType, depth: number): Coder {
  assert(depth <= typeDepthMax, `a type is nested more than ${typeDepthMax} levels deep`);
  let coder = coders.get(type);
  if (coder === undefined) {
    coder = compile(type, (part) => coderFor(part, depth + 1));
    coders.set(type, coder);
  }
  return coder;
}

function compile(type: WitType, coderOf: (part: WitType) => Coder): Coder {
  switch (type.kind) {
    case "list":
      return listCoder(type, coderOf(type.element));
    case "tuple":
      return tupleCoder(type, type.items.map(coderOf));
    case "record":
      return recordCoder(type, coderOf);
    case "flags":
      return flagsCoder(type);
    case "variant":
      return variantCoder(type, coderOf);
    case "enum":
      return enumCoder(type);
    case "option":
      return type.some.kind === "option"
        ? nestedOptionCoder(type, coderOf(type.some))
        : optionCoder(coderOf(type.some));
    case "result":
      return resultCoder(
        type,
        type.ok === undefined ? nothingCoder : coderOf(type.ok),
        type.err === undefined ? nothingCoder : coderOf(type.err),
      );
    case "own":
    case "borrow":
    case "stream":
    case "future":
    case "error-context":
      throw new AssertionError(`${typeText(type)} has no JSON`);
    default:
      return scalarCoders[type.kind];
  }
}
