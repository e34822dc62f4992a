/** The workflow component in its next version: only what `versioned` does after its first step is different. */
import { sleep } from "obelisk:workflow/workflow-support@6.0.0";
import { echo } from "test:guests/activities@0.1.0";
import { flows as before } from "./workflow.ts";

export const flows = {
  ...before,

  versioned(): string {
    const first = echo("first");
    const second = echo("second");
    sleep({ tag: "in", val: { tag: "milliseconds", val: 1_000 } }, "nap");
    return `${first}, ${second}`;
  },
};
