import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GuestName, guestFile } from "../../components/guests.ts";
import type { HostOptions, ShardLimits } from "../../host/index.ts";
import { HostProcess } from "./host-process.ts";

/** A tenth of what a host is to bear at 1, all of it at 10. */
export const load = Number(process.env["STELE_LOAD"] ?? 1);

export const mib = 1024 * 1024;

/** Of a number that a host is to bear. */
export function share(full: number): number {
  return Math.ceil((full * load) / 10);
}

export type Deployed = readonly [kind: string, guest: GuestName, keys?: string];

/** A folder with a deployment of these guests, for one host after the other. */
export class LoadFolder {
  readonly path = mkdtempSync(join(tmpdir(), "stele-load-"));
  readonly data = join(this.path, "data");
  readonly #options: HostOptions;

  constructor(...components: readonly Deployed[]) {
    const deployment = join(this.path, "deployment.toml");
    const tables = components.map(
      ([kind, guest, keys = ""]) =>
        `[[${kind}]]\nname = "${guest}"\nlocation = ${JSON.stringify(guestFile(guest))}\n${keys}`,
    );
    writeFileSync(deployment, tables.join("\n"));
    this.#options = { data: this.data, deployment, cacheDir: join(this.path, "cache"), activityThreads: 1 };
  }

  open(limits: Partial<ShardLimits> = {}, env: Readonly<Record<string, string>> = {}): Promise<HostProcess> {
    return HostProcess.open({ ...this.#options, limits }, env);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Does it for each number below `count`, `width` of them at a time. */
export async function sideBySide(count: number, width: number, action: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await action(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
