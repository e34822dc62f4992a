import { dirname } from "node:path";
import { z } from "zod";
import {
  type ComponentKind,
  type DeployedComponent,
  defaultPolicy,
  type Policy,
  type Program,
  plainComponent,
} from "../core/deployment.ts";
import { count, digest, hostPath, name } from "./fields.ts";
import { grantFields, grantProblems, grantsOf, repeated } from "./grants.ts";
import { limitFields, limitsOf, workflowLimitFields } from "./limits.ts";
import { execFields, flowOf, policyOf, retryFields } from "./policy.ts";
import { refusal } from "./problems.ts";
import { readToml } from "./toml.ts";

/** A component as the manifest has it; its file has not been read yet. */
export interface ManifestComponent {
  /** As written: relative to the manifest's folder, or absolute. */
  readonly location: string;
  readonly contentDigest?: string;
  readonly program?: ManifestProgram;
  readonly deployed: Omit<DeployedComponent, "digest" | "functions">;
  /** By the functions' names as written: whether the component has them is not known yet. */
  readonly functions: ReadonlyMap<string, Policy>;
}

/** A local program as the manifest has it; its file has not been read yet. */
export interface ManifestProgram extends Omit<Program, "digest"> {
  /** As written: relative to the manifest's folder, or absolute. */
  readonly path: string;
}

/** Programs of one component at once, unless the manifest says otherwise. */
const programsUsual = 32;

/** Of a program's answer, unless the manifest says otherwise, and at most. */
const outputBytesUsual = 2 ** 20;
const outputBytesMost = 2 ** 26;

const common = { name, location: z.string().min(1), content_digest: digest.exactOptional() };
const run = { ...retryFields, exec: z.strictObject(execFields).exactOptional() };

const schema = z.strictObject({
  workflow_wasm: z
    .array(z.strictObject({ ...common, limits: z.strictObject(workflowLimitFields).exactOptional() }))
    .exactOptional(),
  activity_wasm: z
    .array(
      z.strictObject({
        ...common,
        ...run,
        ...grantFields,
        limits: z.strictObject(limitFields).exactOptional(),
        function: z.record(z.string(), z.strictObject(run)).exactOptional(),
      }),
    )
    .exactOptional(),
  activity_stub: z.array(z.strictObject(common)).exactOptional(),
  activity_external: z
    .array(
      z.strictObject({
        ...common,
        ...retryFields,
        function: z.record(z.string(), z.strictObject(retryFields)).exactOptional(),
      }),
    )
    .exactOptional(),
  activity_exec: z
    .array(
      z.strictObject({
        ...common,
        ...run,
        program: hostPath,
        args: z.array(z.string().refine((text) => !text.includes("\0"), "wants text without NUL")).exactOptional(),
        env_vars: grantFields.env_vars,
        max_output_bytes: count.max(outputBytesMost).exactOptional(),
        function: z.record(z.string(), z.strictObject(run)).exactOptional(),
      }),
    )
    .exactOptional(),
});

const file = {
  schema,
  code: "manifest-invalid",
  hint: 'the keys of a manifest are described in the README under "Deploy"',
} as const;

/** For what is never tried again, or never runs. */
const once: Policy = { ...defaultPolicy, retry: { ...defaultPolicy.retry, retriesMax: 0 } };

/** Reads a manifest's text. Throws HostError `manifest-invalid` with every problem, a line each. */
export function parseManifest(text: string, path: string): readonly ManifestComponent[] {
  const {
    workflow_wasm = [],
    activity_wasm = [],
    activity_stub = [],
    activity_external = [],
    activity_exec = [],
  } = readToml(text, path, file);
  const components: ManifestComponent[] = [
    ...workflow_wasm.map((of) => component(of, "workflow", { policy: once, limits: limitsOf(of.limits) })),
    ...activity_wasm.map((of) =>
      component(of, "activity", {
        policy: policyOf(of),
        ...flowOf(of.exec),
        grants: grantsOf(of, dirname(path)),
        limits: limitsOf(of.limits),
      }),
    ),
    ...activity_stub.map((of) => component(of, "activity_stub", { policy: once })),
    ...activity_external.map((of) => component(of, "activity_external", { policy: policyOf(of) })),
    ...activity_exec.map((of) => ({
      ...component(of, "activity_exec", {
        policy: policyOf(of),
        concurrencyMax: programsUsual,
        ...flowOf(of.exec),
        grants: grantsOf({ ...(of.env_vars && { env_vars: of.env_vars }) }, dirname(path)),
      }),
      program: { path: of.program, args: of.args ?? [], outputBytesMax: of.max_output_bytes ?? outputBytesUsual },
    })),
  ];
  const problems = problemsAmong(components);
  if (problems.length > 0) throw refusal(file.code, path, problems, file.hint);
  return components;
}

type FunctionKeys = Parameters<typeof policyOf>[0];

interface CommonKeys {
  readonly name: string;
  readonly location: string;
  readonly content_digest?: string;
  readonly function?: Readonly<Record<string, FunctionKeys>>;
}

function component(
  { name, location, content_digest: contentDigest, function: functions = {} }: CommonKeys,
  kind: ComponentKind,
  rest: Partial<DeployedComponent> & Pick<DeployedComponent, "policy">,
): ManifestComponent {
  const { functions: _, ...plain } = plainComponent({ name, kind });
  return {
    location,
    ...(contentDigest !== undefined && { contentDigest }),
    deployed: { ...plain, ...rest },
    functions: new Map(
      Object.entries(functions).map(([name, of]) => [name, { ...policyOf(of, rest.policy), ...flowOf(of.exec) }]),
    ),
  };
}

function problemsAmong(components: readonly ManifestComponent[]): string[] {
  if (components.length === 0) return ["it names no component: add [[workflow_wasm]] and [[activity_wasm]] tables"];
  return [
    ...repeated(components.map(({ deployed }) => deployed.name)).map((name) => `two components are named ${name}`),
    ...components.flatMap(({ deployed, functions }) =>
      [...grantProblems(deployed.grants), ...retryProblems(deployed.policy, functions)].map(
        (problem) => `${deployed.name}: ${problem}`,
      ),
    ),
  ];
}

function retryProblems(policy: Policy, functions: ManifestComponent["functions"]): readonly string[] {
  return [policy, ...functions.values()]
    .filter(({ retry }) => retry.backoffMaxMs < retry.backoffMs)
    .map(
      ({ retry }) =>
        `retry_exp_backoff_max (${retry.backoffMaxMs} ms) is below retry_exp_backoff (${retry.backoffMs} ms)`,
    );
}
