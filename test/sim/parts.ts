import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../host/component/component.ts";
import { ComponentStore } from "../../host/component-store.ts";
import { type ComponentKind, type DeployedComponent, plainComponent } from "../../host/core/deployment.ts";
import type { StoredComponent } from "../../host/ports/journal.ts";
import { guest } from "../support/guests.ts";
import type { Chance } from "./chance.ts";
import type { Activation } from "./simulated-host.ts";

type Name = "script" | "script-anew" | "work" | "approval" | "channels";

/** What all simulated hosts are made of: guests, compiled once. */
export class Parts {
  readonly components: ComponentStore;
  readonly #cache: string;
  readonly #stored: Readonly<Record<Name, StoredComponent>>;

  private constructor(stored: Readonly<Record<Name, StoredComponent>>) {
    this.#stored = stored;
    this.#cache = mkdtempSync(join(tmpdir(), "stele-test-sim-"));
    this.components = new ComponentStore(this.#cache, () => undefined);
  }

  static async make(): Promise<Parts> {
    const script = guest("script-c").bytes;
    const parts = new Parts({
      script: stored("script", "workflow", script),
      "script-anew": stored("script", "workflow", withSection(script)),
      work: stored("work", "activity", guest("work").bytes),
      approval: stored("approval", "activity_external", guest("approval").bytes),
      channels: stored("channels", "workflow", guest("channels-workflow").bytes),
    });
    for (const component of Object.values(parts.#stored)) await parts.components.add(component);
    return parts;
  }

  /** The same workflows, the script guest in one of two builds, and activities with other policies. */
  activation(chance: Chance): Activation {
    const components = [
      this.#stored[chance.below(2) === 0 ? "script" : "script-anew"],
      this.#stored.work,
      this.#stored.approval,
      this.#stored.channels,
    ];
    return { components, deployment: { components: components.map((one) => deployed(one, chance)) } };
  }

  /** Both builds of the script guest. */
  get scripts(): readonly StoredComponent[] {
    return [this.#stored.script, this.#stored["script-anew"]];
  }

  close(): void {
    rmSync(this.#cache, { recursive: true, force: true });
  }
}

function stored(name: string, kind: ComponentKind, bytes: Uint8Array): StoredComponent {
  return { name, kind, bytes, digest: digestOf(bytes) };
}

/** Another component that does the same: a custom section more. */
function withSection(bytes: Uint8Array): Uint8Array {
  const name = Buffer.from("anew");
  return Buffer.concat([bytes, Buffer.from([0, name.length + 1, name.length]), name]);
}

function deployed({ name, kind, digest }: StoredComponent, chance: Chance): DeployedComponent {
  const plain = plainComponent({ name, kind, digest });
  if (kind === "workflow") return plain;
  const totalMs = name === "work" && chance.below(4) === 0 ? { totalMs: 600_000 } : {};
  const retry = { retriesMax: chance.below(4), backoffMs: 1 + chance.below(1_000), backoffMaxMs: 10_000, ...totalMs };
  const policy = { retry, deadlineMs: 1_000 + chance.below(60_000) };
  const bounds = [{}, { concurrencyMax: 1 + chance.below(3) }, { rate: { count: 1 + chance.below(3), perMs: 1_000 } }];
  return { ...plain, policy, ...(name === "work" ? chance.pick(bounds) : {}) };
}
