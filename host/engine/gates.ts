import type { FunctionName, Millis } from "../core/ids.ts";
import type { Catalogue } from "./catalogue.ts";
import { Gate, type GateLimits, type Shut } from "./gate.ts";

/** What counts a function's attempts, and may shut them out. */
export class GatePair {
  readonly component: Gate;
  readonly function: Gate;

  constructor(component: Gate, own: Gate) {
    this.component = component;
    this.function = own;
  }

  /** The wider gate first. */
  shut(now: Millis): ({ readonly for: "component" | "function" } & Shut) | undefined {
    for (const one of ["component", "function"] as const) {
      const shut = this[one].shut(now);
      if (shut !== undefined) return { for: one, ...shut };
    }
    return undefined;
  }

  enter(): void {
    this.component.enter();
    this.function.enter();
  }

  begin(now: Millis): void {
    this.component.begin(now);
    this.function.begin(now);
  }

  leave(): void {
    this.component.leave();
    this.function.leave();
  }
}

/** The gates of all functions and components: what they have counted outlasts a deployment. */
export class Gates {
  readonly #catalogue: Catalogue;
  readonly #components = new Map<string, Gate>();
  readonly #functions = new Map<FunctionName, Gate>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** As the deployment has it now. */
  of(name: FunctionName): GatePair {
    const component = this.#catalogue.find(name)?.component.name ?? "";
    return new GatePair(
      gateOf(this.#components, component, () => this.#catalogue.component(component) ?? {}),
      gateOf(this.#functions, name, () => this.#catalogue.policy(name)),
    );
  }
}

function gateOf<Name>(gates: Map<Name, Gate>, name: Name, limits: () => GateLimits): Gate {
  const known = gates.get(name);
  if (known !== undefined) return known;
  const gate = new Gate(limits);
  gates.set(name, gate);
  return gate;
}
