import type { DelayId, ExecutionId } from "../core/ids.ts";
import type { HostInterface } from "../ports/components.ts";
import type { ResponseId, RunJoinSet } from "./run-join-set.ts";
import type { WorkflowCalls } from "./workflow-calls.ts";

/** The resource `obelisk:types/join-set.join-set` in a guest's hands. */
export class JoinSet {
  readonly set: RunJoinSet;
  readonly #run: WorkflowCalls;

  constructor(run: WorkflowCalls, set: RunJoinSet) {
    this.#run = run;
    this.set = set;
  }

  id(): string {
    return this.set.id;
  }

  lastId(): GuestResponseId | undefined {
    return this.set.lastId && guestResponseId(this.set.lastId);
  }

  [Symbol.dispose](): void {
    this.#run.dropJoinSet(this.set);
  }
}

/** The interfaces of `obelisk:types`. */
export const obeliskTypes: HostInterface = { JoinSet };

/** `execution-id` and `delay-id`. */
interface GuestId<Id> {
  readonly id: Id;
}

type GuestResponseId =
  | { readonly tag: "execution-id"; readonly val: GuestId<ExecutionId> }
  | { readonly tag: "delay-id"; readonly val: GuestId<DelayId> };

export function guestResponseId(response: ResponseId): GuestResponseId {
  return response.kind === "child"
    ? { tag: "execution-id", val: { id: response.id } }
    : { tag: "delay-id", val: { id: response.id } };
}
