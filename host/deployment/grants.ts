import { resolve } from "node:path";
import { z } from "zod";
import { type EnvVariable, type GrantedDir, type Grants, noGrants, stdioTargets } from "../core/deployment.ts";
import { guestPath, hostPath, variableName } from "./fields.ts";
import { allowedHostWithSecrets } from "./hosts.ts";
import { realPath } from "./real-path.ts";
import { parseTemplate } from "./template.ts";

const template = z.string().superRefine((text, context) => {
  const read = parseTemplate(text);
  if (!read.ok) context.addIssue({ code: "custom", message: read.problem, input: text });
});

/** `"NAME"` forwards the host's variable of that name. */
const envVariable = z.union(
  [
    variableName.transform((key): EnvVariable => ({ key, value: `\${${key}}` })),
    z.strictObject({ key: variableName, value: template }),
  ],
  "wants the name of a variable, or { key, value }",
);

const target = z.enum(stdioTargets, `wants one of ${stdioTargets.join(", ")}`);

/** What a component may use. */
export const grantFields = {
  env_vars: z.array(envVariable).exactOptional(),
  stdin: template.exactOptional(),
  forward_stdout: target.exactOptional(),
  forward_stderr: target.exactOptional(),
  dir: z
    .array(z.strictObject({ host: hostPath, guest: guestPath, writable: z.boolean().exactOptional() }))
    .exactOptional(),
  scratch: guestPath.exactOptional(),
  allowed_host: z.array(allowedHostWithSecrets).exactOptional(),
};

type GrantKeys = z.output<z.ZodObject<typeof grantFields>>;

/** What is written; folders are relative to `base`, and stay the ones that are there now. */
export function grantsOf(written: GrantKeys, base: string): Grants {
  const { env_vars, stdin, scratch, dir, forward_stdout, forward_stderr, allowed_host } = written;
  const grantedDir = ({ host, guest, writable = false }: NonNullable<GrantKeys["dir"]>[number]): GrantedDir => ({
    host: realPath(resolve(base, host)),
    guest,
    writable,
  });
  return {
    env: env_vars ?? noGrants.env,
    dirs: dir?.map(grantedDir) ?? noGrants.dirs,
    ...(scratch !== undefined && { scratch }),
    ...(stdin !== undefined && { stdin }),
    stdout: forward_stdout ?? noGrants.stdout,
    stderr: forward_stderr ?? noGrants.stderr,
    allowedHosts: allowed_host ?? noGrants.allowedHosts,
  };
}

/** Names that stand for two things, a sentence each: the guest would find one of them. */
export function grantProblems({ env, dirs, scratch, allowedHosts }: Grants): readonly string[] {
  const secrets = new Set(allowedHosts.flatMap(({ secrets = [] }) => secrets));
  const folders = [...dirs.map(({ guest }) => guest), ...(scratch === undefined ? [] : [scratch])];
  return [
    ...repeated([...env.map(({ key }) => key), ...secrets]).map((key) => `two variables are named ${key}`),
    ...repeated(folders).map((folder) => `two folders are called ${folder}`),
  ];
}

/** Those that stand there more than once. */
export function repeated(texts: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const text of texts) (seen.has(text) ? twice : seen).add(text);
  return [...twice];
}
