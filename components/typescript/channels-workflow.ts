import * as log from "obelisk:log/log@1.0.0";
import {
  getResultJson,
  type JoinSet,
  joinNext,
  joinSetClose,
  joinSetCreate,
  joinSetCreateNamed,
  submitDelay,
  submitJson,
} from "obelisk:workflow/workflow-support@6.0.0";
import { continueAsNew } from "stele:workflow/continuation@1.0.0";
import { receive, wait } from "stele:workflow/signals@1.0.0";
import { publish } from "stele:workflow/state@1.0.0";
import { echo } from "test:guests/activities@0.1.0";
import { errOf } from "./err-of.ts";

const activities = { interfaceName: "test:guests/activities@0.1.0", functionName: "echo" };

export const channels = {
  addUp(total: number, perRun: number): number {
    let sum = total;
    for (let i = 0; i < perRun; i++) {
      const next = JSON.parse(wait("numbers")) as number;
      if (next === 0) return sum;
      sum += next;
      log.info(`${sum}`);
      publish(JSON.stringify({ sum }));
    }
    continueAsNew(JSON.stringify([sum, perRun]));
    return 0;
  },

  either(waitMs: number): string {
    const set = joinSetCreate();
    receive(set, "go");
    submitDelay(set, { tag: "in", val: { tag: "milliseconds", val: waitMs } });
    const heard = joinNext(set);
    const id = set.lastId();
    joinSetClose(set);
    if (id?.tag !== "execution-id") return "the wait";
    return `${heard.tag} ${heard.val}, ${getResultJson(id.val).val}`;
  },

  giveUp(): string {
    const set = joinSetCreate();
    receive(set, "never");
    joinSetClose(set);
    return "closed";
  },

  leave(times: number): number {
    const [kept, left] = [named("kept"), named("left")];
    submitJson(kept, activities, JSON.stringify([`${times}`]));
    joinNext(kept);
    submitJson(left, activities, JSON.stringify(["left behind"]));
    submitDelay(left, { tag: "in", val: { tag: "days", val: 1 } });
    echo("direct");
    if (times > 0) continueAsNew(JSON.stringify([times - 1]));
    return times;
  },

  continueWith(params: string): string {
    try {
      continueAsNew(params);
    } catch (error) {
      return String(errOf(error));
    }
    return "returned";
  },
};

function named(name: string): JoinSet {
  return joinSetCreateNamed(name);
}
