import { hash } from "node:crypto";
import type { Digest } from "../core/ids.ts";
import type { ComponentType } from "../core/wit/type.ts";
import type { Guest, GuestLimits, HostImports, LoadedComponent } from "../ports/components.ts";
import { GuestTrap } from "../ports/components.ts";
import { ModuleCache } from "./cache.ts";
import { limitModule } from "./core-module.ts";
import type { LiveFunction } from "./functions.ts";
import { GuestState } from "./guest-state.ts";
import { importsFrom, Linker } from "./instance.ts";
import type { ComponentPlan } from "./plan.ts";
import { readComponent } from "./read-component.ts";

/** A component that has been read and compiled. It crosses to other threads by structured clone, which shares the code. */
export interface PreparedComponent {
  readonly digest: Digest;
  readonly type: ComponentType;
  readonly plan: ComponentPlan;
  readonly modules: readonly WebAssembly.Module[];
}

export interface PrepareOptions {
  /** Where limited core modules are kept between starts; nowhere by default. */
  readonly cacheDir?: string;
  /** The most that each memory of the component may grow to, in bytes. */
  readonly memoryBytesMax?: number;
}

const defaultMemoryBytesMax = 256 * 1024 * 1024;

/** Reads, limits and compiles a component. Throws HostError `component-invalid` or `cache-failed`. */
export async function prepareComponent(bytes: Uint8Array, options: PrepareOptions = {}): Promise<PreparedComponent> {
  const { type, plan, modules } = readComponent(bytes);
  const memoryBytesMax = options.memoryBytesMax ?? defaultMemoryBytesMax;
  const limit = () => modules.map((module) => limitModule(module, memoryBytesMax));
  const digest = digestOf(bytes);
  const limited =
    options.cacheDir === undefined ? limit() : new ModuleCache(options.cacheDir).modules(digest, memoryBytesMax, limit);
  return { digest, type, plan, modules: await compileAll(limited) };
}

export function loadComponent(prepared: PreparedComponent): LoadedComponent {
  return {
    type: prepared.type,
    instantiate: (imports: HostImports, limits: GuestLimits) => new ComponentGuest(prepared, imports, limits),
  };
}

/** What a component imports and exports, without compiling it. Throws HostError `component-invalid`. */
export function readComponentType(bytes: Uint8Array): ComponentType {
  return readComponent(bytes).type;
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${hash("sha256", bytes, "hex")}` as Digest;
}

class ComponentGuest implements Guest {
  readonly #state: GuestState;
  readonly #functions = new Map<string, LiveFunction>();
  #called = false;

  constructor(prepared: PreparedComponent, imports: HostImports, limits: GuestLimits) {
    this.#state = new GuestState(limits.fuel);
    try {
      const exports = new Linker(this.#state, prepared.modules).link(prepared.plan, importsFrom(imports));
      for (const [name, item] of exports) {
        if (item.sort === "func") this.#functions.set(`$root ${name}`, item.func);
        if (item.sort !== "instance") continue;
        for (const [member, inner] of item.items)
          if (inner.sort === "func") this.#functions.set(`${name} ${member}`, inner.func);
      }
    } catch (error) {
      throw this.#state.fail(error);
    }
  }

  async call(interfaceName: string, functionName: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#state.ended !== undefined) throw this.#state.ended;
    const func = this.#functions.get(`${interfaceName} ${functionName}`);
    if (func === undefined) throw new GuestTrap(`the component does not export ${interfaceName}.${functionName}`);
    if (this.#called) throw new GuestTrap("the instance is being called already");
    this.#called = true;
    try {
      const value = await func.call(args);
      // A guest may have caught what was to unwind it; its answer counts for nothing then.
      if (this.#state.ended !== undefined) throw this.#state.ended;
      this.#called = false;
      return value;
    } catch (error) {
      throw this.#state.fail(error);
    }
  }

  fuelUsed(): number {
    return this.#state.fuelUsed();
  }
}

/** Compiled away from this thread, all at once. */
function compileAll(modules: readonly Uint8Array[]): Promise<WebAssembly.Module[]> {
  return Promise.all(modules.map((module) => WebAssembly.compile(module as BufferSource)));
}
