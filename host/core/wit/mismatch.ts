import { typeText } from "./text.ts";
import type { WitType } from "./type.ts";

/** JSON that is not of its type. A reader returns it in the value's place, and each type around
 *  it adds its part of the path on the way out, so that reading what fits costs no path. */
export class Mismatch {
  readonly #message: string;
  #path = "";

  constructor(message: string) {
    this.#message = message;
  }

  /** `step` leads from the value around to the one that does not fit: `.items` or `[0]`. */
  within(step: string): this {
    this.#path = step + this.#path;
    return this;
  }

  at(root: string): string {
    return `${root}${this.#path}: ${this.#message}`;
  }
}

export function unlike(json: unknown, type: WitType): Mismatch {
  return new Mismatch(`found ${found(json)}, wanted ${typeText(type)}`);
}

/** For a number, or digits in a string, of the right kind but out of range. */
export function misfit(json: unknown, type: WitType): Mismatch {
  return new Mismatch(`${found(json)} does not fit ${typeText(type)}`);
}

const shownMax = 60;

/** A JSON value in a few words. */
export function found(json: unknown): string {
  switch (typeof json) {
    case "string":
      return json.length <= shownMax
        ? JSON.stringify(json)
        : `a string of ${json.length} characters, ${JSON.stringify(json.slice(0, shownMax))}…`;
    case "number":
    case "boolean":
    case "bigint":
      return String(json);
    case "object":
      if (json === null) return "null";
      return Array.isArray(json) ? `an array of ${json.length}` : "an object";
    case "undefined":
      return "nothing";
    default:
      return `a ${typeof json}`;
  }
}
