import { createHash } from "node:crypto";
import { assert } from "../core/assert.ts";
import type { Outcome } from "../core/event.ts";
import type { Digest, FunctionName } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { splitFunctionName } from "../core/names.ts";
import { decodeParams, outcomeFromGuest } from "../core/wit/signature.ts";
import type { ComponentType, FunctionType } from "../core/wit/type.ts";
import type { Guest, GuestLimits, GuestWorld, LoadedComponent } from "../ports/components.ts";
import { GuestTrap } from "../ports/components.ts";
import type { WorkflowCalls } from "./workflow-calls.ts";
import type { WorkflowImports } from "./workflow-imports.ts";

/** A workflow function of a loaded component, ready to be run any number of times. */
export class WorkflowProgram {
  readonly #component: LoadedComponent;
  readonly #imports: WorkflowImports;
  readonly #interfaceName: string;
  readonly #functionName: string;
  readonly #type: FunctionType;

  constructor(component: LoadedComponent, imports: WorkflowImports, name: FunctionName) {
    const { interfaceName, functionName } = splitFunctionName(name);
    const type = functionOf(component.type, name);
    assert(type !== undefined, `the component does not export ${name}`);
    this.#component = component;
    this.#imports = imports;
    this.#interfaceName = interfaceName;
    this.#functionName = functionName;
    this.#type = type;
  }

  instantiate(run: WorkflowCalls, limits: GuestLimits, world: GuestWorld): Guest {
    return this.#component.instantiate(this.#imports.for(run), limits, world);
  }

  async call(guest: Guest, params: readonly Json[]): Promise<Outcome> {
    const decoded = decodeParams(this.#type, params);
    if (!decoded.ok) throw new GuestTrap(decoded.problem);
    const value = await guest.call(this.#interfaceName, this.#functionName, decoded.values);
    return outcomeFromGuest(this.#type, value);
  }

  /** Why parameters do not fit the function; undefined when they do. */
  paramsProblem(params: Json): string | undefined {
    const decoded = decodeParams(this.#type, params);
    return decoded.ok ? undefined : decoded.problem;
  }

  /** Parameters that fit, in the form in which they are journaled. */
  canonical(params: Json): readonly Json[] {
    const decoded = decodeParams(this.#type, params);
    assert(decoded.ok, "parameters that were checked");
    return decoded.canonical;
  }

  /** Whether its component can ask about children that were awaited before. */
  get looksBack(): boolean {
    return this.#imports.looksBack;
  }
}

/** The type of an exported function. */
export function functionOf({ exports }: ComponentType, name: FunctionName): FunctionType | undefined {
  const { interfaceName, functionName } = splitFunctionName(name);
  return exports.get(interfaceName)?.functions.get(functionName);
}

/** Names a JSON value that is not to be kept itself. */
export function jsonDigest(value: Json): Digest {
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}` as Digest;
}
