import { type ExecutionId, nameProblem } from "../core/ids.ts";
import { parseJson } from "../core/json.ts";
import { GuestErr } from "../core/wit/signature.ts";
import type { HostInterface } from "../ports/components.ts";
import type { JoinSet } from "./join-set-resource.ts";
import type { WorkflowCalls } from "./workflow-calls.ts";

/** The interfaces of `stele:workflow@1.0.0`, by name, for one run. */
export const steleWorkflow: Readonly<Record<string, (run: WorkflowCalls) => HostInterface>> = {
  "stele:workflow/signals": (run) => ({
    receive: ({ set }: JoinSet, channel: string): { id: ExecutionId } => ({
      id: run.receive(set, channelName(run, channel)),
    }),
    wait: (channel: string): string | Promise<string> => {
      const value = run.receiveOne(channelName(run, channel));
      return value instanceof Promise ? value.then((json) => JSON.stringify(json)) : JSON.stringify(value);
    },
  }),
  "stele:workflow/state": (run) => ({
    publish: (json: string): void => {
      const state = parseJson("the state", json);
      if (!state.ok) throw new GuestErr(state.problem);
      run.publish(state.value);
    },
  }),
  "stele:workflow/continuation": (run) => ({
    continueAsNew: (text: string): never => {
      const params = parseJson("params", text);
      throw new GuestErr(params.ok ? run.continueAsNew(params.value) : params.problem);
    },
  }),
};

function channelName(run: WorkflowCalls, channel: string): string {
  const problem = nameProblem(channel);
  return problem === undefined ? channel : run.trap(`a channel can't be named ${problem}`);
}
