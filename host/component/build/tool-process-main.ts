/** The process of `stele build` that loads jco and the engines. They want the whole file system as WASI preopens, change
 *  the working folder and take up to 800 MB: none of that may touch the process that builds, which may be a host. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { componentEmbed, componentNew } from "@bytecodealliance/jco";
import type { componentWitMetadataForWorld, generateGuestTypes } from "@bytecodealliance/jco-transpile";
import { assert } from "../../core/assert.ts";
import { findPackage } from "./find-package.ts";
import {
  starlingMonkeyFeatures,
  type ToolCalls,
  type ToolReply,
  type ToolRequest,
  type WorldExport,
} from "./tool-requests.ts";

/** Loads packages as one that is installed here would. */
function loaderOf(name: string): <Module>(wanted: string) => Promise<Module> {
  const file = findPackage(name);
  assert(file !== undefined, `${name} is looked for before this process is started`);
  const resolver = createRequire(file);
  return async <Module>(wanted: string) => (await import(pathToFileURL(resolver.resolve(wanted)).href)) as Module;
}

const loadAsJco = loaderOf("@bytecodealliance/jco");

interface PreopenedFiles {
  _setPreopens(preopens: Readonly<Record<string, string>>): void;
}

/** Without this the tools, which are components themselves, see no file at all. */
async function openFiles(load: ReturnType<typeof loaderOf>): Promise<void> {
  const files = await load<PreopenedFiles>("@bytecodealliance/preview2-shim/filesystem");
  files._setPreopens({ "/": "/" });
}

interface Wrapper {
  readonly componentEmbed: typeof componentEmbed;
  readonly componentNew: typeof componentNew;
}

async function wrapper(): Promise<Wrapper> {
  await openFiles(loadAsJco);
  return import("@bytecodealliance/jco");
}

/** Answers WASI's preview 1 by 0.2, for modules that know nothing later. */
function previewOneAdapter(): string {
  const jco = findPackage("@bytecodealliance/jco");
  assert(jco !== undefined, "jco is looked for before this process is started");
  return join(dirname(jco), "lib", "wasi_snapshot_preview1.reactor.wasm");
}

interface Transpiler {
  readonly componentWitMetadataForWorld: typeof componentWitMetadataForWorld;
  readonly generateGuestTypes: typeof generateGuestTypes;
}

async function transpiler(): Promise<Transpiler> {
  await openFiles(loadAsJco);
  return loadAsJco("@bytecodealliance/jco-transpile");
}

interface QuickJs {
  componentize(options: object): Promise<{ component: Uint8Array }>;
}

interface StarlingMonkey {
  componentize(code: string, options: object): Promise<{ component: Uint8Array }>;
}

interface Rolldown {
  rolldown(options: object): Promise<{
    generate(options: object): Promise<{ output: readonly [Chunk] }>;
    close(): Promise<void>;
  }>;
}

interface Chunk {
  readonly code: string;
  readonly map: { toString(): string };
  readonly moduleIds: readonly string[];
}

/** What the host provides is imported by a WIT name: `ns:pkg/ifc`, with its version if it has one. */
const interfaceName = /^(?!node:)[a-z][\w-]*:[\w-]+\/[\w-]+(@[\w.+-]+)?$/;

/** A module of ours around the guest's; the mark in front keeps other plugins away, as is the custom. */
const entry = "\0stele";

/** The dummy module's names: `cm32p2|ns:pkg/ifc@0.1|fn` with the version cut short, `cm32p2||fn` for the world's own,
 *  and for each a `…_post`. */
const dummyExport = /^cm32p2\|([^|]*)\|([a-z][\w-]*)$/;

/** The part of WebAssembly's JavaScript interface that is needed here; no library of TypeScript without a DOM has it. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  readonly Module: { exports(module: object): readonly { readonly name: string }[] };
};

function worldExports(dummy: object): WorldExport[] {
  return WebAssembly.Module.exports(dummy).flatMap(({ name }) => {
    const [, interfaceName = "", functionName = ""] = dummyExport.exec(name) ?? [];
    if (functionName === "" || functionName.endsWith("_post")) return [];
    const bare = interfaceName.replace(/@.*$/, "");
    return [{ functionName, ...(bare !== "" && { interfaceName: bare }) }];
  });
}

const calls: ToolCalls = {
  async witComplaint({ text }) {
    const reader = await transpiler();
    try {
      await reader.componentWitMetadataForWorld({ tag: "source", val: text }, undefined);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  },

  async readWorld({ wit, world }) {
    const writer = await transpiler();
    const types = await writer.generateGuestTypes(wit, { worldName: world });
    const tools = await wrapper();
    const dummy = await tools.componentEmbed({ witPath: wit, world, dummy: true });
    const text = (file: Uint8Array | string) => (typeof file === "string" ? file : new TextDecoder().decode(file));
    return {
      exports: worldExports(await WebAssembly.compile(new Uint8Array(dummy))),
      types: Object.fromEntries(Object.entries(types).map(([name, file]) => [name, text(file)])),
    };
  },

  async bundle({ source, epilogue, tsconfig }) {
    const bundler = await loadAsJco<Rolldown>("rolldown");
    const from = JSON.stringify(source);
    const bundling = await bundler.rolldown({
      input: entry,
      platform: "neutral",
      tsconfig: tsconfig ?? false,
      resolve: { mainFields: ["module", "main"] },
      external: (name: string) => interfaceName.test(name),
      plugins: [
        {
          name: "stele-entry",
          resolveId: (id: string) => (id === entry ? id : undefined),
          load: (id: string) =>
            id === entry ? `export * from ${from}; import * as guest from ${from};\n${epilogue}` : undefined,
        },
      ],
      // An import that leads nowhere stays one: there is no later time to find it.
      onLog: (_level: string, log: { code?: string; message: string }) => {
        if (log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
      },
    });
    try {
      const { output } = await bundling.generate({
        format: "esm",
        codeSplitting: false,
        sourcemap: true,
        minify: false,
      });
      const [chunk] = output;
      return { code: chunk.code, map: chunk.map.toString(), files: chunk.moduleIds.filter((id) => isAbsolute(id)) };
    } finally {
      await bundling.close();
    }
  },

  async quickjs({ code, name, wit, world }) {
    const engine = await loadAsJco<QuickJs>("componentize-qjs");
    const built = await engine.componentize({ witPath: wit, jsSource: code, jsPath: name, world, sync: true });
    return built.component;
  },

  async starlingmonkey({ code, name, wit, world, features }) {
    await openFiles(loaderOf("@bytecodealliance/componentize-js"));
    const engine: StarlingMonkey = await import("@bytecodealliance/componentize-js");
    const built = await engine.componentize(code, {
      sourceName: name,
      witPath: wit,
      worldName: world,
      disableFeatures: starlingMonkeyFeatures.filter((feature) => !features.includes(feature)),
    });
    return built.component;
  },

  async wrap({ module, wit, world }) {
    const tools = await wrapper();
    const embedded = await tools.componentEmbed({ binary: module, witPath: wit, world });
    return tools.componentNew(embedded, [["wasi_snapshot_preview1", readFileSync(previewOneAdapter())]]);
  },

  async hollow({ wit, world }) {
    const tools = await wrapper();
    return tools.componentNew(await tools.componentEmbed({ witPath: wit, world, dummy: true }), []);
  },
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function answer({ call, method, request }: ToolRequest): Promise<ToolReply> {
  try {
    return { call, value: await (calls[method] as (request: unknown) => Promise<unknown>)(request) };
  } catch (error) {
    return { call, failure: messageOf(error) };
  }
}

process.on("message", (request: ToolRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});

// Whoever started this is gone.
process.on("disconnect", () => process.exit(1));
