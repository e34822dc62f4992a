import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Deployment, Program } from "../core/deployment.ts";
import { HostError } from "../core/host-error.ts";
import type { Digest } from "../core/ids.ts";
import { resolveFunctionName } from "../core/names.ts";
import type { ComponentType } from "../core/wit/type.ts";
import { callableFunctions, checkWorld, type HostOffers, type WorldComponent } from "../core/world.ts";
import type { StoredComponent } from "../ports/journal.ts";
import { repeated } from "./grants.ts";
import { type ManifestComponent, type ManifestProgram, parseManifest } from "./manifest.ts";
import { refusal } from "./problems.ts";

/** A deployment that has been read and verified as a whole, ready to be activated. */
export interface ReadDeployment {
  readonly deployment: Deployment;
  /** Of `json`, the form in which a journal keeps it. */
  readonly digest: Digest;
  readonly json: string;
  readonly components: readonly StoredComponent[];
  /** Where the programs are whose digests the deployment names. */
  readonly programs: readonly ProgramFile[];
}

export interface ProgramFile {
  readonly path: string;
  readonly digest: Digest;
}

/** What reading a deployment needs to know of components, which this room does not. */
export interface ComponentKnowledge {
  readonly digestOf: (bytes: Uint8Array) => Digest;
  readonly readComponentType: (bytes: Uint8Array) => ComponentType;
  readonly offers: HostOffers;
}

/** Reads a manifest and the components that it names. Throws HostError: `manifest-invalid`, `component-missing`,
 *  `component-invalid`, or `component-refused` with everything that keeps the components from working together. */
export function readDeployment(path: string, know: ComponentKnowledge): ReadDeployment {
  const folder = dirname(path);
  const manifest = parseManifest(readText(path), path);
  const read = manifest.map((component) => ({
    component,
    ...readComponent(component, folder, know),
    program: component.program && readProgram(component.deployed.name, component.program, folder, know),
  }));
  const functions = read.map(({ component, type }) => functionsOf(component, type));
  const unknown = functions.flatMap(({ problems }) => problems);
  if (unknown.length > 0)
    throw refusal("manifest-invalid", path, unknown, "name functions as the component exports them");
  const problems = checkWorld(
    read.map(({ component: { deployed }, type }) => ({ name: deployed.name, kind: deployed.kind, type })),
    know.offers,
  );
  if (problems.length > 0) {
    throw new HostError(
      "component-refused",
      `${path}: the components do not fit together\n${problems.map((line) => `  ${line}`).join("\n")}`,
      {
        hint: "deploy the components that are missing, or build these against the same WIT",
      },
    );
  }
  const deployment = {
    components: read.map(({ component, digest, program }, i) => ({
      ...component.deployed,
      functions: functions[i]?.policies ?? {},
      digest,
      ...(program && { program: program.use }),
    })),
  };
  const json = JSON.stringify(deployment);
  return {
    deployment,
    json,
    digest: know.digestOf(new TextEncoder().encode(json)),
    components: read.map(({ component: { deployed }, digest, bytes }) => {
      const { name, kind } = deployed;
      return { name, kind, digest, bytes };
    }),
    programs: read.flatMap(({ program }) => program?.file ?? []),
  };
}

/** The policies of single functions by their full names, and a sentence for each name that the component does not have. */
function functionsOf({ deployed, functions }: ManifestComponent, type: ComponentType) {
  const exported = callableFunctions(type);
  const named = [...functions].map(([text, policy]) => ({
    policy,
    found: resolveFunctionName(text, exported, "the component"),
  }));
  const policies = named.flatMap(({ policy, found }) => (found.ok ? [[found.value, policy] as const] : []));
  const twice = repeated(policies.map(([name]) => name));
  return {
    policies: Object.fromEntries(policies),
    problems: [
      ...named.flatMap(({ found }) => (found.ok ? [] : [found.problem])),
      ...twice.map((name) => `${name} has two tables`),
    ].map((problem) => `${deployed.name}: ${problem}`),
  };
}

/** What each component of a manifest imports and exports, as far as it has been built: an author may be about to write the
 *  others. Nothing is said of how they fit together. Throws HostError as `readDeployment` does, `component-missing` when
 *  none is there. */
export function readComponentTypes(
  path: string,
  know: ComponentKnowledge,
): { readonly components: readonly WorldComponent[]; readonly missing: readonly string[] } {
  const manifest = parseManifest(readText(path), path);
  const isBuilt = ({ location }: ManifestComponent) => existsSync(resolve(dirname(path), location));
  const built = manifest.filter(isBuilt);
  const components = (built.length === 0 ? manifest : built).map((component) => {
    const { name, kind } = component.deployed;
    return { name, kind, type: readComponent(component, dirname(path), know).type };
  });
  return {
    components,
    missing: manifest.filter((component) => !isBuilt(component)).map(({ deployed }) => deployed.name),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new HostError("manifest-invalid", `the manifest ${path} can't be read: ${reason(cause)}`, {
      hint: "name the deployment's TOML file with -d",
      cause,
    });
  }
}

function readComponent(component: ManifestComponent, folder: string, know: ComponentKnowledge) {
  const file = resolve(folder, component.location);
  const { name } = component.deployed;
  const bytes = readBytes(name, file);
  const digest = know.digestOf(bytes);
  if (component.contentDigest !== undefined && component.contentDigest !== digest) {
    throw new HostError(
      "component-refused",
      `${name}: ${file} has the digest ${digest}, the manifest says ${component.contentDigest}`,
      {
        hint: "the file has been built anew: change or remove content_digest",
      },
    );
  }
  try {
    return { bytes, digest, type: know.readComponentType(bytes) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new HostError(error.code, `${name}: ${file}: ${error.message}`, { ...hint, cause: error });
  }
}

function readProgram(
  name: string,
  { path, ...use }: ManifestProgram,
  folder: string,
  { digestOf }: ComponentKnowledge,
): { readonly file: ProgramFile; readonly use: Program } {
  const file = resolve(folder, path);
  const digest = digestOf(readBytes(name, file));
  return { file: { path: file, digest }, use: { digest, ...use } };
}

function readBytes(name: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new HostError("component-missing", `${name}: ${file} can't be read: ${reason(cause)}`, {
      hint: "build it, or correct where the manifest looks for it",
      cause,
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
