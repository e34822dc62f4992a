import { executionId, joinSetBorrowed } from "./obelisk-types.ts";
import { func, result, string, type WrittenInterfaces } from "./written-types.ts";

/** The functions of `stele:workflow@1.0.0`, as its WIT in `wit/` has them. */
export const steleWorkflowTypes = {
  "stele:workflow/signals@1.0.0": {
    receive: func({ "join-set": joinSetBorrowed, channel: string }, executionId),
    wait: func({ channel: string }, string),
  },
  "stele:workflow/state@1.0.0": { publish: func({ json: string }, result(undefined, string)) },
  "stele:workflow/continuation@1.0.0": { "continue-as-new": func({ params: string }, result(undefined, string)) },
} satisfies WrittenInterfaces;
