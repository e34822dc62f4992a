import { AssertionError, assert, unreachable } from "../../core/assert.ts";
import { HostError } from "../../core/host-error.ts";
import {
  type Guest,
  type GuestLimits,
  GuestTrap,
  type GuestWorld,
  type HostImports,
  type HostInterface,
  type MemoryAccount,
} from "../../ports/components.ts";
import { type Allocator, CanonMemory } from "../abi/canon-memory.ts";
import { ComponentInstance } from "../abi/component-instance.ts";
import { Misfit } from "../abi/misfit.ts";
import type { CoreItem, FunctionSource, ModuleStep } from "../plan/plan.ts";
import type { ModuleLimits } from "../prepare/limit-module.ts";
import { hostPlaces } from "../prepare/meter.ts";
import type { PreparedComponent, Trampolines } from "../prepare/prepare-component.ts";
import { trampolineExports } from "../prepare/trampolines.ts";
import { functionAbi } from "./function-abi.ts";
import { GuestResources } from "./guest-resources.ts";
import { GuestState } from "./guest-state.ts";
import { hostClass, hostFunction } from "./host-function.ts";
import { callLifted } from "./lift-function.ts";
import { hostTarget, lowerFunction, type Target } from "./lower-function.ts";
import type { SpareMemories } from "./spare-memories.ts";
import { Suspension } from "./suspension.ts";

const pageBytes = 65_536;
/** Of a guest whose limits don't say: a workflow, which has this for ever. */
const usualTableEntriesMax = 1_000_000;
/** As many as 32-bit addresses reach. */
const pagesMax = 65_536;

interface CoreMemory {
  readonly memory: WebAssembly.Memory;
  /** Pages with which it began. */
  readonly min: number;
  readonly max: number;
}

type Given = Record<string, Record<string, WebAssembly.ImportValue>>;

/** Of each guest in the end: what it never tells anybody. */
const released = new GuestTrap("the guest has been released");

/** One instance of a component: its core instances and what holds them together. */
export class ComponentGuest implements Guest {
  readonly #component: PreparedComponent;
  readonly #imports: HostImports;
  readonly #offered = new Map<string, HostInterface | undefined>();
  readonly #state: GuestState;
  readonly #memoryPagesMax: number;
  /** Of all core instances, by number. */
  readonly #coreMemories: CoreMemory[] = [];
  readonly #spareMemories: SpareMemories;
  #memoryPages = 0;
  readonly #tableEntriesMax: number;
  #tableEntries = 0;
  readonly #account: MemoryAccount | undefined;
  #released = false;
  readonly #coreExports: WebAssembly.Exports[] = [];
  readonly #instances: readonly ComponentInstance[];
  readonly #memories: (CanonMemory | undefined)[] = [];
  readonly #lowered: WebAssembly.Exports;
  #running = false;

  /** Throws GuestTrap when start code traps or the memory that it begins with is more than its limit. */
  constructor(
    component: PreparedComponent,
    imports: HostImports,
    limits: GuestLimits,
    { turn, memory }: GuestWorld,
    spareMemories: SpareMemories,
  ) {
    this.#component = component;
    this.#imports = imports;
    this.#account = memory;
    this.#spareMemories = spareMemories;
    this.#state = new GuestState(limits.fuel, turn);
    this.#tableEntriesMax = limits.tableEntriesMax ?? usualTableEntriesMax;
    this.#memoryPagesMax = Math.min(Math.floor(limits.memoryBytesMax / pageBytes), pagesMax);
    const resources = new GuestResources(component.plan.resources, {
      classOf: (interfaceName, resourceName) => hostClass(this.#interface(interfaceName), resourceName),
      instanceAt: (index) => at(this.#instances, index),
      destroy: ({ destructor }, rep) => {
        if (destructor === undefined) return;
        const destroy = this.#function(destructor) as (rep: number) => void;
        this.#state.immediately(() => destroy(rep));
      },
    });
    this.#instances = Array.from({ length: component.plan.instances }, () => new ComponentInstance(resources));
    this.#lowered = this.#link(component.trampolines);
    try {
      for (const step of component.plan.steps) this.#make(step);
    } catch (error) {
      const reason = this.#state.end(error);
      this.release();
      throw reason;
    }
  }

  async call(interfaceName: string, functionName: string, args: readonly unknown[]): Promise<unknown> {
    this.#state.assertAlive();
    const name = `${interfaceName}.${functionName}`;
    const source = this.#component.plan.exports.get(interfaceName)?.get(functionName);
    assert(source !== undefined, `the component does not export ${name}`);
    assert(!this.#running, `${name} is called while the instance is being called already`);
    this.#running = true;
    try {
      const value = await this.#target(source)(args);
      // A guest may have caught what was to unwind it; what it returns counts for nothing then.
      this.#state.assertAlive();
      this.#state.assertFuel();
      this.#running = false;
      return value;
    } catch (error) {
      throw this.#state.end(
        error instanceof Misfit
          ? new AssertionError(`${name} is called with other values than it takes: ${error.message}`)
          : error,
      );
    }
  }

  fuelUsed(): number {
    return this.#state.fuelUsed();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#account?.giveBack(this.#memoryPages * pageBytes);
    // A guest that has not returned may still be unwound, and run while it is.
    const returned = !this.#running && !this.#state.hasEnded;
    this.#state.end(released);
    if (returned) for (const { memory, min, max } of this.#coreMemories) this.#spareMemories.give(memory, min, max);
  }

  #make({ module, imports }: ModuleStep): void {
    const limits = at(this.#component.limits, module);
    this.#tableEntries += limits.tableEntries;
    if (this.#tableEntries > this.#tableEntriesMax)
      throw new GuestTrap(`the guest begins with tables of more than the ${this.#tableEntriesMax} entries it may have`);
    const given: Given = Object.create(null) as Record<string, never>;
    for (const { module: from, items } of imports) {
      const bound: Record<string, WebAssembly.ImportValue> = Object.create(null) as Record<string, never>;
      for (const { name, item } of items) bound[name] = this.#item(item);
      given[from] = bound;
    }
    if (limits.memories.length > 0) {
      given[limits.memoryModule] = Object.fromEntries(
        limits.memories.map((memory, i) => [String(i), this.#newMemory(memory)]),
      );
    }
    const { exports } = new WebAssembly.Instance(at(this.#component.modules, module), given);
    this.#coreExports.push(exports);
    if (limits.fuel !== undefined) this.#state.adopt(exports[limits.fuel] as WebAssembly.Global);
    if (limits.table !== undefined) this.#fillTable(exports[limits.table] as WebAssembly.Table, limits, given);
    const { start } = limits;
    if (start !== undefined) this.#state.immediately(exports[start] as () => void);
  }

  #fillTable(table: WebAssembly.Table, limits: ModuleLimits, given: Given): void {
    const memories = [
      ...limits.imported.map(({ module, name }) => given[module]?.[name]),
      ...limits.memories.map((_, i) => given[limits.memoryModule]?.[i]),
    ];
    table.set(hostPlaces.tick, this.#lowered[trampolineExports.tick]);
    table.set(hostPlaces.admitEntries, this.#lowered[trampolineExports.admitEntries]);
    for (const [i, memory] of memories.entries()) {
      const number = this.#coreMemories.findIndex((made) => made.memory === memory);
      assert(number >= 0, "every memory of a component has been made by its host");
      table.set(hostPlaces.firstMemory + i, this.#lowered[trampolineExports.grow(number)]);
    }
  }

  #newMemory({ min, max: most }: ModuleLimits["memories"][number]): WebAssembly.Memory {
    const cap = this.#memoryPagesMax;
    const max = Math.min(most ?? pagesMax, cap);
    const begins = `the guest begins with ${(this.#memoryPages + min) * pageBytes} bytes of memory`;
    if (this.#memoryPages + min > cap) throw new GuestTrap(`${begins}, and ${cap * pageBytes} are allowed`);
    if (!this.#takePages(min)) throw new GuestTrap(`${begins}, and other guests use what there is`);
    const memory = this.#spareMemories.take(min, max) ?? this.#memoryOf(min, max);
    this.#coreMemories.push({ memory, min, max });
    return memory;
  }

  #memoryOf(initial: number, maximum: number): WebAssembly.Memory {
    try {
      return new WebAssembly.Memory({ initial, maximum });
    } catch {
      this.#spareMemories.clear();
    }
    try {
      return new WebAssembly.Memory({ initial, maximum });
    } catch (cause) {
      throw new HostError("memory-exhausted", `there is no room for the memory of another guest: ${String(cause)}`, {
        hint: "let fewer guests live at once, or give the process more address space",
        cause,
      });
    }
  }

  /** `memory.grow`, which fails beyond the cap of all memories together. */
  #grow(number: number, delta: number): number {
    this.#state.called();
    const pages = delta >>> 0;
    if (this.#memoryPages + pages > this.#memoryPagesMax || !this.#takePages(pages)) return -1;
    try {
      return at(this.#coreMemories, number).memory.grow(pages);
    } catch {
      // Beyond the memory's own maximum, or what the machine has.
      this.#memoryPages -= pages;
      this.#account?.giveBack(pages * pageBytes);
      return -1;
    }
  }

  /** Before `table.grow`, which fails when it is given more than any table takes. */
  #admitEntries(entries: number): number {
    this.#state.called();
    if (this.#tableEntries + entries > this.#tableEntriesMax) return -1;
    this.#tableEntries += entries;
    return entries;
  }

  #takePages(pages: number): boolean {
    if (this.#released || this.#account?.take(pages * pageBytes) === false) return false;
    this.#memoryPages += pages;
    return true;
  }

  #item(item: CoreItem): WebAssembly.ImportValue {
    switch (item.kind) {
      case "export":
        return at(this.#coreExports, item.instance)[item.name] as WebAssembly.ExportValue;
      case "lowered":
        return this.#lowered[item.index] as WebAssembly.ExportValue;
      case "resource-new":
        return (rep: number) => this.#guarded(() => at(this.#instances, item.instance).add(item.resource, rep, true));
      case "resource-rep":
        return (handle: number) =>
          this.#guarded(() => at(this.#instances, item.instance).get(handle, item.resource).rep);
      case "resource-drop":
        return (handle: number) =>
          this.#guarded(() => this.#drop(at(this.#instances, item.instance), item.resource, handle));
      default:
        return unreachable(item);
    }
  }

  #drop(instance: ComponentInstance, resource: Parameters<ComponentInstance["get"]>[1], handle: number): void {
    const entry = instance.remove(handle, resource);
    if (entry.own) instance.resources.drop(resource, entry.rep);
  }

  /** Whatever is thrown into the guest ends it, even when it is caught there. */
  #guarded<T>(action: () => T): T {
    try {
      this.#state.called();
      return action();
    } catch (error) {
      throw this.#state.end(error);
    }
  }

  /** What core code imports of the host and of other components. */
  #link(trampolines: Trampolines): WebAssembly.Exports {
    const calls = this.#component.plan.lowered.map(({ source, type, memory }) => {
      const name = source.kind === "host" ? `${source.interfaceName}.${source.functionName}` : "another component";
      return lowerFunction(name, functionAbi(type), () => this.#memory(memory), this.#state, this.#target(source));
    });
    return new Suspension().link(trampolines, calls, {
      turn: () => this.#state.turn(),
      pause: () => this.#state.pause(),
      grow: (number, delta) => this.#grow(number, delta),
      admit: (entries) => this.#admitEntries(entries >>> 0),
    });
  }

  #target(source: FunctionSource): Target {
    if (source.kind === "host") {
      const { interfaceName, functionName, type } = source;
      return hostTarget(
        hostFunction(interfaceName, functionName, this.#interface(interfaceName)),
        functionAbi(type).isResult,
      );
    }
    const { core, postReturn, type, memory } = at(this.#component.plan.lifted, source.index);
    return (args) =>
      callLifted(
        functionAbi(type),
        this.#memory(memory),
        this.#function(core),
        postReturn && this.#immediate(postReturn),
        args,
      );
  }

  #memory(index: number): CanonMemory {
    const known = this.#memories[index];
    if (known !== undefined) return known;
    const { encoding, memory, realloc, instance } = at(this.#component.plan.memories, index);
    const made = new CanonMemory(
      encoding,
      at(this.#instances, instance),
      memory && (this.#item(memory) as WebAssembly.Memory),
      realloc && (this.#immediate(realloc) as Allocator),
      (bytes) => this.#state.lifted(bytes),
    );
    this.#memories[index] = made;
    return made;
  }

  /** A function of the guest's that the host waits for. */
  #immediate(item: CoreItem): WebAssembly.CoreFunction {
    const call = this.#function(item);
    return (...flat) => this.#state.immediately(() => call(...flat));
  }

  #function(item: CoreItem): WebAssembly.CoreFunction {
    return this.#item(item) as WebAssembly.CoreFunction;
  }

  #interface(name: string): HostInterface | undefined {
    if (!this.#offered.has(name)) this.#offered.set(name, this.#imports(name));
    return this.#offered.get(name);
  }
}

function at<T>(space: readonly T[], index: number): T {
  const item = space[index];
  assert(item !== undefined, `place ${index} of ${space.length} was checked when the component was read`);
  return item;
}
