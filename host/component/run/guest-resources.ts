import { assert } from "../../core/assert.ts";
import type { ResourceType } from "../../core/wit/type.ts";
import { type ComponentInstance, GuestResource, type Resources } from "../abi/component-instance.ts";
import { Misfit } from "../abi/misfit.ts";
import type { ResourcePlan } from "../plan/plan.ts";

/** What the instance in the making can say of its parts. */
interface Parts {
  classOf(interfaceName: string, resourceName: string): (abstract new (...args: never[]) => unknown) | undefined;
  instanceAt(index: number): ComponentInstance;
  /** Calls a guest's destructor. */
  destroy(plan: Extract<ResourcePlan, { kind: "guest" }>, rep: number): void;
}

/** The resources of one instance: the host's are its own objects, a guest's are numbers. */
export class GuestResources implements Resources {
  readonly #plans: ReadonlyMap<ResourceType, ResourcePlan>;
  readonly #parts: Parts;

  constructor(plans: ReadonlyMap<ResourceType, ResourcePlan>, parts: Parts) {
    this.#plans = plans;
    this.#parts = parts;
  }

  toHost(resource: ResourceType, rep: unknown, own: boolean): unknown {
    if (this.#plan(resource).kind === "host") return rep;
    return new GuestResource(resource, rep as number, own, (dropped) => this.drop(resource, dropped));
  }

  fromHost(resource: ResourceType, value: unknown, own: boolean): unknown {
    const plan = this.#plan(resource);
    if (plan.kind === "guest") {
      const rep = value instanceof GuestResource ? (own ? value.take(resource) : value.repOf(resource)) : undefined;
      if (rep === undefined) throw new Misfit(value, `the guest's own resource ${resource.name}, not yet given away,`);
      return rep;
    }
    const Class = this.#parts.classOf(plan.interfaceName, plan.resourceName);
    const fits = Class === undefined ? typeof value === "object" && value !== null : value instanceof Class;
    if (!fits) throw new Misfit(value, `a ${resource.name} of ${plan.interfaceName}`);
    return value;
  }

  definer(resource: ResourceType): ComponentInstance | undefined {
    const plan = this.#plan(resource);
    return plan.kind === "guest" ? this.#parts.instanceAt(plan.instance) : undefined;
  }

  /** Synchronous on purpose: a handle may be dropped where nothing can wait. */
  drop(resource: ResourceType, rep: unknown): void {
    const plan = this.#plan(resource);
    if (plan.kind === "guest") this.#parts.destroy(plan, rep as number);
    else (rep as Partial<Disposable>)[Symbol.dispose]?.();
  }

  #plan(resource: ResourceType): ResourcePlan {
    const plan = this.#plans.get(resource);
    assert(plan !== undefined, `the resource ${resource.name} is planned where it comes up`);
    return plan;
  }
}
