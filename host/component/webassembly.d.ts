/** What Node offers of the WebAssembly JavaScript API, JSPI included, as far as the host uses it.
 *  TypeScript has these types only together with the whole of the browser's. */
declare namespace WebAssembly {
  type Value = number | bigint | undefined;
  type CoreFunction = (...values: readonly never[]) => unknown;
  type ExportValue = CoreFunction | Memory | Table | Global;
  type ImportValue = ExportValue | Suspending;
  type Exports = Readonly<Record<string, ExportValue>>;
  type Imports = Readonly<Record<string, Readonly<Record<string, ImportValue>>>>;

  class Module {
    constructor(bytes: ArrayBufferView | ArrayBuffer);
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
    /** By pages; gives how many there were before. Throws RangeError. */
    grow(pages: number): number;
  }
  class Table {
    readonly length: number;
    set(index: number, value: ExportValue | undefined): void;
  }
  class Global {
    constructor(descriptor: { readonly value: "i32" | "i64"; readonly mutable: boolean }, value: number | bigint);
    value: number | bigint;
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}
  /** Thrown by the guest's own `throw`. */
  class Exception {}

  /** An import that may suspend the guest's stack until its promise settles. */
  class Suspending {
    constructor(func: (...values: never[]) => unknown);
  }
  /** A function that gives a promise of what the guest's own function returns. */
  function promising(func: CoreFunction): (...values: readonly (number | bigint)[]) => Promise<number | bigint | undefined>;
  function validate(bytes: ArrayBufferView | ArrayBuffer): boolean;
  function compile(bytes: ArrayBufferView | ArrayBuffer): Promise<Module>;
}
