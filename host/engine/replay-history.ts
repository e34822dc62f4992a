import { assert } from "../core/assert.ts";
import type { Difference, Event, Outcome } from "../core/event.ts";
import type { ExecutionId, FunctionName } from "../core/ids.ts";
import { decodeParams } from "../core/wit/signature.ts";
import type { LoadedComponent } from "../ports/components.ts";
import { Interrupt } from "./interrupt.ts";
import { Turns } from "./turns.ts";
import type { WorkflowWasi } from "./workflow-calls.ts";
import { WorkflowImports } from "./workflow-imports.ts";
import { functionOf, WorkflowProgram } from "./workflow-program.ts";
import { WorkflowRun } from "./workflow-run.ts";

export type ReplayReport =
  | {
      readonly kind: "matches";
      /** Events in the history. */
      readonly events: number;
      /** How the workflow ended in this replay; absent when its history goes no further. */
      readonly outcome?: Outcome;
    }
  | ({ readonly kind: "diverged" } & Difference);

/** Runs a workflow against its history, from where it last began anew and nothing else: no journal, no children, no time. */
export async function replayHistory(
  id: ExecutionId,
  component: LoadedComponent,
  history: readonly Event[],
  wasi: WorkflowWasi,
): Promise<ReplayReport> {
  const began = history.findLastIndex(({ kind }) => kind === "created" || kind === "continued");
  const created = history[began];
  assert(created?.kind === "created" || created?.kind === "continued", `${id} has no history`);
  const name: FunctionName = created.function;
  const type = functionOf(component.type, name);
  const decoded = type && decodeParams(type, created.params);
  if (decoded?.ok !== true) {
    const attempted = decoded === undefined ? "no such function" : decoded.problem;
    return {
      kind: "diverged",
      version: created.version,
      recorded: `${name}${JSON.stringify(created.params)}`,
      attempted,
    };
  }
  const program = new WorkflowProgram(component, new WorkflowImports(component.type, wasi), name);
  const turns = new Turns();
  const over = () => {
    throw new Interrupt({ kind: "history-ends" });
  };
  const run = new WorkflowRun(id, program, history.slice(began), {
    record: over,
    poll: over,
    newExecutionId: over,
    pollsMax: Number.POSITIVE_INFINITY,
    admit: (outcome) => outcome,
    parks: () => true,
    log: () => undefined,
    turn: () => turns.take(),
    memory: { take: () => true, giveBack: () => undefined },
  });
  const end = await run.start();
  switch (end.kind) {
    case "finished":
      return { kind: "matches", events: history.length, outcome: end.outcome };
    case "diverged":
      return { kind: "diverged", version: end.version, recorded: end.recorded, attempted: end.attempted };
    case "continued":
    case "history-ends":
    case "suspended":
    case "stopped": {
      const last = history.at(-1);
      // Ended from outside: that is how it ended here too.
      const ended = last?.kind === "finished" ? { outcome: last.outcome } : {};
      return { kind: "matches", events: history.length, ...ended };
    }
  }
}
