import { sleep } from "obelisk:workflow/workflow-support@6.0.0";
import { echo } from "test:guests/activities@0.1.0";
import type { Fault } from "test:guests/children@0.1.0";

export const children = {
  shout: (text: string): string => echo(text).toUpperCase(),

  refuse(reason: string): void {
    throw { tag: "refused", val: reason } satisfies Fault;
  },

  sleep(ms: number): void {
    sleep({ tag: "in", val: { tag: "milliseconds", val: ms } }, null);
  },

  trap(): void {
    throw new Error("trapped on purpose");
  },
};
