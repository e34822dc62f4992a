import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { allowedHostProblem } from "../core/allowed-host.ts";
import {
  type ComponentKind,
  type DeployedComponent,
  defaultPolicy,
  noGrants,
  type Policy,
  type Program,
  plainComponent,
  type RetryPolicy,
} from "../core/deployment.ts";
import { HostError } from "../core/host-error.ts";
import { nearest } from "../core/nearest.ts";

/** A component as the manifest has it; its file has not been read yet. */
export interface ManifestComponent {
  /** As written: relative to the manifest's folder, or absolute. */
  readonly location: string;
  readonly contentDigest?: string;
  readonly program?: ManifestProgram;
  readonly deployed: Omit<DeployedComponent, "digest">;
}

/** A local program as the manifest has it; its file has not been read yet. */
export interface ManifestProgram extends Omit<Program, "digest"> {
  /** As written: relative to the manifest's folder, or absolute. */
  readonly path: string;
}

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, "wants a letter, then letters, digits, _ and -");
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "wants sha256: and 64 hexadecimal digits");
const duration = z
  .strictObject({
    milliseconds: z.number().int().positive().optional(),
    seconds: z.number().positive().optional(),
    minutes: z.number().positive().optional(),
  })
  .refine((given) => Object.keys(given).length === 1, "wants one of milliseconds, seconds, minutes")
  .refine((given) => isDuration(millis(given)), "wants a millisecond at least, and ten years at most");

interface Duration {
  readonly milliseconds?: number | undefined;
  readonly seconds?: number | undefined;
  readonly minutes?: number | undefined;
}

const allowedHost = z.strictObject({
  pattern: z.string(),
  methods: z.array(z.string().regex(/^[A-Z]+$/, "wants HTTP methods in capital letters")).optional(),
});

/** Of a program's answer, unless the manifest says otherwise, and at most. */
const outputBytesUsual = 2 ** 20;
const outputBytesMost = 2 ** 26;

const common = { name, location: z.string().min(1), content_digest: digest.optional() };
const retried = {
  max_retries: z.number().int().min(0).max(1_000_000).optional(),
  retry_exp_backoff: duration.optional(),
};

const manifest = z.strictObject({
  workflow_wasm: z.array(z.strictObject(common)).optional(),
  activity_wasm: z
    .array(
      z.strictObject({
        ...common,
        ...retried,
        exec: z.strictObject({ lock_expiry: duration.optional() }).optional(),
        allowed_host: z.array(allowedHost).optional(),
      }),
    )
    .optional(),
  activity_stub: z.array(z.strictObject(common)).optional(),
  activity_external: z.array(z.strictObject({ ...common, ...retried })).optional(),
  activity_exec: z
    .array(
      z.strictObject({
        ...common,
        ...retried,
        exec: z.strictObject({ lock_expiry: duration.optional() }).optional(),
        program: z.string().min(1),
        args: z.array(z.string().refine((text) => !text.includes("\0"), "wants text without NUL")).optional(),
        max_output_bytes: z.number().int().positive().max(outputBytesMost).optional(),
      }),
    )
    .optional(),
});

/** Every key that may be written, for advice on one that may not. */
const knownKeys = [
  "workflow_wasm",
  "activity_wasm",
  "activity_stub",
  "activity_external",
  "activity_exec",
  "name",
  "location",
  "content_digest",
  "max_retries",
  "retry_exp_backoff",
  "exec",
  "lock_expiry",
  "program",
  "args",
  "max_output_bytes",
  "allowed_host",
  "pattern",
  "methods",
  "milliseconds",
  "seconds",
  "minutes",
];

/** For what is never tried again, or never runs. */
const once: Policy = { ...defaultPolicy, retry: { ...defaultPolicy.retry, retriesMax: 0 } };

/** Reads a manifest's text. Throws HostError `manifest-invalid` with every problem, a line each. */
export function parseManifest(text: string, file: string): readonly ManifestComponent[] {
  const parsed = manifest.safeParse(parseToml(text, file), { reportInput: true });
  if (!parsed.success) throw invalid(file, parsed.error.issues.flatMap(problemsOf));
  const { workflow_wasm = [], activity_wasm = [], activity_stub = [], activity_external = [] } = parsed.data;
  const { activity_exec = [] } = parsed.data;
  const components: ManifestComponent[] = [
    ...workflow_wasm.map((of) => component(of, "workflow", { policy: once })),
    ...activity_wasm.map((of) =>
      component(of, "activity", {
        policy: { retry: retryOf(of), deadlineMs: millis(of.exec?.lock_expiry) ?? defaultPolicy.deadlineMs },
        grants: {
          ...noGrants,
          allowedHosts: (of.allowed_host ?? []).map(({ pattern, methods }) => ({
            pattern,
            ...(methods !== undefined && { methods }),
          })),
        },
      }),
    ),
    ...activity_stub.map((of) => component(of, "activity_stub", { policy: once })),
    ...activity_external.map((of) =>
      component(of, "activity_external", { policy: { ...defaultPolicy, retry: retryOf(of) } }),
    ),
    ...activity_exec.map((of) => ({
      ...component(of, "activity_exec", {
        policy: { retry: retryOf(of), deadlineMs: millis(of.exec?.lock_expiry) ?? defaultPolicy.deadlineMs },
      }),
      program: { path: of.program, args: of.args ?? [], outputBytesMax: of.max_output_bytes ?? outputBytesUsual },
    })),
  ];
  const problems = [...duplicates(components), ...components.flatMap(hostProblems)];
  if (components.length === 0)
    problems.push("it names no component: add [[workflow_wasm]] and [[activity_wasm]] tables");
  if (problems.length > 0) throw invalid(file, problems);
  return components;
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ""] = error.message.split("\n");
    throw invalid(`${file}:${error.line}:${error.column}`, [`${what}\n${error.codeblock.trimEnd()}`]);
  }
}

function component(
  of: { name: string; location: string; content_digest?: string | undefined },
  kind: ComponentKind,
  rest: Partial<Omit<DeployedComponent, "digest">>,
): ManifestComponent {
  const { name: named, location, content_digest: contentDigest } = of;
  const deployed = { ...plainComponent({ name: named, kind }), ...rest };
  return { location, ...(contentDigest !== undefined && { contentDigest }), deployed };
}

function retryOf(of: {
  max_retries?: number | undefined;
  retry_exp_backoff?: z.infer<typeof duration> | undefined;
}): RetryPolicy {
  return {
    ...defaultPolicy.retry,
    retriesMax: of.max_retries ?? defaultPolicy.retry.retriesMax,
    backoffMs: millis(of.retry_exp_backoff) ?? defaultPolicy.retry.backoffMs,
  };
}

function millis(of: Duration | undefined): number | undefined {
  if (of === undefined) return undefined;
  return Math.round((of.milliseconds ?? 0) + (of.seconds ?? 0) * 1_000 + (of.minutes ?? 0) * 60_000);
}

const tenYearsMs = 3_650 * 86_400_000;

function isDuration(ms: number | undefined): boolean {
  return ms !== undefined && ms >= 1 && ms <= tenYearsMs;
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.reduce<string>(
    (path, part) =>
      typeof part === "number" ? `${path}[${part}]` : path === "" ? String(part) : `${path}.${String(part)}`,
    "",
  );
  const at = where === "" ? "" : `${where}: `;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const close = nearest(key, knownKeys)[0] ?? knownKeys.find((known) => known.startsWith(key));
      return `${at}the key ${key} is not known${close === undefined ? "" : `; did you mean ${close}?`}`;
    });
  }
  if (issue.code === "invalid_type") {
    const found = issue.input === undefined ? "it is missing" : `found ${JSON.stringify(issue.input)}`;
    return [
      `${at}wants ${issue.expected === "int" ? "a whole number" : `a value of type ${issue.expected}`}; ${found}`,
    ];
  }
  return [`${at}${issue.message}; found ${JSON.stringify(issue.input)}`];
}

function duplicates(components: readonly ManifestComponent[]): string[] {
  const seen = new Set<string>();
  return components.flatMap(({ deployed }) => {
    const known = seen.has(deployed.name);
    seen.add(deployed.name);
    return known ? [`two components are named ${deployed.name}`] : [];
  });
}

function hostProblems({ deployed }: ManifestComponent): string[] {
  return deployed.grants.allowedHosts.flatMap(({ pattern }) => {
    const problem = allowedHostProblem(pattern);
    return problem === undefined ? [] : [`${deployed.name}: ${problem}`];
  });
}

function invalid(where: string, problems: readonly string[]): HostError {
  const text =
    problems.length === 1
      ? problems[0]
      : `${problems.length} problems\n${problems.map((line) => `  ${line}`).join("\n")}`;
  return new HostError("manifest-invalid", `${where}: ${text}`, {
    hint: 'the keys of a manifest are described in the README under "Deploy"',
  });
}
