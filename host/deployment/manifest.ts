import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { allowedHostProblem } from "../core/allowed-host.ts";
import type { AllowedHost, ComponentKind, RetryPolicy } from "../core/deployment.ts";
import { HostError } from "../core/host-error.ts";
import { nearest } from "../core/nearest.ts";

/** A component as the manifest has it; its file has not been read yet. */
export interface ManifestComponent {
  readonly name: string;
  readonly kind: ComponentKind;
  /** As written: relative to the manifest's folder, or absolute. */
  readonly location: string;
  readonly contentDigest?: string;
  readonly retry: RetryPolicy;
  readonly deadlineMs: number;
  readonly allowedHosts: readonly AllowedHost[];
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
});

/** Every key that may be written, for advice on one that may not. */
const knownKeys = [
  "workflow_wasm",
  "activity_wasm",
  "activity_stub",
  "activity_external",
  "name",
  "location",
  "content_digest",
  "max_retries",
  "retry_exp_backoff",
  "exec",
  "lock_expiry",
  "allowed_host",
  "pattern",
  "methods",
  "milliseconds",
  "seconds",
  "minutes",
];

const defaults = { retriesMax: 5, backoffMs: 100, backoffMaxMs: 60_000, deadlineMs: 60_000 } as const;

/** For what is never tried again, or never runs. */
const plain = {
  retry: { retriesMax: 0, backoffMs: defaults.backoffMs, backoffMaxMs: defaults.backoffMaxMs },
  deadlineMs: defaults.deadlineMs,
  allowedHosts: [],
};

/** Reads a manifest's text. Throws HostError `manifest-invalid` with every problem, a line each. */
export function parseManifest(text: string, file: string): readonly ManifestComponent[] {
  const parsed = manifest.safeParse(parseToml(text, file), { reportInput: true });
  if (!parsed.success) throw invalid(file, parsed.error.issues.flatMap(problemsOf));
  const { workflow_wasm = [], activity_wasm = [], activity_stub = [], activity_external = [] } = parsed.data;
  const components: ManifestComponent[] = [
    ...workflow_wasm.map((workflow) => ({ ...located(workflow), ...plain, kind: "workflow" as const })),
    ...activity_wasm.map((activity) => ({
      ...located(activity),
      kind: "activity" as const,
      retry: retryOf(activity),
      deadlineMs: millis(activity.exec?.lock_expiry) ?? defaults.deadlineMs,
      allowedHosts: (activity.allowed_host ?? []).map(({ pattern, methods }) => ({
        pattern,
        ...(methods !== undefined && { methods }),
      })),
    })),
    ...activity_stub.map((stub) => ({ ...located(stub), ...plain, kind: "activity_stub" as const })),
    ...activity_external.map((external) => ({
      ...located(external),
      ...plain,
      kind: "activity_external" as const,
      retry: retryOf(external),
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

function located(of: { name: string; location: string; content_digest?: string | undefined }) {
  const { content_digest: contentDigest } = of;
  return { name: of.name, location: of.location, ...(contentDigest !== undefined && { contentDigest }) };
}

function retryOf(of: {
  max_retries?: number | undefined;
  retry_exp_backoff?: z.infer<typeof duration> | undefined;
}): RetryPolicy {
  return {
    retriesMax: of.max_retries ?? defaults.retriesMax,
    backoffMs: millis(of.retry_exp_backoff) ?? defaults.backoffMs,
    backoffMaxMs: defaults.backoffMaxMs,
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
  return components.flatMap((component) => {
    const known = seen.has(component.name);
    seen.add(component.name);
    return known ? [`two components are named ${component.name}`] : [];
  });
}

function hostProblems({ name: component, allowedHosts }: ManifestComponent): string[] {
  return allowedHosts.flatMap(({ pattern }) => {
    const problem = allowedHostProblem(pattern);
    return problem === undefined ? [] : [`${component}: ${problem}`];
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
