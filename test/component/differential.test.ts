/** The canonical ABI beside jco's, which is another's work: a guest that hands every value on and back is run by both. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildComponent } from "../../host/component/build/build-component.ts";
import { loadComponent, prepareComponent } from "../../host/component/component.ts";
import { kebabToCamel } from "../../host/core/names.ts";
import type { FunctionType } from "../../host/core/wit/type.ts";
import type { Guest, HostInterface, LoadedComponent } from "../../host/ports/components.ts";
import { roomy } from "../support/wat.ts";
import { samples } from "../support/wit-types.ts";

const interfaceName = "test:echo/echoes@0.1.0";
const wit = join(import.meta.dirname, "echo.wit");

const guest = `
import * as host from "${interfaceName}";
export const echoes = Object.fromEntries(Object.entries(host).map(([name, echo]) => [name, (value) => echo(value)]));
`;

const root = join(import.meta.dirname, "..", "..");

/** What the host was given, and gave back. */
type Call = readonly [name: string, given: unknown];

let folder: string;
let loaded: LoadedComponent;
let calls: Call[] = [];
let jco: Record<string, (value: unknown) => unknown>;
let ours: Guest;

/** The host's side, which is the same for both: it hands back what it is given. */
function offered(functions: ReadonlyMap<string, FunctionType>): HostInterface {
  const note = (name: string) => (value: unknown) => {
    calls.push([name, value]);
    return value;
  };
  return Object.fromEntries([...functions.keys()].map((name) => [kebabToCamel(name), note(name)]));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stele-echo-"));
  const bytes = await built();
  loaded = loadComponent(await prepareComponent(bytes));
  const echoes = offered(loaded.type.imports.get(interfaceName)!.functions);

  // Its package names types for this entry that are not there.
  const { WASIShim } = (await import(import.meta.resolve("@bytecodealliance/preview2-shim/instantiation"))) as Shim;
  const wasi = new WASIShim({ sandbox: { preopens: {}, env: {}, args: [], enableNetwork: false } });
  const imports: Record<string, HostInterface> = {
    ...wasi.getImportObject(),
    [withoutVersion(interfaceName)]: echoes,
  };
  ours = loaded.instantiate((name) => imports[withoutVersion(name)], roomy);
  jco = await byJco(bytes, imports);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const withoutVersion = (name: string) => name.replace(/@.*$/, "");

async function built(): Promise<Uint8Array> {
  const content = createHash("sha256").update(guest).update(readFileSync(wit)).digest("hex");
  const out = join(root, "build", "guests", `echo-${content.slice(0, 16)}.wasm`);
  const source = join(folder, "guest.js");
  writeFileSync(source, guest);
  if (!existsSync(out)) {
    await buildComponent({ source, wit, engine: "quickjs", out, typesDir: join(folder, "types") });
  }
  return readFileSync(out);
}

interface Shim {
  readonly WASIShim: new (options: {
    readonly sandbox: object;
  }) => { getImportObject(): Record<string, HostInterface> };
}

interface Transpiled {
  instantiate(
    module: (path: string) => WebAssembly.Module,
    imports: Readonly<Record<string, HostInterface>>,
    instantiate: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
  ): Readonly<Record<string, Record<string, (value: unknown) => unknown>>>;
}

async function byJco(bytes: Uint8Array, imports: Readonly<Record<string, HostInterface>>) {
  const { files } = await transpileBytes(bytes, { name: "echo", instantiation: "sync" });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const glue = (await import(pathToFileURL(join(folder, "echo.js")).href)) as Transpiled;
  const module = (path: string) => new WebAssembly.Module(readFileSync(join(folder, path)));
  const exports = glue.instantiate(module, imports, (code, given) => new WebAssembly.Instance(code, given));
  return exports["echoes"]!;
}

describe("values come through as they do through jco", () => {
  const names = [...readFileSync(wit, "utf8").matchAll(/^ {2}(of-[\w-]+): func/gm)];

  test.each(names.map(([, name]) => name!))("%s", async (name) => {
    const type = loaded.type.exports.get(interfaceName)!.functions.get(name)!;
    await fc.assert(
      fc.asyncProperty(samples(type.params[0]!.type), async ({ value }) => {
        calls = [];
        const theirs = jco[kebabToCamel(name)]!(value);
        const seenByTheirs = calls;
        calls = [];
        const own = await ours.call(interfaceName, name, [value]);
        expect(calls).toEqual(seenByTheirs);
        expect(own).toEqual(theirs);
        expect(own).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });
});
