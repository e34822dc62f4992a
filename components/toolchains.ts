/** The compilers of the guests' languages. Those of Rust and Go need not be there: a guest without its compiler is left out. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const languages = ["c", "typescript", "rust", "go"] as const;
export type Language = (typeof languages)[number];

/** What has to be done before guests of a language can be built; undefined when they can. */
export function missingFor(language: Language): string | undefined {
  switch (language) {
    case "rust":
      return hasRust() ? undefined : "install cargo and run `rustup target add wasm32-wasip2`";
    case "go":
      return runs("go", ["version"]) ? undefined : "install Go 1.24 or newer";
    default:
      return undefined;
  }
}

const rustTarget = "wasm32-wasip2";

function hasRust(): boolean {
  const { status, stdout } = spawnSync("rustc", ["--print", "target-libdir", "--target", rustTarget], {
    encoding: "utf8",
  });
  return status === 0 && existsSync(stdout.trim()) && runs("cargo", ["--version"]);
}

function runs(tool: string, args: readonly string[]): boolean {
  return spawnSync(tool, args).status === 0;
}

export interface RustGuest {
  readonly folder: string;
  readonly features: string;
  /** The program of this name instead of the library. */
  readonly program: string | undefined;
  /** Where what is compiled on the way stays. */
  readonly scratch: string;
}

/** A component, as cargo makes it. */
export function compileRust({ folder, features, program, scratch }: RustGuest): Uint8Array {
  const what = program === undefined ? ["--lib"] : ["--bin", program];
  const args = ["build", "--quiet", "--locked", "--release", ...what, "--target", rustTarget, "--features", features];
  run("cargo", args, { cwd: folder, env: { ...process.env, CARGO_TARGET_DIR: scratch } });
  return readFileSync(join(scratch, rustTarget, "release", `${program ?? "surroundings"}.wasm`));
}

/** A core module for WASI's preview 1: Go knows no later one. */
export function compileGo(folder: string, out: string): Uint8Array {
  run("go", ["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "."], {
    cwd: folder,
    env: { ...process.env, GOOS: "wasip1", GOARCH: "wasm" },
  });
  return readFileSync(out);
}

const compilerFlags = ["--target=wasm32-wasi", "-Os", "-Wall", "-Wextra", "-Werror"];

// A stack that runs over traps at address 0 instead of eating the globals.
const linkerFlags = ["--no-entry", "--strip-all", "--stack-first"];

/** Debian's wasi-libc. A guest that calls none of it gets none of it. */
const library = ["-L/usr/lib/wasm32-wasi", "-lc"];

/** Sets wasi-libc up when an instance begins. */
const beginning = ["/usr/lib/wasm32-wasi/crt1-reactor.o", "--export=_initialize"];

export interface CGuest {
  readonly source: string;
  readonly headers: readonly string[];
  /** For what is left on the way, and the module. */
  readonly folder: string;
  readonly stackBytes: number;
  /** Whether it calls functions of the library that call WASI. */
  readonly wasi: boolean;
}

/** A core module. Compiled and linked in two steps: clang, when it links, hands it to whatever `wasm-opt` it finds. */
export function compileC({ source, headers, folder, stackBytes, wasi }: CGuest): Uint8Array {
  const [object, module] = [join(folder, "guest.o"), join(folder, "guest.wasm")];
  // The library's errno is thread-local, which this clang gives up on as soon as a module may copy memory in bulk.
  const features = wasi ? [] : ["-mbulk-memory"];
  run("clang", [...compilerFlags, ...features, ...headers.map((header) => `-I${header}`), "-c", "-o", object, source]);
  const flags = [...linkerFlags, "-z", `stack-size=${stackBytes}`];
  const around = wasi ? [...beginning, builtins()] : [];
  run("wasm-ld", [...flags, "-o", module, object, ...library, ...around]);
  return readFileSync(module);
}

/** What the library needs of the compiler's own: arithmetic in 128 bits. */
function builtins(): string {
  return run("clang", ["--target=wasm32-wasi", "-print-libgcc-file-name"]).trim();
}

/** Gives the tool's standard output. */
function run(tool: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): string {
  const { error, status, stdout, stderr } = spawnSync(tool, args, { encoding: "utf8", ...options });
  if (error !== undefined)
    throw new Error(`${tool} is needed for the guests: \`make setup\` installs it`, { cause: error });
  if (status !== 0) throw new Error(`${tool} failed\n${stderr}`);
  return stdout;
}
