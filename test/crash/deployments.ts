import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GuestName, guestFile } from "../../components/guests.ts";
import type { Digest } from "../../host/core/ids.ts";
import { digestOf } from "../../host/journal/digest.ts";

export const versions = ["one", "two"] as const;
export type Version = (typeof versions)[number];

export interface Deployed {
  readonly manifest: string;
  /** Of the guests that differ between versions. */
  readonly digests: ReadonlySet<Digest>;
}

/** Writes a deployment of what storms run. Its workflows in C are this version's: they do what the others do, and are other components. */
export function writeDeployment(dir: string, version: Version, service: string): Deployed {
  const tiny = ["tiny-workflow", "chronicler"] as const;
  const digests = tiny.map((name) => {
    const bytes = marked(readFileSync(guestFile(name)), version);
    writeFileSync(join(dir, `${name}-${version}.wasm`), bytes);
    return digestOf(bytes);
  });
  const table = (kind: string, name: GuestName, location = guestFile(name)) =>
    `[[${kind}]]\nname = "${name}"\nlocation = ${JSON.stringify(location)}\n`;
  const tables = [
    ...tiny.map((name) => table("workflow_wasm", name, join(dir, `${name}-${version}.wasm`))),
    table("workflow_wasm", "http-workflow"),
    `${table("activity_wasm", "tiny-activity")}max_retries = 1000\n`, // an attempt that is lost counts
    `${table("activity_wasm", "http-activity")}max_retries = 1000
retry_exp_backoff = { milliseconds = 10 }
[[activity_wasm.allowed_host]]
pattern = "${service}"
methods = "*"
`,
  ];
  const manifest = join(dir, `deployment-${version}.toml`);
  writeFileSync(manifest, tables.join("\n"));
  return { manifest, digests: new Set(digests) };
}

/** With a custom section more, which means nothing. */
function marked(component: Uint8Array, text: string): Uint8Array {
  const content = Buffer.from(`\x07version${text}`);
  return Buffer.concat([component, Buffer.from([0, content.length]), content]);
}
