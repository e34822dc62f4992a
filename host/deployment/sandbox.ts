import type { DeployedComponent, Deployment } from "../core/deployment.ts";
import type { Sandbox } from "../ports/activities.ts";
import { covers } from "./covers.ts";
import { checkGrantedDirs } from "./granted-dirs.ts";
import { grantedText, type Refuse } from "./granted-env.ts";
import { grantedSecrets } from "./granted-secrets.ts";
import { limitsBeyond, limitsWithin } from "./limits.ts";
import { noOperator, type Operator } from "./operator.ts";
import { refusal } from "./problems.ts";
import type { Environment } from "./template.ts";

/** What a deployment meets on a host. */
export interface Surroundings {
  readonly operator?: Operator;
  readonly environment?: Environment;
  /** Folders of the host that no guest may see. */
  readonly ownFolders?: readonly string[];
}

/** What the attempts of each component may use, by the component's name: all that the deployment says. Throws HostError
 *  `grant-refused` with everything that the operator does not allow, or that is not there. */
export function sandboxesOf(deployment: Deployment, surroundings: Surroundings = {}): ReadonlyMap<string, Sandbox> {
  const { operator = noOperator } = surroundings;
  const problems = new Set<string>();
  const sandboxes = deployment.components.map((component) => {
    const refuse = (problem: string) => problems.add(`${component.name}: ${problem}`);
    return [
      component.name,
      sandboxOf(component, { environment: new Map(), ownFolders: [], ...surroundings, operator }, refuse),
    ] as const;
  });
  if (problems.size > 0) {
    throw refusal(
      "grant-refused",
      "the deployment asks for what this host does not grant",
      [...problems],
      operator.file === undefined
        ? "change the deployment's manifest, or name an operator's file that allows it (--operator)"
        : `change the deployment's manifest, or let the operator's file ${operator.file} allow it`,
    );
  }
  return new Map(sandboxes);
}

function sandboxOf(
  { kind, grants, limits, program }: DeployedComponent,
  { operator, environment, ownFolders }: Required<Surroundings>,
  refuse: Refuse,
): Sandbox {
  const { dirs, scratch, stdout, stderr, allowedHosts } = grants;
  const files = operator.secrets.flatMap(({ source }) => ("file" in source ? [source.file] : []));
  const own = [...ownFolders, ...files, ...(operator.file === undefined ? [] : [operator.file])];
  checkGrantedDirs(dirs, operator, own, refuse);
  for (const rule of allowedHosts) {
    if (operator.allowedHosts === undefined || covers(operator.allowedHosts, rule)) continue;
    refuse(`the operator does not allow all of ${rule.pattern} (${rule.methods?.join(", ") ?? "all methods"})`);
  }
  if (program !== undefined && !operator.programs.includes(program.digest)) {
    refuse(`the operator has not listed the program ${program.digest}, which would run with the rights of the host`);
  }
  for (const { key } of program === undefined ? [] : grants.env) {
    if (!operator.programEnv.includes(key))
      refuse(`the operator does not let a deployment set ${key} for a program ([activity_exec] env)`);
  }
  for (const problem of limitsBeyond(limits, operator.limits, kind)) refuse(problem);
  return {
    ...grantedText(grants, operator, environment, refuse),
    dirs,
    scratch,
    stdout,
    stderr,
    allowedHosts,
    operatorHosts: operator.allowedHosts,
    secrets: grantedSecrets(allowedHosts, operator, environment, refuse),
    limits: limitsWithin(limits, operator.limits, kind),
    program,
  };
}
