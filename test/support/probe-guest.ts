import { ActivityWasi } from "../../host/component/wasi/activity-wasi.ts";
import { GuestScope } from "../../host/component/wasi/guest-scope.ts";
import type { HttpClient } from "../../host/component/wasi/http-client.ts";
import { HttpGate } from "../../host/component/wasi/http-gate.ts";
import { AttemptSecrets } from "../../host/component/wasi/http-secrets.ts";
import { type AllowedHost, type ComponentLimits, defaultLimitsOf } from "../../host/core/deployment.ts";
import type { Secret } from "../../host/ports/activities.ts";
import type { LoadedComponent, MemoryAccount } from "../../host/ports/components.ts";
import { probeInterface } from "./probe.ts";

export interface GuestOptions {
  readonly allowedHosts?: readonly AllowedHost[];
  readonly operatorHosts?: readonly AllowedHost[];
  readonly secrets?: readonly Secret[];
  readonly limits?: Partial<ComponentLimits>;
  readonly memory?: MemoryAccount;
}

export const boundless: MemoryAccount = { take: () => true, giveBack: () => undefined };

type Result = { readonly tag: "ok" | "err"; readonly val: unknown };

/** A fresh guest of the probe with a scope of its own. */
export function startGuest(component: LoadedComponent, client: HttpClient, options: GuestOptions) {
  const logs: string[] = [];
  const scope = new GuestScope(() => undefined);
  const limits = { ...defaultLimitsOf("activity"), ...options.limits };
  const { allowedHosts = [], operatorHosts } = options;
  const { memory = boundless } = options;
  const secrets = new AttemptSecrets(options.secrets ?? []);
  const wasi = new ActivityWasi({
    scope,
    http: { component: "probe", client, gate: new HttpGate({ allowedHosts, operatorHosts }), secrets, limits, memory },
    variables: secrets.environment,
    input: "",
    folder: undefined,
    log: (level, message) => logs.push(`${level} ${message}`),
  });
  const instance = component.instantiate(wasi.imports, limits);
  const call = async (name: string, ...args: unknown[]): Promise<Result> => {
    try {
      return (await instance.call(probeInterface, name, args)) as Result;
    } finally {
      wasi.end();
    }
  };
  return { logs, scope, call };
}

/** A request as the probe's `converse` takes it. */
export interface Asked {
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: readonly string[] | undefined;
  readonly flushed: boolean;
  readonly trailers: readonly (readonly [string, string])[];
}

export function ask(authority: string, path: string, more: Partial<Asked> = {}): Asked {
  const plain = { scheme: "http", method: "GET", headers: [], body: undefined, flushed: false, trailers: [] } as const;
  return { ...plain, authority, path, ...more };
}

/** What the probe's `converse` answers. */
export interface Answered {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  readonly trailers: readonly (readonly [string, string])[];
}
