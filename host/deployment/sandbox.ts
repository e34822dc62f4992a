import type { DeployedComponent, Deployment } from "../core/deployment.ts";
import type { Sandbox } from "../ports/activities.ts";

/** What the attempts of each component may use, by the component's name. */
export function sandboxesOf(deployment: Deployment): ReadonlyMap<string, Sandbox> {
  return new Map(deployment.components.map((component) => [component.name, sandboxOf(component)]));
}

function sandboxOf({ grants, limits, program }: DeployedComponent): Sandbox {
  const { dirs, scratch, stdout, stderr, allowedHosts } = grants;
  return {
    env: [],
    dirs,
    scratch,
    stdin: "",
    stdout,
    stderr,
    allowedHosts,
    operatorHosts: undefined,
    secrets: [],
    limits,
    program,
  };
}
