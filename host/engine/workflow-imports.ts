import { unreachable } from "../core/assert.ts";
import type { FunctionName } from "../core/ids.ts";
import { isReservedInterface, kebabToCamel } from "../core/names.ts";
import { codecFor } from "../core/wit/json.ts";
import { outcomeToGuest } from "../core/wit/signature.ts";
import type { ComponentType, FunctionType, InterfaceType } from "../core/wit/type.ts";
import type { HostImports, HostInterface } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";
import type { WorkflowCalls, WorkflowWasi } from "./workflow-calls.ts";
import { workflowSupport } from "./workflow-support.ts";

type Bind = (run: WorkflowCalls) => HostInterface;

/** What one workflow component imports, prepared once, bound to each run. */
export class WorkflowImports {
  readonly #wasi: WorkflowWasi;
  readonly #binds = new Map<string, Bind>();

  constructor(type: ComponentType, wasi: WorkflowWasi) {
    this.#wasi = wasi;
    for (const imported of type.imports.values()) {
      const bind = bindFor(imported);
      if (bind !== undefined) this.#binds.set(imported.name, bind);
    }
  }

  for(run: WorkflowCalls): HostImports {
    let wasi: HostImports | undefined;
    return (name) => {
      const bind = this.#binds.get(name);
      if (bind !== undefined) return bind(run);
      wasi ??= this.#wasi(run);
      return wasi(name);
    };
  }
}

function bindFor(imported: InterfaceType): Bind | undefined {
  const name = imported.name.replace(/@.*$/, "");
  if (name === "obelisk:workflow/workflow-support") return workflowSupport;
  if (name === "obelisk:log/log") return log;
  if (name.startsWith("obelisk:types/")) return () => obeliskTypes;
  return isReservedInterface(name) ? undefined : directCalls(imported);
}

/** No call of this version makes a join set, so no method of one is ever reached. */
class JoinSet {
  id(): never {
    return unreachable(this as never);
  }

  lastId(): never {
    return unreachable(this as never);
  }
}

const obeliskTypes: HostInterface = { JoinSet };

const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

function log(run: WorkflowCalls): HostInterface {
  return Object.fromEntries(logLevels.map((level) => [level, (message: string) => run.log(level, message)]));
}

/** Another component's interface: each function submits a child and waits for it. */
function directCalls(imported: InterfaceType): Bind {
  const calls = [...imported.functions].map(([shortName, type]) => ({
    property: kebabToCamel(shortName),
    call: directCall(`${imported.name}.${shortName}` as FunctionName, shortName, type),
  }));
  return (run) => {
    const bound: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { property, call } of calls) bound[property] = (...args: unknown[]) => call(run, args);
    return bound;
  };
}

function directCall(name: FunctionName, shortName: string, type: FunctionType) {
  const params = type.params.map((param) => codecFor(param.type));
  return (run: WorkflowCalls, args: readonly unknown[]): unknown => {
    const outcome = run.callChild(
      name,
      shortName,
      params.map((codec, i) => codec.toJson(args[i])),
    );
    return outcome instanceof Promise
      ? outcome.then((settled) => outcomeToGuest(type, settled))
      : outcomeToGuest(type, outcome);
  };
}
