/** Built with StarlingMonkey: 64-bit integers are bigint there, lists of numbers typed arrays, and `none` is undefined. */
import { sleep } from "obelisk:workflow/workflow-support@6.0.0";
import { count, failTimes } from "test:guests/http-activities@0.1.0";

export const httpFlows = {
  countAll(service: string, keys: string[], ms: bigint): Uint32Array {
    const counted = keys.map((key) => {
      const times = count(service, key);
      sleep({ tag: "in", val: { tag: "milliseconds", val: ms } }, undefined);
      return times;
    });
    return Uint32Array.from(counted);
  },

  persist: (service: string, key: string, failures: number): number => failTimes(service, key, failures),
};
