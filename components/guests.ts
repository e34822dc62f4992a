/** The guests that are tested and measured with, and how each is built into `build/components/<name>.wasm`. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildComponent, worldType, wrapModule } from "../host/component/build/build-component.ts";
import type { Engine } from "../host/component/build/engine.ts";
import { putFile } from "../host/component/build/put-file.ts";
import { cBindings } from "../tools/c-bindings.ts";

interface Guest {
  readonly language: "c" | "typescript";
  /** Below the folder of its language. */
  readonly source: string;
  readonly world: string;
  /** A C guest needs none. */
  readonly engine?: Engine;
  /** Where its world is declared, from here; by default the folder `wit` of its language. */
  readonly wit?: string;
  /** False for a C guest that declares its imports itself, as no honest one would. */
  readonly bindings?: false;
}

const guests = {
  "tiny-activity": { language: "c", source: "tiny-activity/guest.c", world: "activity" },
  "tiny-workflow": { language: "c", source: "tiny-workflow/guest.c", world: "workflow" },
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
const outFolder = join(root, "build", "components");

export function guestFile(name: GuestName): string {
  return join(outFolder, `${name}.wasm`);
}

/** Builds a guest unless nothing of what it is made from has changed. Tells whether it was built. */
export async function buildGuest(name: GuestName): Promise<boolean> {
  const guest: Guest = guests[name];
  const inputs = inputsOf(guest);
  const record = `${guestFile(name)}.inputs`;
  if (existsSync(guestFile(name)) && existsSync(record) && readFileSync(record, "utf8") === inputs) return false;
  if (guest.engine === undefined) await buildFromC(name, guest);
  else {
    await buildComponent({
      source: sourceOf(guest),
      wit: witOf(guest),
      world: guest.world,
      engine: guest.engine,
      out: guestFile(name),
      typesDir: join(outFolder, "types", name),
    });
  }
  await putFile(record, inputs);
  return true;
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
  for (const file of [...files, "components/guests.ts", "tools/c-bindings.ts", "package-lock.json"].toSorted()) {
    const path = join(root, file);
    if (statSync(path).isFile()) hash.update(file).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

const compilerFlags = ["--target=wasm32-wasi", "-mbulk-memory", "-Os", "-Wall", "-Wextra", "-Werror"];

// A stack that runs over traps at address 0 instead of eating the globals; one page holds it all.
const linkerFlags = ["--no-entry", "--strip-all", "--stack-first", "-z", "stack-size=8192"];

/** Where Debian's wasi-libc is. A guest that calls none of it gets none of it. */
const library = ["-L/usr/lib/wasm32-wasi", "-lc"];

/** Compiled and linked in two steps: clang, when it links, hands the module to whatever `wasm-opt` it finds. */
async function buildFromC(name: GuestName, guest: Guest): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "stele-guest-"));
  try {
    const world = { wit: witOf(guest), world: guest.world };
    const [object, module] = [join(folder, `${name}.o`), join(folder, `${name}.wasm`)];
    const bindings = join(outFolder, "c");
    if (guest.bindings !== false) await putFile(join(bindings, `${guest.world}.h`), cBindings(await worldType(world)));
    const headers = [`-I${bindings}`, `-I${join(import.meta.dirname, guest.language)}`];
    run("clang", [...compilerFlags, ...headers, "-c", "-o", object, sourceOf(guest)]);
    run("wasm-ld", [...linkerFlags, "-o", module, object, ...library]);
    await putFile(guestFile(name), await wrapModule({ module: readFileSync(module), ...world }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(tool: string, args: readonly string[]): void {
  const { error, status, stderr } = spawnSync(tool, args, { encoding: "utf8" });
  if (error !== undefined)
    throw new Error(`${tool} is needed for the C guests: \`make setup\` installs it`, { cause: error });
  if (status !== 0) throw new Error(`${tool} failed\n${stderr}`);
}
