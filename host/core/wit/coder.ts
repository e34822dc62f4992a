import type { Json } from "../json.ts";
import { kebabToSnake } from "../names.ts";
import { nearest } from "../nearest.ts";

/** How the values of one type stand in JSON. Values are in the mapping that `ports/components.ts` describes. */
export interface Coder {
  /** The canonical JSON of a value that a guest has produced, and that is therefore of the type. */
  readonly write: (value: unknown) => Json;
  /** The value that JSON from anywhere stands for, or a Mismatch. */
  readonly read: (json: unknown) => unknown;
}

/** Finds the coder of a type that another is made of. */
export type CoderOf<Type> = (type: Type) => Coder;

export type Members = Readonly<Record<string, unknown>>;

export function isObject(json: unknown): json is Members {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Sets an own property, whatever it is called. */
export function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true });
  else object[key] = value;
}

/** What a name stands for, spelled in kebab-case or in snake_case. */
export function bySpelling<Value>(entries: Iterable<readonly [kebab: string, Value]>): ReadonlyMap<string, Value> {
  return new Map([...entries].flatMap(([kebab, value]) => [kebab, kebabToSnake(kebab)].map((name) => [name, value])));
}

/** For a name that is none of those wanted, which are in kebab-case: the one that it may stand for, or all of them. */
export function hint(name: string, wanted: readonly string[], plural: string): string {
  const names = wanted.map(kebabToSnake);
  const [near] = nearest(name, names);
  return near === undefined ? `its ${plural} are ${names.join(", ")}` : `did you mean "${near}"?`;
}
