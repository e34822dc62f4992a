import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildStub } from "../../host/component/build/build-component.ts";
import { findPackage } from "../../host/component/build/find-package.ts";
import { Workshop } from "../build/workshop.ts";

/** The newest 0.2 whose WIT jco brings along. */
export const newestWasi = "0.2.12";

/** The WIT of WASI 0.2 by package, what is marked as unstable like the rest. */
const packages = readPackages();

function readPackages(): ReadonlyMap<string, string> {
  const folder = join(dirname(findPackage("@bytecodealliance/jco") ?? ""), "lib/wit/builtin", newestWasi);
  const files = globSync("*/package.wit", { cwd: folder }).toSorted();
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(folder, file), "utf8").replaceAll(/@unstable\(.*\)/g, "");
      return [basename(dirname(file)), text];
    }),
  );
}

/** All interfaces of WASI, without version. */
export const wasiInterfaces: readonly string[] = [...packages].flatMap(([name, text]) =>
  [...text.matchAll(/^interface (\S+)/gm)].map(([, own]) => `${name.replace("-", ":")}/${own}`),
);

/** A component that imports these interfaces with all their functions, in one version: the tools make one of several. Its own
 *  function, if it exports nothing else, traps. */
export async function wasiImporter(
  interfaces: readonly string[],
  version: string,
  exported = "answers",
): Promise<Uint8Array> {
  const workshop = new Workshop();
  try {
    for (const [name, text] of packages) {
      workshop.put({ [`wit/deps/${name}/package.wit`]: text.replaceAll(`@${newestWasi}`, `@${version}`) });
    }
    const imports = interfaces.map((name) => `import ${name}@${version};`);
    const world = [...imports, `export ${exported};`].join("\n");
    workshop.put({
      "wit/world.wit": `package test:importer;\ninterface answers { run: func() -> result; }\nworld importer {\n${world}\n}`,
    });
    await buildStub({ wit: workshop.path("wit"), out: workshop.path("importer.wasm") });
    return workshop.read("importer.wasm");
  } finally {
    workshop.remove();
  }
}
