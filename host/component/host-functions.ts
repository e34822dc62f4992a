import { kebabToCamel, kebabToPascal } from "../core/names.ts";
import type { FunctionType, ResourceType } from "../core/wit/type.ts";
import { GuestTrap, type HostInterface } from "../ports/components.ts";
import type { LiveFunction } from "./functions.ts";
import type { LiveResource } from "./handles.ts";

type Method = (...args: readonly unknown[]) => unknown;

/** What the component and its host disagree on; the deployment's check comes before, so this is our mistake. */
export class MissingImport extends GuestTrap {
  override readonly name = "MissingImport";
}

/** A function of a host interface, found by the rules of jco: `[method]pollable.block` is `Pollable.prototype.block`. */
export function hostFunction(interfaceName: string, name: string, type: FunctionType, of: HostInterface): LiveFunction {
  const method = methodOf(interfaceName, name, of);
  return { type, call: type.result?.kind === "result" ? (args) => resultOf(method, args) : (args) => method(...args) };
}

function methodOf(interfaceName: string, name: string, of: HostInterface): Method {
  const missing = () => new MissingImport(`the host does not offer ${interfaceName}.${name}`);
  const member = /^\[(method|static|constructor)\]([^.]+)(?:\.(.+))?$/.exec(name);
  if (member === null) {
    const found = ownProperty(of, kebabToCamel(name));
    if (typeof found !== "function") throw missing();
    return (...args) => (found as Method)(...args);
  }
  const [, kind, resource = "", own = ""] = member;
  const Class = ownProperty(of, kebabToPascal(resource));
  if (typeof Class !== "function") throw missing();
  if (kind === "constructor") return (...args) => Reflect.construct(Class, args) as unknown;
  const property = kebabToCamel(own);
  const holder: unknown = kind === "static" ? Class : Class.prototype;
  const found = (holder as Record<string, unknown>)[property];
  if (typeof found !== "function") throw missing();
  return kind === "static"
    ? (...args) => found.apply(Class, args) as unknown
    : (self, ...args) => found.apply(self, args) as unknown;
}

/** An imported resource: values are the host's objects, which end by `Symbol.dispose`. */
export function hostResource({ name }: ResourceType): LiveResource {
  return {
    name,
    home: undefined,
    drop: (value) => {
      const dispose = (value as { [Symbol.dispose]?: () => void })[Symbol.dispose];
      dispose?.call(value);
    },
  };
}

function ownProperty(of: HostInterface, property: string): unknown {
  return Object.hasOwn(of, property) ? of[property] : undefined;
}

/** The host returns ok's payload and throws err's, as jco has it. */
function resultOf(method: Method, args: readonly unknown[]): unknown {
  try {
    const value = method(...args);
    return value instanceof Promise ? value.then(ok, err) : ok(value);
  } catch (error) {
    return err(error);
  }
}

function ok(val: unknown): { tag: "ok"; val: unknown } {
  return { tag: "ok", val };
}

/** An Error without a payload of its own is no err: it unwinds the guest. */
function err(error: unknown): { tag: "err"; val: unknown } {
  if (!(error instanceof Error)) return { tag: "err", val: error };
  if (Object.hasOwn(error, "payload")) return { tag: "err", val: (error as Error & { payload: unknown }).payload };
  throw error;
}
