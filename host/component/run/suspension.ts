import { assert } from "../../core/assert.ts";
import type { CoreType } from "../abi/layout.ts";
import { zero } from "../abi/slots.ts";
import type { CoreValue } from "../abi/value-abi.ts";
import type { Trampolines } from "../prepare/prepare-component.ts";
import { trampolineImports, type WaitType } from "../prepare/trampolines.ts";

export type CoreAnswer = CoreValue | undefined;
/** A function that core code imports: it answers at once or later. */
export type CoreFunction = (...flat: readonly CoreValue[]) => CoreAnswer | Promise<CoreAnswer>;

/** What metered code asks of its host. */
export interface MeterCalls {
  /** One of `turnAnswer`. */
  readonly turn: () => number;
  /** Waits for what `turn` left behind; again one of `turnAnswer`, but `pause`. */
  readonly pause: () => Promise<number>;
  /** Grows a memory by pages; gives its size before, or -1. */
  readonly grow: (memory: number, pages: number) => number;
  /** How many of so many new entries a table may try to get: all, or -1, which is more than any gets. */
  readonly admit: (entries: number) => number;
}

/** Makes the functions that core code imports: those that answer with a promise suspend it, the others do not. */
export class Suspension {
  readonly #pending = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  #promise: Promise<CoreAnswer> | undefined;

  /** Instantiates the trampolines over `calls`, whose place is their number; gives what core code imports in their stead. */
  link(
    { module, results, waits }: Trampolines,
    calls: readonly CoreFunction[],
    { turn, pause, grow, admit }: MeterCalls,
  ): WebAssembly.Exports {
    const call: Record<string, WebAssembly.ImportValue> = {};
    for (const [i, answer] of calls.entries()) call[i] = this.#call(answer, results[i] ?? "nothing");
    const wait: Record<string, WebAssembly.ImportValue> = {};
    for (const type of waits) wait[type] = new WebAssembly.Suspending(() => this.#take());
    const pending = { [trampolineImports.pending]: this.#pending };
    const imports = {
      [trampolineImports.call]: call,
      [trampolineImports.wait]: wait,
      [trampolineImports.pending]: pending,
      [trampolineImports.turn]: {
        [trampolineImports.turn]: turn,
        [trampolineImports.pause]: new WebAssembly.Suspending(pause),
      },
      [trampolineImports.grow]: { [trampolineImports.grow]: grow, [trampolineImports.admit]: admit },
    };
    return new WebAssembly.Instance(module, imports).exports;
  }

  #call(answer: CoreFunction, type: WaitType): (...flat: readonly CoreValue[]) => CoreAnswer {
    const nothing = type === "nothing" ? undefined : zero(type satisfies CoreType);
    return (...flat) => {
      const value = answer(...flat);
      if (!(value instanceof Promise)) return value;
      this.#pending.value = 1;
      this.#promise = value;
      return nothing;
    };
  }

  #take(): Promise<CoreAnswer> {
    const promise = this.#promise;
    assert(promise !== undefined, "a trampoline waits for what its call has just left");
    this.#pending.value = 0;
    this.#promise = undefined;
    return promise;
  }
}
