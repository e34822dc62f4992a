import { usualRunLimits } from "./event.ts";
import type { Digest, FunctionName } from "./ids.ts";

/** What a component is for. Those of the last three kinds have a signature and no code: the result of a stub or external
 *  activity is written by others, that of an `activity_exec` is a local program's answer. */
export type ComponentKind = (typeof componentKinds)[number];
export const componentKinds = ["workflow", "activity", "activity_stub", "activity_external", "activity_exec"] as const;

/** Whether results are written from outside. */
export function isWritten(kind: ComponentKind): kind is "activity_stub" | "activity_external" {
  return kind === "activity_stub" || kind === "activity_external";
}

/** Whether it is tried again by a policy: a workflow is not, and a stub is written once. */
export function isRetried(kind: ComponentKind): boolean {
  return kind === "activity" || kind === "activity_external" || kind === "activity_exec";
}

export interface Deployment {
  readonly components: readonly DeployedComponent[];
}

/** A component as the deployment's manifest names it, its file already read and digested. */
export interface DeployedComponent {
  readonly name: string;
  readonly kind: ComponentKind;
  readonly digest: Digest;
  /** How its functions are run. */
  readonly policy: Policy;
  /** Of the functions that are run otherwise. */
  readonly functions: Readonly<Record<FunctionName, Policy>>;
  /** At most so many attempts of all its functions together; any number when absent. */
  readonly concurrencyMax?: number;
  readonly rate?: Rate;
  readonly grants: Grants;
  /** Those that the manifest writes; the others are as usual, or lower where the operator allows less. */
  readonly limits: Partial<ComponentLimits>;
  /** Of an `activity_exec`, and of no other. */
  readonly program?: Program;
}

/** The local program that runs an activity. */
export interface Program {
  /** Of its bytes, which the operator has listed. */
  readonly digest: Digest;
  readonly args: readonly string[];
  /** Its answer may have so many bytes. */
  readonly outputBytesMax: number;
}

/** How a function is run. */
export interface Policy {
  readonly retry: RetryPolicy;
  /** The longest that one attempt of an activity may take. */
  readonly deadlineMs: number;
  /** Attempts under way at once; any number when absent. */
  readonly concurrencyMax?: number;
  readonly rate?: Rate;
}

export interface RetryPolicy {
  /** Retries after the first attempt; 0 for none. */
  readonly retriesMax: number;
  /** Backoff before the first retry; doubles with each further one, up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** From when the activity could first run until it must have ended, waits included; for ever when absent. */
  readonly totalMs?: number;
}

/** At most `count` attempts begin within any `perMs`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** What of the machine a component may use, as the deployment says it: nothing, unless it is named. Values of the
 *  host's environment are not in it: a deployment is kept in the journal. */
export interface Grants {
  readonly env: readonly EnvVariable[];
  readonly dirs: readonly GrantedDir[];
  /** Where the guest finds a folder of its own, made for one attempt and removed with it. */
  readonly scratch?: string;
  /** Text with which standard input begins and ends, `${NAME}` standing for a variable of the host. */
  readonly stdin?: string;
  readonly stdout: StdioTarget;
  readonly stderr: StdioTarget;
  readonly allowedHosts: readonly AllowedHost[];
}

/** Where a guest's output goes: the log of its attempt, the host's own streams, or nowhere. */
export type StdioTarget = (typeof stdioTargets)[number];
export const stdioTargets = ["db", "stdout", "stderr", "none"] as const;

export interface EnvVariable {
  readonly key: string;
  /** As written, `${NAME}` standing for a variable of the host. */
  readonly value: string;
}

export interface GrantedDir {
  /** Absolute, on the host. */
  readonly host: string;
  /** Absolute, as the guest sees it. */
  readonly guest: string;
  readonly writable: boolean;
}

/** Where requests may go; field names and patterns as in Obelisk's deployment.toml. */
export interface AllowedHost {
  /** `scheme://host:port`; README.md, "What an activity may use", has the wildcards. */
  readonly pattern: string;
  /** Upper-case HTTP methods; all of them when absent. */
  readonly methods?: readonly string[];
  /** Must match somewhere in `METHOD URL`, the URL without its query. */
  readonly requestUrlRegex?: string;
  /** Blocks of private addresses (`10.0.0.0/8`) to which a name of the pattern may resolve. */
  readonly addresses?: readonly string[];
  /** Names of the operator's secrets that may go there. */
  readonly secrets?: readonly string[];
  readonly replaceIn?: readonly SecretPlace[];
}

/** Where in a request a secret takes its placeholder's place. */
export type SecretPlace = (typeof secretPlaces)[number];
export const secretPlaces = ["headers", "params", "body"] as const;

/** What one instance, or one attempt, may use at most. */
export interface ComponentLimits {
  /** Of all the component's memories together. */
  readonly memoryBytesMax: number;
  /** Function entries, loop turns, 256 instructions in between, what bulk instructions move. */
  readonly fuel: number;
  /** Entries of all the component's tables together. */
  readonly tableEntriesMax: number;
  readonly logBytesMax: number;
  /** HTTP requests open at once. */
  readonly openRequestsMax: number;
  /** Of one request. */
  readonly requestBytesMax: number;
  /** Of one response. */
  readonly responseBytesMax: number;
  readonly openFilesMax: number;
  /** Written to files, all in all. */
  readonly writtenBytesMax: number;
}

const mib = 1024 * 1024;

const defaultLimits: ComponentLimits = {
  memoryBytesMax: 256 * mib,
  fuel: 50_000_000_000,
  tableEntriesMax: 1_000_000,
  logBytesMax: mib,
  openRequestsMax: 128,
  requestBytesMax: 64 * mib,
  responseBytesMax: 64 * mib,
  openFilesMax: 128,
  writtenBytesMax: 256 * mib,
};

/** What holds where the deployment says nothing. */
export function defaultLimitsOf(kind: ComponentKind): ComponentLimits {
  return kind === "workflow" ? { ...defaultLimits, ...usualRunLimits } : defaultLimits;
}

export const defaultPolicy: Policy = {
  retry: { retriesMax: 5, backoffMs: 100, backoffMaxMs: 60_000 },
  deadlineMs: 60_000,
};

/** How a function of the component is run; as functions are by default when the deployment has the component no more. */
export function policyOf(component: DeployedComponent | undefined, name: FunctionName): Policy {
  return component?.functions[name] ?? component?.policy ?? defaultPolicy;
}

export const noGrants: Grants = { env: [], dirs: [], stdout: "db", stderr: "db", allowedHosts: [] };

/** A component of which a manifest says no more than what it is. */
export function plainComponent<Named extends Pick<DeployedComponent, "name" | "kind">>(of: Named) {
  return { policy: defaultPolicy, functions: {}, grants: noGrants, limits: {}, ...of };
}

/** How deployments were stored before components had grants and limits. */
interface OldComponent extends Pick<DeployedComponent, "name" | "kind" | "digest"> {
  readonly retry: RetryPolicy;
  readonly deadlineMs: number;
  readonly allowedHosts: readonly AllowedHost[];
}

/** Reads a deployment back from its stored form. */
export function storedDeployment(json: string): Deployment {
  const { components } = JSON.parse(json) as { components: readonly (DeployedComponent | OldComponent)[] };
  return { components: components.map((component) => ("policy" in component ? component : fromOld(component))) };
}

function fromOld({ retry, deadlineMs, allowedHosts, ...component }: OldComponent): DeployedComponent {
  return { ...plainComponent(component), policy: { retry, deadlineMs }, grants: { ...noGrants, allowedHosts } };
}
