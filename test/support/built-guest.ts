import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildComponent } from "../../host/component/build/build-component.ts";
import { type PreparedComponent, prepareComponent } from "../../host/component/component.ts";

const root = join(import.meta.dirname, "..", "..");
const built = join(root, "build", "guests");

/** The guest `components/typescript/NAME/NAME.ts`; built once per content of its sources. */
export async function builtGuest(name: string): Promise<PreparedComponent> {
  const sources = join(root, "components", "typescript", name);
  const [source, wit] = [join(sources, `${name}.ts`), join(sources, `${name}.wit`)];
  const content = createHash("sha256").update(readFileSync(source)).update(readFileSync(wit)).digest("hex");
  const out = join(built, `${name}-${content.slice(0, 16)}.wasm`);
  if (!existsSync(out)) {
    await buildComponent({ source, wit, engine: "starlingmonkey", out, typesDir: join(built, "types", name) });
  }
  return prepareComponent(readFileSync(out), { cacheDir: join(root, "build", "cache") });
}
