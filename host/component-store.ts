import { loadComponent, type PreparedComponent, prepareComponent } from "./component/component.ts";
import { HostError } from "./core/host-error.ts";
import type { Digest } from "./core/ids.ts";
import type { ComponentType } from "./core/wit/type.ts";
import type { LoadedComponent } from "./ports/components.ts";
import type { StoredComponent } from "./ports/journal.ts";

interface Entry {
  readonly kind: StoredComponent["kind"];
  readonly prepared: PreparedComponent;
  readonly loaded: LoadedComponent;
}

/** Compiled components by digest: those of deployments, and older ones read back from the journal when needed. */
export class ComponentStore {
  readonly #cacheDir: string;
  readonly #stored: (digest: Digest) => StoredComponent | undefined;
  readonly #entries = new Map<Digest, Entry>();
  readonly #loading = new Map<Digest, Promise<Entry>>();

  constructor(cacheDir: string, stored: (digest: Digest) => StoredComponent | undefined) {
    this.#cacheDir = cacheDir;
    this.#stored = stored;
  }

  async add(component: StoredComponent): Promise<void> {
    await this.#entry(component.digest, component);
  }

  async load(digest: Digest): Promise<LoadedComponent> {
    return (await this.#entry(digest)).loaded;
  }

  async prepared(digest: Digest): Promise<PreparedComponent> {
    return (await this.#entry(digest)).prepared;
  }

  kind(digest: Digest): StoredComponent["kind"] {
    const kind = this.#entries.get(digest)?.kind;
    if (kind === undefined) throw missing(digest);
    return kind;
  }

  types(): ReadonlyMap<Digest, ComponentType> {
    return new Map([...this.#entries].map(([digest, { loaded }]) => [digest, loaded.type]));
  }

  async #entry(digest: Digest, component?: StoredComponent): Promise<Entry> {
    const known = this.#entries.get(digest);
    if (known !== undefined) return known;
    let loading = this.#loading.get(digest);
    if (loading === undefined) {
      loading = this.#make(digest, component).finally(() => this.#loading.delete(digest));
      this.#loading.set(digest, loading);
    }
    return loading;
  }

  async #make(digest: Digest, component: StoredComponent | undefined): Promise<Entry> {
    const stored = component ?? this.#stored(digest);
    if (stored === undefined) throw missing(digest);
    const prepared = await prepareComponent(stored.bytes, { cacheDir: this.#cacheDir });
    const entry = { kind: stored.kind, prepared, loaded: loadComponent(prepared) };
    this.#entries.set(digest, entry);
    return entry;
  }
}

function missing(digest: Digest): HostError {
  return new HostError("component-missing", `the component ${digest} is neither deployed nor in the journal`, {
    hint: "run `stele check` on the data folder: a history refers to a component that is gone",
  });
}
