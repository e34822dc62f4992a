/** All addresses of a name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Lookups of one thread at once: Node has four threads for those and for files, whoever asks. */
const lookupsMax = 2;

interface Asked {
  readonly host: string;
  /** Whether the answer still matters. */
  readonly wanted: () => boolean;
  readonly resolve: (addresses: readonly string[] | Promise<readonly string[]>) => void;
}

/** Looks names up, few at a time; those who ask take turns, so that one who asks for many slow names delays itself. */
export class NameLookups {
  readonly #lookup: Lookup;
  readonly #underWay = new Map<string, Promise<readonly string[]>>();
  /** Who waits, in turn. */
  readonly #waiting = new Map<object, Asked[]>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** No addresses when the answer is not wanted any more as its turn comes. Rejects with the resolver's error. */
  resolve(host: string, asker: object, wanted: () => boolean): Promise<readonly string[]> {
    return new Promise((resolve) => {
      const asked = { host, wanted, resolve };
      const others = this.#waiting.get(asker);
      if (others === undefined) this.#waiting.set(asker, [asked]);
      else others.push(asked);
      this.#pump();
    });
  }

  #pump(): void {
    for (const [asker, [first, ...others]] of this.#waiting) {
      if (this.#underWay.size >= lookupsMax) return;
      this.#waiting.delete(asker);
      if (others.length > 0) this.#waiting.set(asker, others);
      if (first !== undefined) first.resolve(first.wanted() ? this.#addresses(first.host) : []);
    }
  }

  /** Who asks while an answer is under way shares it. */
  #addresses(host: string): Promise<readonly string[]> {
    let addresses = this.#underWay.get(host);
    if (addresses === undefined) {
      addresses = this.#lookup(host).finally(() => {
        this.#underWay.delete(host);
        this.#pump();
      });
      this.#underWay.set(host, addresses);
    }
    return addresses;
  }
}
