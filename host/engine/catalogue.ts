import { assert } from "../core/assert.ts";
import {
  type ComponentKind,
  type DeployedComponent,
  type Deployment,
  defaultLimitsOf,
  type Policy,
  policyOf,
} from "../core/deployment.ts";
import type { RunLimits } from "../core/event.ts";
import type { ExecutionFold } from "../core/fold.ts";
import type { Digest, FunctionName } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import { decodeParams } from "../core/wit/signature.ts";
import type { ComponentType, FunctionType, WitType } from "../core/wit/type.ts";
import { callableInterfaces } from "../core/world.ts";
import type { Sandbox } from "../ports/activities.ts";
import type { LoadedComponent } from "../ports/components.ts";
import type { RunsOn } from "./unit.ts";
import type { WorkflowWasi } from "./workflow-calls.ts";
import { WorkflowImports } from "./workflow-imports.ts";
import { WorkflowProgram } from "./workflow-program.ts";

/** Where components come from: those of the active deployment and those that older executions belong to. */
export interface ComponentSource {
  load(digest: Digest): Promise<LoadedComponent>;
  kind(digest: Digest): ComponentKind;
}

export interface DeployedFunction {
  readonly component: DeployedComponent;
  readonly type: FunctionType;
  /** What a workflow that begins with it may use. */
  readonly limits: RunLimits;
}

/** For an activity whose function has left the deployment: it may finish what it began, and reach nothing. */
const sandboxOfTheRemoved: Sandbox = {
  env: [],
  dirs: [],
  scratch: undefined,
  stdin: "",
  stdout: "db",
  stderr: "db",
  allowedHosts: [],
  operatorHosts: undefined,
  secrets: [],
  limits: defaultLimitsOf("activity"),
  program: undefined,
};

/** The functions that can be called, and the programs that run them. */
export class Catalogue {
  readonly #source: ComponentSource;
  readonly #wasi: WorkflowWasi;
  /** By component. */
  #sandboxes: ReadonlyMap<string, Sandbox> = new Map();
  #components: ReadonlyMap<string, DeployedComponent> = new Map();
  readonly #functions = new Map<FunctionName, DeployedFunction>();
  readonly #programs = new Map<string, WorkflowProgram>();
  readonly #imports = new Map<Digest, WorkflowImports>();

  constructor(source: ComponentSource, wasi: WorkflowWasi) {
    this.#source = source;
    this.#wasi = wasi;
  }

  /** Replaces what can be called from now on. */
  deploy(
    deployment: Deployment,
    types: ReadonlyMap<Digest, ComponentType>,
    sandboxes: ReadonlyMap<string, Sandbox>,
  ): void {
    this.#functions.clear();
    this.#sandboxes = sandboxes;
    this.#components = new Map(deployment.components.map((component) => [component.name, component]));
    for (const component of deployment.components) {
      const type = types.get(component.digest);
      assert(type !== undefined, `the type of ${component.name} is missing`);
      // A host that runs nothing has no sandboxes.
      const limits = sandboxes.get(component.name)?.limits ?? {
        ...defaultLimitsOf(component.kind),
        ...component.limits,
      };
      for (const { name: interfaceName, functions } of callableInterfaces(type)) {
        for (const [name, functionType] of functions) {
          this.#functions.set(`${interfaceName}.${name}` as FunctionName, { component, type: functionType, limits });
        }
      }
    }
  }

  find(name: FunctionName): DeployedFunction | undefined {
    return this.#functions.get(name);
  }

  /** By the name that the deployment's manifest gives it. */
  component(name: string): DeployedComponent | undefined {
    return this.#components.get(name);
  }

  names(): readonly FunctionName[] {
    return [...this.#functions.keys()];
  }

  kind(component: Digest): ComponentKind {
    return this.#source.kind(component);
  }

  /** What a workflow that begins anew belongs to: the active deployment's component, if the parameters fit it. */
  runsOn({ function: name, component, limits }: ExecutionFold, params: readonly Json[]): RunsOn {
    const target = this.#functions.get(name);
    const fits = target?.component.kind === "workflow" && decodeParams(target.type, params).ok;
    return fits ? { component: target.component.digest, limits: target.limits } : { component, limits };
  }

  load(component: Digest): Promise<LoadedComponent> {
    return this.#source.load(component);
  }

  policy(name: FunctionName): Policy {
    return policyOf(this.#functions.get(name)?.component, name);
  }

  sandbox(name: FunctionName): Sandbox {
    const component = this.#functions.get(name)?.component;
    return (component && this.#sandboxes.get(component.name)) ?? sandboxOfTheRemoved;
  }

  resultType(name: FunctionName): WitType | undefined {
    return this.#functions.get(name)?.type.result;
  }

  /** The program of a workflow function as the component of this digest has it; a promise only the first time. */
  program(component: Digest, name: FunctionName): WorkflowProgram | Promise<WorkflowProgram> {
    const key = `${component} ${name}`;
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    return this.#source.load(component).then((loaded) => {
      let imports = this.#imports.get(component);
      if (imports === undefined) {
        imports = new WorkflowImports(loaded.type, this.#wasi);
        this.#imports.set(component, imports);
      }
      const program = new WorkflowProgram(loaded, imports, name);
      this.#programs.set(key, program);
      return program;
    });
  }
}
