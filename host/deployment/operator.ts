import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { AllowedHost, ComponentLimits, SecretPlace } from "../core/deployment.ts";
import { HostError } from "../core/host-error.ts";
import type { Digest } from "../core/ids.ts";
import { count, digest, hostPath, variableName } from "./fields.ts";
import { repeated } from "./grants.ts";
import { allowedHost, secretPlaceList } from "./hosts.ts";
import { limitFields, limitsOf } from "./limits.ts";
import { refusal } from "./problems.ts";
import { readToml } from "./toml.ts";

/** What whoever runs a host lets any deployment have. Undefined sets no bound; of secrets and programs there are only
 *  those that are named. */
export interface Operator {
  /** The file that says it; undefined when there is none. */
  readonly file: string | undefined;
  readonly allowedHosts: readonly AllowedHost[] | undefined;
  readonly secrets: readonly OperatorSecret[];
  /** Names of variables of the host, or `PREFIX_*`. */
  readonly env: readonly string[] | undefined;
  readonly dirs: readonly OperatorDir[] | undefined;
  readonly limits: Partial<ComponentLimits>;
  /** Attempts under way at once on the whole host. */
  readonly attemptsMax: number | undefined;
  /** Digests of the native programs that may be run. */
  readonly programs: readonly Digest[];
  /** Variables that a deployment may set for them: by some (`PATH`, `LD_PRELOAD`) a program is made to run another. */
  readonly programEnv: readonly string[];
}

/** A secret by name; its value is read when a deployment is opened that sends it. */
export interface OperatorSecret {
  readonly name: string;
  readonly source: { readonly env: string } | { readonly file: string };
  readonly allowedHosts: readonly AllowedHost[];
  readonly replaceIn: readonly SecretPlace[];
}

export interface OperatorDir {
  /** Absolute, on the host. */
  readonly host: string;
  readonly writable: boolean;
}

/** What holds without an operator's file. */
export const noOperator: Operator = {
  file: undefined,
  allowedHosts: undefined,
  secrets: [],
  env: undefined,
  dirs: undefined,
  limits: {},
  attemptsMax: undefined,
  programs: [],
  programEnv: [],
};

const secret = z
  .strictObject({
    name: variableName,
    env: variableName.exactOptional(),
    file: hostPath.exactOptional(),
    allowed_host: z.array(allowedHost).min(1, "wants a host at least that it may go to"),
    replace_in: secretPlaceList.exactOptional(),
  })
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), "wants either env or file");

const file = {
  schema: z.strictObject({
    outbound_http: z.strictObject({ allowed_host: z.array(allowedHost).exactOptional() }).exactOptional(),
    secret: z.array(secret).exactOptional(),
    env: z
      .strictObject({
        allowed: z.array(z.string().regex(/^(?:[A-Za-z_][A-Za-z0-9_]*)?\*?$/, "wants NAME or PREFIX_*")),
      })
      .exactOptional(),
    dir: z.array(z.strictObject({ host: hostPath, writable: z.boolean().exactOptional() })).exactOptional(),
    limits: z.strictObject({ ...limitFields, attempts: count.exactOptional() }).exactOptional(),
    activity_exec: z
      .strictObject({ programs: z.array(digest), env: z.array(variableName).exactOptional() })
      .exactOptional(),
  }),
  code: "operator-invalid",
  hint: 'the keys of an operator\'s file are described in the README under "What an activity may use"',
  // Somebody may have written the secret itself where its place is wanted.
  mayShow: ([table]: readonly PropertyKey[]) => table !== "secret" && table !== undefined,
} as const;

/** Reads an operator's file. Throws HostError `operator-invalid` with every problem, a line each, and no secret. */
export function readOperator(path: string): Operator {
  const { outbound_http, secret = [], env, dir, limits, activity_exec } = readToml(readText(path), path, file);
  const twice = repeated(secret.map(({ name }) => name)).map((name) => `two secrets are named ${name}`);
  if (twice.length > 0) throw refusal(file.code, path, twice, file.hint);
  const base = dirname(resolve(path));
  return {
    file: resolve(path),
    allowedHosts: outbound_http && (outbound_http.allowed_host ?? []),
    secrets: secret.map(({ name, env, file = "", allowed_host, replace_in = ["headers"] }) => ({
      name,
      source: env === undefined ? { file: resolve(base, file) } : { env },
      allowedHosts: allowed_host,
      replaceIn: replace_in,
    })),
    env: env?.allowed,
    dirs: dir?.map(({ host, writable = false }) => ({ host: resolve(base, host), writable })),
    limits: limitsOf(limits),
    attemptsMax: limits?.attempts,
    programs: activity_exec?.programs ?? [],
    programEnv: activity_exec?.env ?? [],
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostError(file.code, `the operator's file ${path} can't be read: ${why}`, { cause });
  }
}
