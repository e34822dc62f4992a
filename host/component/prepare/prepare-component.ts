import { hash } from "node:crypto";
import { HostError } from "../../core/host-error.ts";
import type { Digest } from "../../core/ids.ts";
import { unsupported } from "../binary/binary-reader.ts";
import type { ComponentPlan } from "../plan/plan.ts";
import { resolveComponent } from "../plan/resolve-component.ts";
import { type LimitedModule, limitModule, type ModuleLimits } from "./limit-module.ts";
import { ModuleCache } from "./module-cache.ts";
import { resultTypes, trampolineModule, type WaitType } from "./trampolines.ts";

/** A component that has been read, checked and compiled. It goes to other threads by structured clone, which shares the code. */
export interface PreparedComponent {
  readonly digest: Digest;
  readonly plan: ComponentPlan;
  /** The plan's core modules, with the limits that they were given. */
  readonly modules: readonly WebAssembly.Module[];
  readonly limits: readonly ModuleLimits[];
  /** Stand between the core modules and the host. */
  readonly trampolines: Trampolines;
}

export interface Trampolines {
  readonly module: WebAssembly.Module;
  /** What each lowered function gives to core code. */
  readonly results: readonly WaitType[];
  /** The same, each once. */
  readonly waits: readonly WaitType[];
}

export interface PrepareOptions {
  /** The folder in which limited core modules are kept for the next start; without it, nowhere. */
  readonly cacheDir?: string;
}

/** Reads, limits and compiles a component. Throws HostError `component-invalid`, `component-refused` or `cache-failed`. */
export async function prepareComponent(
  bytes: Uint8Array,
  { cacheDir }: PrepareOptions = {},
): Promise<PreparedComponent> {
  const { plan, headers } = resolveComponent(bytes);
  const digest = digestOf(bytes);
  const limit = () =>
    plan.modules
      .map(({ start, end }, i) => {
        const header = headers[i];
        if (header === undefined) return [];
        const limited = limitModule(bytes, start, end, header);
        assertValid(bytes.subarray(start, end));
        return [limited];
      })
      .flat();
  const limited = cacheDir === undefined ? limit() : new ModuleCache(cacheDir).modules(digest, limit);
  return {
    digest,
    plan,
    modules: await Promise.all(limited.map(compile)),
    limits: limited.map(({ limits }) => limits),
    trampolines: await trampolinesOf(plan, limited),
  };
}

async function trampolinesOf(
  { lowered, steps }: ComponentPlan,
  modules: readonly LimitedModule[],
): Promise<Trampolines> {
  const memories = steps.reduce((sum, { module }) => sum + (modules[module]?.limits.memories.length ?? 0), 0);
  if (memories > memoriesMax) throw unsupported(`the component has ${memories} memories; ${memoriesMax} are allowed`);
  const results = resultTypes(lowered);
  const module = await WebAssembly.compile(trampolineModule(lowered, memories));
  return { module, results, waits: [...new Set(results)] };
}

/** Memories of one component: each of them takes address space. */
const memoriesMax = 64;

/** `sha256:` and the hash of the bytes in hexadecimal. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${hash("sha256", bytes, "hex")}` as Digest;
}

/** A module must be valid as it was written: what the host adds to it, its fuel among it, would otherwise be there for code
 *  that names more globals or tables than it has. Throws HostError `component-invalid`. */
function assertValid(module: Uint8Array): void {
  if (WebAssembly.validate(module)) return;
  try {
    void new WebAssembly.Module(module);
  } catch (cause) {
    throw invalid(cause);
  }
}

function invalid(cause: unknown): HostError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HostError("component-invalid", `a core module of the component is not valid: ${why}`, { cause });
}

async function compile({ bytes }: LimitedModule): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw invalid(cause);
  }
}
