import type { Digest } from "./ids.ts";

/** What a component is for. A stub or external activity has a signature and no code: its result is written by others. */
export type ComponentKind = (typeof componentKinds)[number];
export const componentKinds = ["workflow", "activity", "activity_stub", "activity_external"] as const;

/** A component as the deployment's manifest names it, its file already read and digested. */
export interface DeployedComponent {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly digest: Digest;
  readonly retry: RetryPolicy;
  /** The longest that one attempt of an activity may take. */
  readonly deadlineMs: number;
  /** Where an activity may send HTTP requests; none by default. */
  readonly allowedHosts: readonly AllowedHost[];
}

export interface RetryPolicy {
  /** Retries after the first attempt; 0 for none. */
  readonly retriesMax: number;
  /** Backoff before the first retry; doubles with each further one, up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/** `scheme://host:port`; the port `*` stands for any, and a leading `*.` in the host for any subdomain. */
export interface AllowedHost {
  readonly pattern: string;
  /** Upper-case HTTP methods; all of them when absent. */
  readonly methods?: readonly string[];
}

export interface Deployment {
  readonly components: readonly DeployedComponent[];
}
