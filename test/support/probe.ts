import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildComponent } from "../../host/component/build/build-component.ts";
import { type PreparedComponent, prepareComponent } from "../../host/component/component.ts";

const root = join(import.meta.dirname, "..", "..");
const sources = join(root, "components", "typescript", "probe");
const built = join(root, "build", "guests");

/** The guest that tries what a host offers; built once per content of its sources. */
export async function probe(): Promise<PreparedComponent> {
  const source = join(sources, "probe.ts");
  const wit = join(sources, "probe.wit");
  const content = createHash("sha256").update(readFileSync(source)).update(readFileSync(wit)).digest("hex");
  const out = join(built, `probe-${content.slice(0, 16)}.wasm`);
  if (!existsSync(out)) {
    await buildComponent({ source, wit, engine: "starlingmonkey", out, typesDir: join(built, "types", "probe") });
  }
  return prepareComponent(readFileSync(out), { cacheDir: join(root, "build", "cache") });
}

export const probeInterface = "test:probe/probe";
