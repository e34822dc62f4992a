import type { Event } from "../core/event.ts";
import type { ExecutionRow } from "../core/execution.ts";
import type { HostErrorCode } from "../core/host-error.ts";
import type { ExecutionId, FunctionName, Millis } from "../core/ids.ts";
import type { Json } from "../core/json.ts";

/** An execution that is asked for from outside. */
export interface Submission {
  readonly id: ExecutionId;
  /** The id was made for this submission, so no execution can have it. */
  readonly fresh: boolean;
  readonly function: FunctionName;
  readonly params: readonly unknown[];
  /** Not to be run before. */
  readonly startAt?: Millis;
}

export type SubmitEnd =
  /** The execution is durable; `existed` when an earlier submission of the same work had made it. */
  | { readonly kind: "accepted"; readonly existed: boolean }
  | { readonly kind: "refused"; readonly code: HostErrorCode; readonly message: string; readonly hint?: string };

type Refusal = Extract<SubmitEnd, { kind: "refused" }>;

export function refused(code: HostErrorCode, message: string): Refusal {
  return { kind: "refused", code, message };
}

/** What comes of a submission under the id of an execution that exists: the same work is accepted. */
export function compared(
  { id, function: known }: ExecutionRow,
  created: Event | undefined,
  name: FunctionName,
  params: readonly Json[],
): SubmitEnd {
  if (known !== name) {
    return refused("execution-conflict", `${id} exists already, for another function: ${known}`);
  }
  if (created?.kind === "created" && JSON.stringify(created.params) === JSON.stringify(params)) {
    return { kind: "accepted", existed: true };
  }
  return refused("execution-conflict", `${id} exists already, of the same function with other parameters`);
}

/** A start that is not to wait is none. */
export function laterThan(now: Millis, at: Millis | undefined): Millis | undefined {
  return at !== undefined && at > now ? at : undefined;
}
