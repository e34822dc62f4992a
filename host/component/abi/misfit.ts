/** The host gave a value that its type does not have: our mistake, never the guest's. */
export class Misfit extends Error {
  override readonly name = "Misfit";
  readonly #wanted: string;
  readonly #found: string;
  #path = "";

  constructor(found: unknown, wanted: string) {
    super();
    this.#wanted = wanted;
    this.#found = shown(found);
  }

  /** Says that the value stands within another one. */
  within(step: string): this {
    this.#path = step + this.#path;
    return this;
  }

  override get message(): string {
    return `${this.#path}: found ${this.#found}, where ${this.#wanted} is wanted`;
  }
}

/** The error to throw on from a compound value in whose part `step` it came up. */
export function within(error: unknown, step: string): unknown {
  return error instanceof Misfit ? error.within(step) : error;
}

function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value)
        ? `an array of ${value.length}`
        : `an object of ${value.constructor?.name ?? "no class"}`;
    case "symbol":
    case "boolean":
    case "number":
    case "undefined":
      return String(value);
  }
}
