/** What Node offers of the WebAssembly JavaScript API, JSPI included, as far as the host uses it.
 *  TypeScript has these types only together with the whole of the browser's. */
declare namespace WebAssembly {
  type ImportValue = ExportValue | number | bigint;
  type ExportValue = ((...values: never[]) => unknown) | Memory | Table | Global | Suspending;
  type Exports = Record<string, ExportValue>;
  type Imports = Record<string, Record<string, ImportValue>>;

  class Module {
    constructor(bytes: BufferSource);
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Table {
    readonly length: number;
  }
  class Global<Type extends "i32" | "i64" = "i32" | "i64"> {
    readonly type: Type;
    value: bigint;
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}

  /** An import that may suspend the guest's stack until its promise settles. */
  class Suspending {
    constructor(func: (...values: never[]) => unknown);
  }
  /** A function that gives a promise of what the guest's own function returns. */
  function promising<F>(func: F): F;
  function compile(bytes: BufferSource): Promise<Module>;
}

type BufferSource = ArrayBufferView | ArrayBuffer;
