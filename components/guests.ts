/** The guests that are tested and measured with, and how each is built into `build/components/<name>.wasm`. */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildComponent, worldType, wrapModule } from "../host/component/build/build-component.ts";
import type { Engine } from "../host/component/build/engine.ts";
import { putFile } from "../host/component/build/put-file.ts";
import { assert, unreachable } from "../host/core/assert.ts";
import { cBindings } from "../tools/c-bindings.ts";
import { withAdapterMemory } from "./adapter-memory.ts";
import { compileC, compileGo, compileRust, type Language, missingFor } from "./toolchains.ts";

interface Guest {
  readonly language: Language;
  /** Below the folder of its language: a file, or the folder of a Rust or Go package. */
  readonly source: string;
  readonly world: string;
  /** Of a TypeScript guest. */
  readonly engine?: Engine;
  /** Of a Rust guest: features of its package. */
  readonly features?: string;
  /** Of a Rust guest: a program of its package, which exports what commands do. */
  readonly program?: string;
  /** Of a C guest: whether it uses what of the C library needs WASI. */
  readonly wasi?: boolean;
  /** Where its world is declared, from here; by default the folder `wit` of its language. */
  readonly wit?: string;
  /** False for a C guest that declares its imports itself, as no honest one would. */
  readonly bindings?: false;
}

const surroundings = { world: "guest", wit: "surroundings.wit" } as const;

const guests = {
  "tiny-activity": { language: "c", source: "tiny-activity/guest.c", world: "activity" },
  "tiny-workflow": { language: "c", source: "tiny-workflow/guest.c", world: "workflow" },
  chronicler: { language: "c", source: "chronicler/guest.c", world: "chronicler" },
  activity: { language: "typescript", source: "activities.ts", world: "activity", engine: "quickjs" },
  workflow: { language: "typescript", source: "workflow.ts", world: "workflow", engine: "quickjs" },
  "workflow-changed": { language: "typescript", source: "workflow-changed.ts", world: "workflow", engine: "quickjs" },
  "child-workflow": { language: "typescript", source: "child-workflow.ts", world: "child-workflow", engine: "quickjs" },
  "channels-workflow": {
    language: "typescript",
    source: "channels-workflow.ts",
    world: "channels-workflow",
    engine: "quickjs",
  },
  "http-activity": {
    language: "typescript",
    source: "http-activities.ts",
    world: "http-activity",
    engine: "starlingmonkey",
  },
  "http-workflow": {
    language: "typescript",
    source: "http-workflow.ts",
    world: "http-workflow",
    engine: "starlingmonkey",
  },
  "script-quickjs": {
    language: "typescript",
    source: "script-quickjs.ts",
    world: "script-guest",
    engine: "quickjs",
    wit: "wit",
  },
  "script-starlingmonkey": {
    language: "typescript",
    source: "script-starlingmonkey.ts",
    world: "script-guest",
    engine: "starlingmonkey",
    wit: "wit",
  },
  "script-c": { language: "c", source: "script/guest.c", world: "script-guest", wit: "wit" },
  approval: { language: "c", source: "approval/guest.c", world: "approver", wit: "wit" },
  work: { language: "c", source: "work/guest.c", world: "worker", wit: "wit" },
  "surroundings-c": { ...surroundings, language: "c", source: "surroundings/guest.c", wasi: true },
  "surroundings-go": { ...surroundings, language: "go", source: "surroundings" },
  "surroundings-rust": { ...surroundings, language: "rust", source: "surroundings" },
  "surroundings-rust-network": {
    ...surroundings,
    language: "rust",
    source: "surroundings",
    features: "network",
  },
  "command-rust": { ...surroundings, language: "rust", source: "surroundings", program: "command" },
  "surroundings-js": {
    ...surroundings,
    language: "typescript",
    source: "surroundings.ts",
    engine: "starlingmonkey",
  },
  "escape-c": { language: "c", source: "escape/guest.c", world: "breaking-out", wit: "wit/escape", bindings: false },
  "escape-quickjs": {
    language: "typescript",
    source: "escape-quickjs.ts",
    world: "breaking-out-by-script",
    engine: "quickjs",
    wit: "wit/escape",
  },
  "escape-starlingmonkey": {
    language: "typescript",
    source: "escape-starlingmonkey.ts",
    world: "breaking-out",
    engine: "starlingmonkey",
    wit: "wit/escape",
  },
} as const satisfies Readonly<Record<string, Guest>>;

export type GuestName = keyof typeof guests;
export const guestNames = Object.keys(guests) as GuestName[];

const root = join(import.meta.dirname, "..");
const cargoFolder = join(root, "build", "cargo");
const outFolder = join(root, "build", "components");

export function guestFile(name: GuestName): string {
  return join(outFolder, `${name}.wasm`);
}

/** What keeps a guest from being built on this machine, where that may be; undefined when nothing does. */
export function leftOut(name: GuestName): string | undefined {
  return missingFor(guests[name].language);
}

/** Builds a guest unless nothing of what it is made from has changed. Tells whether it was built. */
export async function buildGuest(name: GuestName): Promise<boolean> {
  const guest: Guest = guests[name];
  const inputs = inputsOf(guest);
  const record = `${guestFile(name)}.inputs`;
  if (existsSync(guestFile(name)) && existsSync(record) && readFileSync(record, "utf8") === inputs) return false;
  const folder = mkdtempSync(join(tmpdir(), "stele-guest-"));
  try {
    await build(name, guest, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await putFile(record, inputs);
  return true;
}

async function build(name: GuestName, guest: Guest, folder: string): Promise<void> {
  const [source, out] = [sourceOf(guest), guestFile(name)];
  const world = { wit: witOf(guest), world: guest.world };
  switch (guest.language) {
    case "typescript":
      assert(guest.engine !== undefined, `${name} runs on an engine`);
      await buildComponent({ ...world, source, engine: guest.engine, out, typesDir: join(outFolder, "types", name) });
      return;
    case "rust":
      return putFile(
        out,
        compileRust({ folder: source, features: "", scratch: cargoFolder, program: undefined, ...guest }),
      );
    case "go": {
      const module = await withAdapterMemory(compileGo(source, join(folder, "guest.wasm")));
      return putFile(out, await wrapModule({ module, ...world }));
    }
    case "c": {
      const bindings = join(outFolder, "c");
      if (guest.bindings !== false)
        await putFile(join(bindings, `${guest.world}.h`), cBindings(await worldType(world)));
      const headers = [bindings, join(import.meta.dirname, "c")];
      const wasi = guest.wasi ?? false;
      // One page holds all that a guest without the library needs.
      const module = compileC({ source, headers, folder, wasi, stackBytes: wasi ? 65_536 : 8192 });
      return putFile(out, await wrapModule({ module, ...world }));
    }
    default:
      return unreachable(guest.language);
  }
}

function sourceOf({ language, source }: Guest): string {
  return join(import.meta.dirname, language, source);
}

function witOf({ language, wit = join(language, "wit") }: Guest): string {
  return join(import.meta.dirname, wit);
}

/** Digest of all that a guest is made from: its language's folder, the contract, the tools and how they are called. */
function inputsOf(guest: Guest): string {
  const hash = createHash("sha256").update(JSON.stringify(guest));
  const folders = [`components/${guest.language}`, "components/wit", "wit", "host/component/build"];
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*`, { cwd: root }));
  const tools = [
    "components/guests.ts",
    "components/adapter-memory.ts",
    "components/toolchains.ts",
    "tools/c-bindings.ts",
    "package-lock.json",
  ];
  for (const file of [...files, ...tools, "components/surroundings.wit"].toSorted()) {
    const path = join(root, file);
    if (statSync(path).isFile()) hash.update(file).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}
