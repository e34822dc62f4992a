import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import * as machine from "@bytecodealliance/preview2-shim";
import { type BuildOptions, type BuildResult, buildComponent } from "../../host/component/build/build-component.ts";
import { HostError } from "../../host/core/host-error.ts";

/** A folder of its own for the files that an author would have. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "stele-test-build-"));

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  put(files: Readonly<Record<string, string>>): this {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), text);
    }
    return this;
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  /** Paths are relative to the folder. */
  build(options: Partial<BuildOptions> & { readonly source: string }): Promise<BuildResult> {
    const { source, wit = "wit", engine = "quickjs", out = "out.wasm", typesDir, world, timeoutMs } = options;
    return buildComponent({
      source: this.path(source),
      wit: this.path(wit),
      engine,
      out: this.path(out),
      ...(world !== undefined && { world }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(typesDir !== undefined && { typesDir: this.path(typesDir) }),
    });
  }

  /** The HostError that a build ends with, its paths as seen from the folder. */
  async refusal(options: Parameters<Workshop["build"]>[0]): Promise<{ code: string; message: string; hint: string }> {
    try {
      await this.build(options);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const tidy = (text: string) => text.replaceAll(/(?:\.\.\/|\/)[^\s:]*stele-test-build-\w+\//g, "");
      return { code: error.code, message: tidy(error.message), hint: tidy(error.hint ?? "") };
    }
    throw new Error(`${options.source} was built`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Calls an exported function, all names as JavaScript has them. Throws what jco makes of an err or a trap. */
export type Call = (interfaceName: string, functionName: string, ...args: readonly unknown[]) => unknown;
type Interface = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** A component under jco's own runtime, which shares nothing with ours. Interfaces are named without version. */
export class Oracle {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly #files: Readonly<Record<string, Uint8Array>>;

  private constructor(
    files: Readonly<Record<string, Uint8Array>>,
    imports: readonly string[],
    exports: readonly string[],
  ) {
    this.#files = files;
    this.imports = imports;
    this.exports = exports;
  }

  static async of(bytes: Uint8Array): Promise<Oracle> {
    const { files, imports, exports } = await transpileBytes(bytes, { name: "guest", instantiation: { tag: "async" } });
    return new Oracle(
      files,
      imports,
      exports.map(([name]) => name),
    );
  }

  /** A fresh instance. What `offered` does not hold of WASI is the machine's own. */
  async instantiate(offered: Readonly<Record<string, object>> = {}): Promise<Call> {
    const folder = mkdtempSync(join(tmpdir(), "stele-test-oracle-"));
    try {
      for (const [name, contents] of Object.entries(this.#files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), contents);
      }
      const guest = (await import(pathToFileURL(join(folder, "guest.js")).href)) as {
        instantiate(core: (name: string) => unknown, imports: object): Promise<Record<string, Interface>>;
      };
      const core = (name: string): unknown => WebAssembly.compile(readFileSync(join(folder, name)));
      const exports = await guest.instantiate(core, { ...machineWasi(), ...offered });
      return (interfaceName, functionName, ...args) => {
        const called = exports[interfaceName]?.[functionName];
        if (called === undefined) throw new Error(`no ${interfaceName}.${functionName}`);
        return called(...args);
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function machineWasi(): Record<string, object> {
  const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const named = Object.entries(machine).flatMap(([name, interfaces]) =>
    Object.entries(interfaces as Record<string, object>).map(
      ([own, object]) => [`wasi:${name}/${kebab(own)}`, object] as const,
    ),
  );
  return Object.fromEntries(named);
}

/** The part of WebAssembly's JavaScript interface that is needed here. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<unknown> };
