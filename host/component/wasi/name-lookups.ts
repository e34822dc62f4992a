import { FairQueue } from "../../core/fair-queue.ts";

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

/** Who asks: an attempt, of a component. */
export interface Asker {
  readonly component: string;
  readonly attempt: object;
}

/** Looks names up, few at a time. Components take turns, and so do the attempts of each: one that asks for many slow names
 *  delays itself, however many attempts it has. */
export class NameLookups {
  readonly #lookup: Lookup;
  readonly #underWay = new Map<string, Promise<readonly string[]>>();
  /** By component, in turn. */
  readonly #waiting = new Map<string, FairQueue<Asked, object>>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** No addresses when the answer is not wanted any more as its turn comes. Rejects with the resolver's error. */
  resolve(host: string, { component, attempt }: Asker, wanted: () => boolean): Promise<readonly string[]> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(component) ?? new FairQueue();
      this.#waiting.set(component, queue);
      queue.add(attempt, { host, wanted, resolve });
      this.#pump();
    });
  }

  #pump(): void {
    for (const [component, queue] of this.#waiting) {
      if (this.#underWay.size >= lookupsMax) return;
      const first = queue.take();
      this.#waiting.delete(component);
      if (queue.size > 0) this.#waiting.set(component, queue);
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
