import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join, relative, resolve } from "node:path";
import { HostError } from "../../core/host-error.ts";
import type { Digest } from "../../core/ids.ts";
import type { ComponentType } from "../../core/wit/type.ts";
import { readComponentType } from "../component.ts";
import { requireTools, versionOf } from "./build-tools.ts";
import { componentize } from "./componentize.ts";
import type { Engine } from "./engine.ts";
import { epilogueFor, importsBeside } from "./epilogue.ts";
import { typesFor } from "./guest-types.ts";
import { putFile } from "./put-file.ts";
import { type BuildRecord, type Sources, withCustomSection } from "./sections.ts";
import { ToolFailure, ToolProcess } from "./tool-process.ts";
import type { Bundle, World, WorldExport } from "./tool-requests.ts";
import { checkTypes, tsconfigBeside } from "./type-check.ts";
import { witInvalid } from "./wit-error.ts";
import { addImport, composeWit, type WitFolder } from "./wit-folder.ts";

export interface BuildOptions {
  /** The guest's entry: a TypeScript or JavaScript module. */
  readonly source: string;
  /** The folder, or the one file, of the WIT package that holds the world. */
  readonly wit: string;
  /** May be left out when the package has one world only. */
  readonly world?: string;
  /** QuickJS is small and starts fast; StarlingMonkey has `fetch`, and bigint for 64-bit integers. */
  readonly engine: Engine;
  readonly out: string;
  /** Where the guest's types are written: by default `generated/<world>` beside the source. */
  readonly typesDir?: string;
  /** The tools are stopped after this long, by default two minutes. */
  readonly timeoutMs?: number;
}

export interface BuildResult {
  readonly file: string;
  readonly bytes: number;
  readonly digest: Digest;
  readonly engine: Engine;
  readonly world: string;
  readonly typesDir: string;
  readonly seconds: number;
}

export type StubOptions = Pick<BuildOptions, "wit" | "world" | "out">;
export type StubResult = Omit<BuildResult, "engine" | "typesDir">;

/** Builds a guest into a component, in a process of its own. The file appears whole or not at all. Throws HostError
 *  `build-failed` or `wit-invalid`. */
export async function buildComponent(options: BuildOptions): Promise<BuildResult> {
  const began = performance.now();
  const { engine, out } = options;
  const source = resolve(options.source);
  requireSource(source);
  requireTools(engine);
  return withTools(options.timeoutMs ?? defaultTimeoutMs, async (tools, folder) => {
    const wit = await composeWit(
      resolve(options.wit),
      join(folder, "wit"),
      importsBeside[engine].map((name) => name.replace(/\/[^@]*/, "")),
    );
    const world = await chooseWorld(tools, wit, options);
    const { exports, types } = await readWorld(tools, wit, world);
    const typesDir = resolve(options.typesDir ?? join(dirname(source), "generated", world));
    for (const [path, text] of Object.entries(typesFor(engine, world, types)))
      await putFile(join(typesDir, path), text);

    for (const name of importsBeside[engine]) await addImport(wit, world, name);
    const bundle = await bundleGuest(tools, source, epilogueFor(engine, exports));
    const importsHttp = Object.keys(types).some((path) => path.includes("wasi-http"));
    const [built, checked] = await Promise.allSettled([
      componentize(tools, { source, bundle, wit: wit.path, world, engine, folder, importsHttp }),
      isTypeScript(source) ? checkTypes({ source, typesDir, engine, world, exports, folder }) : undefined,
    ]);
    // A type error tells more than what the engine stumbles over because of it.
    if (checked.status === "rejected") throw checked.reason;
    if (built.status === "rejected") throw built.reason;

    const sourced = withCustomSection(built.value, "stele:source", sourcesOf(source, bundle));
    const written = await putComponent(out, sourced, { engine, world });
    return { ...written, engine, world, typesDir, seconds: (performance.now() - began) / 1000 };
  });
}

/** Builds a component from its world alone: what it exports traps when it is called. Enough for a stub or external activity,
 *  whose result others write. Throws as a build does. */
export async function buildStub(options: StubOptions): Promise<StubResult> {
  const began = performance.now();
  return withWorld(options, async (tools, place) => {
    const { world } = place;
    const written = await putComponent(options.out, await tools.call("hollow", place), { engine: "none", world });
    return { ...written, world, seconds: (performance.now() - began) / 1000 };
  });
}

/** Writes a component with the record of how it was built. */
async function putComponent(
  file: string,
  component: Uint8Array,
  how: Pick<BuildRecord, "engine" | "world">,
): Promise<Pick<BuildResult, "file" | "bytes" | "digest">> {
  const record = { stele: versionOf(), jco: versionOf("@bytecodealliance/jco"), ...how };
  const bytes = withCustomSection(component, "stele:build", record);
  await putFile(file, bytes);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
  return { file, bytes: bytes.length, digest };
}

/** A WIT world by its folder and its name. */
export interface NamedWorld {
  readonly wit: string;
  readonly world: string;
}

/** Makes a component of a core module that speaks the canonical ABI itself, as a C guest does. Throws as a build does. */
export function wrapModule({ module, ...named }: NamedWorld & { readonly module: Uint8Array }): Promise<Uint8Array> {
  return withWorld(named, (tools, place) => tools.call("wrap", { module, ...place }));
}

/** What the components of a world import and export. Throws as a build does. */
export async function worldType(named: NamedWorld): Promise<ComponentType> {
  return readComponentType(await withWorld(named, (tools, place) => tools.call("hollow", place)));
}

function withWorld<Result>(
  named: Pick<BuildOptions, "wit" | "world">,
  use: (tools: ToolProcess, place: NamedWorld) => Promise<Result>,
): Promise<Result> {
  requireTools("none");
  return withTools(defaultTimeoutMs, async (tools, folder) => {
    const wit = await composeWit(resolve(named.wit), join(folder, "wit"));
    const world = await chooseWorld(tools, wit, named);
    await readWorld(tools, wit, world);
    return use(tools, { wit: wit.path, world });
  });
}

const defaultTimeoutMs = 120_000;

/** Gives the tools and an empty folder for as long as they are needed. */
async function withTools<Result>(
  timeoutMs: number,
  use: (tools: ToolProcess, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "stele-build-"));
  const tools = new ToolProcess(timeoutMs);
  try {
    return await use(tools, folder);
  } catch (error) {
    throw error instanceof ToolFailure ? new HostError("build-failed", error.message, { cause: error }) : error;
  } finally {
    tools.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const scriptExtensions = new Set([".ts", ".mts", ".js", ".mjs"]);

function isTypeScript(source: string): boolean {
  return extname(source).endsWith("ts");
}

function requireSource(source: string): void {
  const shown = relative(process.cwd(), source);
  if (!scriptExtensions.has(extname(source)) || source.endsWith(".d.ts")) {
    throw new HostError("build-failed", `${shown} is no TypeScript or JavaScript module`, {
      hint: `a source ends in ${[...scriptExtensions].join(", ")}`,
    });
  }
  if (statSync(source, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new HostError("build-failed", `there is no source ${shown}`);
  }
}

async function chooseWorld(
  tools: ToolProcess,
  wit: WitFolder,
  options: { readonly wit: string; readonly world?: string },
): Promise<string> {
  const { files, worlds } = wit;
  const chosen = options.world ?? (worlds.length === 1 ? worlds[0] : undefined);
  if (chosen !== undefined && worlds.includes(chosen)) return chosen;
  // A world may be missed because the text is broken: then that is the news.
  await readWorld(tools, wit, worlds[0] ?? noWorld);
  const there = worlds.length === 0 ? "it declares none" : `there is ${worlds.join(", ")}`;
  const place = files.length === 1 ? (files[0]?.path ?? options.wit) : options.wit;
  if (chosen === undefined) {
    throw new HostError("wit-invalid", `${place}: which world is to be built? ${there}`, {
      hint: "name it with --world",
    });
  }
  throw new HostError("wit-invalid", `${place} has no world ${chosen}: ${there}`);
}

/** Reads a package that has no world, to hear whether it is whole. */
const noWorld = "none";

async function readWorld(tools: ToolProcess, wit: WitFolder, name: string): Promise<World> {
  let world: World;
  try {
    world = await tools.call("readWorld", { wit: wit.path, world: name });
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    if (name === noWorld && /world.*not found/i.test(error.message)) return { exports: [], types: {} };
    throw await witInvalid(error.message, wit.files, (text) => tools.call("witComplaint", { text }));
  }
  const loose = world.exports.filter(({ interfaceName }) => interfaceName === undefined);
  if (loose.length > 0) {
    const names = loose.map(({ functionName }: WorldExport) => functionName).join(", ");
    throw new HostError("wit-invalid", `world ${name} exports ${names} outside of any interface`, {
      hint: "a function is called as ns:pkg/ifc.fn: put it into an interface and export that",
    });
  }
  return world;
}

async function bundleGuest(tools: ToolProcess, source: string, epilogue: string): Promise<Bundle> {
  try {
    return await tools.call("bundle", { source, epilogue, tsconfig: tsconfigBeside(source) });
  } catch (error) {
    throw error instanceof ToolFailure ? bundlingFailed(error) : error;
  }
}

/** The bundler's first complaint: a code and a message, then a picture with the place in its frame. */
function bundlingFailed(failure: ToolFailure): HostError {
  const [, message, file = "", row, column] =
    /\[[A-Z_]+\] (.*)\n[^\n]*\[ (.*):(\d+):(\d+) \]/.exec(failure.message) ?? [];
  if (message === undefined) return new HostError("build-failed", failure.message.trim(), { cause: failure });
  const line = existsSync(file) ? (readFileSync(file, "utf8").split("\n")[Number(row) - 1] ?? "") : "";
  return new HostError("build-failed", `${file}:${row}:${column}: ${message}\n  ${row} | ${line}`, {
    cause: failure,
    ...(message.includes("'node:") && { hint: "a guest has no Node around it, only what its world imports" }),
  });
}

/** The files that went in, named from the lowest folder that holds them all. */
function sourcesOf(source: string, { files }: Bundle): Sources {
  let base = dirname(source);
  while (!files.every((file) => file.startsWith(join(base, "/")))) base = dirname(base);
  const named = files.map((file) => [relative(base, file), readFileSync(file, "utf8")]);
  return { entry: relative(base, source), files: Object.fromEntries(named) as Record<string, string> };
}
