/** The text forms of what the host answers, the same in every language. */
import { errOf } from "../err-of.ts";

/** A result as it stands inside another value: of texts, numbers and cases. */
export interface Result {
  readonly tag: "ok" | "err";
  readonly val?: unknown;
}

interface Case {
  readonly tag: string;
  readonly val?: string | number | Mismatch;
}

interface Mismatch {
  readonly specifiedFunction: NamedFunction;
  readonly actualFunction?: NamedFunction | null;
  readonly actualId: { readonly val: { readonly id: string } };
}

interface NamedFunction {
  readonly interfaceName: string;
  readonly functionName: string;
}

/** Writes ids so that they do not depend on the execution's own, which stands as `E~`. */
export class Answers {
  readonly #own: string;

  constructor(own: string) {
    this.#own = own.slice(1);
  }

  id(raw: string): string {
    const [kind, rest] = [raw.slice(0, 1), raw.slice(1)];
    const dot = rest.indexOf(".");
    if (rest === this.#own || rest.startsWith(`${this.#own}.`)) return `${kind}~${rest.slice(this.#own.length)}`;
    return `${kind}?${dot < 0 ? "" : rest.slice(dot)}`;
  }

  /** What `call` gives, in the words of `ok`, or the case that it fails with. */
  of<Value>(call: () => Value, ok: (value: Value) => string): string {
    const result = settle(call);
    return result.tag === "ok" ? ok(result.val) : `!${this.case(result.val as Case)}`;
  }

  /** `ok`, `ok(7)`, `err(odd(7))`. */
  result({ tag, val }: Result): string {
    if (val === undefined || val === null) return tag;
    return `${tag}(${typeof val === "object" ? this.case(val as Case) : (val as string | number)})`;
  }

  case({ tag, val }: Case): string {
    if (val === undefined) return tag;
    return `${tag}(${typeof val === "object" ? this.#mismatch(val) : val})`;
  }

  #mismatch({ specifiedFunction, actualFunction, actualId }: Mismatch): string {
    const name = (of: NamedFunction) => `${of.interfaceName}.${of.functionName}`;
    const actual = actualFunction ? name(actualFunction) : "none";
    return `${name(specifiedFunction)}, ${actual}, ${this.id(actualId.val.id)}`;
  }
}

/** What a call gives, or the err that it throws. */
export function settle<Value>(call: () => Value): { tag: "ok"; val: Value } | { tag: "err"; val: unknown } {
  try {
    return { tag: "ok", val: call() };
  } catch (thrown) {
    return { tag: "err", val: errOf(thrown) };
  }
}

/** An execution's or a delay's id. */
export function responseOf(response: { readonly val: { readonly id: string } } | null | undefined): string | undefined {
  return response?.val.id;
}
