import { assert } from "../core/assert.ts";
import type { FunctionName } from "../core/ids.ts";
import { isReservedInterface, kebabToCamel, parseExtensionName } from "../core/names.ts";
import { codecFor } from "../core/wit/json.ts";
import { outcomeToGuest, resultShape } from "../core/wit/signature.ts";
import type { ComponentType, FunctionType, InterfaceType } from "../core/wit/type.ts";
import type { HostImports, HostInterface } from "../ports/components.ts";
import type { LogLevel } from "../ports/journal.ts";
import { extensionCalls } from "./extension-calls.ts";
import { obeliskTypes } from "./join-set-resource.ts";
import { steleWorkflow } from "./stele-workflow.ts";
import type { WorkflowCalls, WorkflowWasi } from "./workflow-calls.ts";
import { workflowSupport } from "./workflow-support.ts";

type Bind = (run: WorkflowCalls) => HostInterface;

/** What one workflow component imports, prepared once, bound to each run. */
export class WorkflowImports {
  readonly #wasi: WorkflowWasi;
  readonly #binds = new Map<string, Bind>();

  /** Whether the component can ask about children that were awaited before, so that their results must be kept. */
  readonly looksBack: boolean;

  constructor(type: ComponentType, wasi: WorkflowWasi) {
    this.#wasi = wasi;
    this.looksBack = [...type.imports.values()].some(looksBack);
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
  const own = Object.hasOwn(steleWorkflow, name) ? steleWorkflow[name] : undefined;
  if (own !== undefined) return own;
  const extension = parseExtensionName(imported.name);
  if (extension !== undefined) return extensionCalls(extension, imported);
  return isReservedInterface(name) ? undefined : directCalls(imported);
}

/** Whether a function of this name looks at a child that was awaited before. */
function looksBack({ name, functions }: InterfaceType): boolean {
  if (parseExtensionName(name)?.kind === "ext") return [...functions.keys()].some((one) => one.endsWith("-get"));
  return functions.has("get-result-json") || functions.has("get-execution-failure-kind");
}

const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

function log(run: WorkflowCalls): HostInterface {
  return Object.fromEntries(logLevels.map((level) => [level, (message: string) => run.log(level, message)]));
}

/** Another component's interface: each function submits a child and waits for it. */
function directCalls(imported: InterfaceType): Bind {
  const calls = [...imported.functions].map(([shortName, type]) => ({
    property: kebabToCamel(shortName),
    call: directCall(`${imported.name}.${shortName}` as FunctionName, type),
  }));
  return (run) => {
    const bound: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { property, call } of calls) bound[property] = (...args: unknown[]) => call(run, args);
    return bound;
  };
}

function directCall(name: FunctionName, type: FunctionType) {
  const params = type.params.map((param) => codecFor(param.type));
  const returns = resultShape(type);
  return (run: WorkflowCalls, args: readonly unknown[]): unknown => {
    const answer = run.call({
      request: "direct",
      function: name,
      params: params.map((codec, i) => codec.toJson(args[i])),
      returns,
    });
    return answer instanceof Promise ? answer.then((child) => answerToGuest(type, child)) : answerToGuest(type, answer);
  };
}

function answerToGuest(type: FunctionType, child: Awaited<ReturnType<WorkflowCalls["call"]>>): unknown {
  assert(!("refused" in child), "a direct call is declined by its outcome");
  return outcomeToGuest(type, child.outcome);
}
