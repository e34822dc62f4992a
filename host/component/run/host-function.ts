import { assert } from "../../core/assert.ts";
import { kebabToCamel, kebabToPascal } from "../../core/names.ts";
import type { HostInterface } from "../../ports/components.ts";

/** Takes values and gives one, or a promise of it. */
export type AnyFunction = (...args: readonly unknown[]) => unknown;

type AnyClass = abstract new (...args: readonly unknown[]) => unknown;

/** Finds a function among what the host offers, by jco's names: `[method]pollable.block` is `Pollable.prototype.block`.
 *  Throws AssertionError when it is not there: what a component imports is checked before. */
export function hostFunction(
  interfaceName: string,
  functionName: string,
  offered: HostInterface | undefined,
): AnyFunction {
  const [, kind, resource = "", member = ""] =
    /^\[(method|static|constructor)\]([^.]+)(?:\.(.+))?$/.exec(functionName) ?? [];
  const found =
    kind === undefined
      ? property(offered, kebabToCamel(functionName))
      : memberOf(hostClass(offered, resource), kind, kebabToCamel(member));
  assert(found !== undefined, `the host does not offer ${interfaceName}.${functionName}, which the component imports`);
  return found;
}

/** The class that stands for a resource. */
export function hostClass(offered: HostInterface | undefined, resourceName: string): AnyClass | undefined {
  return property(offered, kebabToPascal(resourceName)) as AnyClass | undefined;
}

function memberOf(of: AnyClass | undefined, kind: string, name: string): AnyFunction | undefined {
  if (of === undefined) return undefined;
  if (kind === "constructor") return (...args) => Reflect.construct(of, args) as unknown;
  if (kind === "static") {
    const method = property(of as unknown as HostInterface, name);
    return method && ((...args) => method.apply(of, [...args]));
  }
  if (property(of.prototype as HostInterface, name) === undefined) return undefined;
  return (self, ...args) => (self as Record<string, AnyFunction>)[name]?.(...args);
}

/** A function that is the host's, not one that every object has. */
function property(of: HostInterface | undefined, name: string): AnyFunction | undefined {
  const found = of?.[name];
  if (typeof found !== "function" || found === (Object.prototype as unknown as HostInterface)[name]) return undefined;
  return found as AnyFunction;
}
