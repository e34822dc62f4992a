import { HostError } from "./core/host-error.ts";
import { type ExecutionId, parseExecutionId } from "./core/ids.ts";

/** The execution id that someone has written. Throws HostError `usage`. */
export function knownId(text: string): ExecutionId {
  const parsed = parseExecutionId(text);
  if (!parsed.ok) throw new HostError("usage", parsed.problem);
  return parsed.value;
}
