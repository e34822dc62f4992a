import type { Deployment } from "../core/deployment.ts";
import { HostError } from "../core/host-error.ts";

/** Refuses a deployment as a whole when it names a program that the operator has not listed (`sha256:…`). Throws
 *  HostError `grant-refused`. */
export function refuseUnlistedPrograms({ components }: Deployment, listed: readonly string[]): void {
  const problems = components.flatMap(({ name, program }) =>
    program === undefined || listed.includes(program.digest) ? [] : [`${name} runs the program ${program.digest}`],
  );
  if (problems.length === 0) return;
  throw new HostError("grant-refused", `the operator has not listed what the deployment runs: ${problems.join("; ")}`, {
    hint: "a program runs with the rights of the host: look at it, and list its digest in the host's configuration",
  });
}
