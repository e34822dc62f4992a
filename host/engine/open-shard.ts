import type { Deployment } from "../core/deployment.ts";
import type { Digest } from "../core/ids.ts";
import type { ComponentType } from "../core/wit/type.ts";
import type { Sandbox } from "../ports/activities.ts";
import { Shard, type ShardParts } from "./shard.ts";

/** A shard over a freshly opened journal, about to take up what is unfinished there, and what closes both. */
export interface OpenShard {
  readonly shard: Shard;
  readonly close: () => void;
}

/** What can be called, and what it may use. */
export interface Deployed {
  readonly deployment: Deployment;
  readonly types: ReadonlyMap<Digest, ComponentType>;
  /** By component. */
  readonly sandboxes: ReadonlyMap<string, Sandbox>;
}

/** Makes a shard, to which its journal belongs from now on. When it can't be made the journal is closed: it could not be
 *  opened again otherwise. */
export function openShard(parts: ShardParts, { deployment, types, sandboxes }: Deployed): OpenShard {
  const { journal, dormant = false, onFailure } = parts;
  try {
    const shard = new Shard(parts);
    shard.deploy(deployment, types, sandboxes);
    if (!dormant) setImmediate(() => void shard.resume().catch(onFailure));
    return {
      shard,
      close: () => {
        shard.stop();
        journal.close();
      },
    };
  } catch (error) {
    journal.close();
    throw error;
  }
}
