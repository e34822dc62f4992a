import type { ComponentType } from "../core/wit/type.ts";
import type { LoadedComponent } from "../ports/components.ts";
import { resolveComponent } from "./plan/resolve-component.ts";
import type { PreparedComponent } from "./prepare/prepare-component.ts";
import { ComponentGuest } from "./run/component-guest.ts";
import { SpareMemories } from "./run/spare-memories.ts";

export {
  digestOf,
  type PreparedComponent,
  type PrepareOptions,
  prepareComponent,
} from "./prepare/prepare-component.ts";

/** Of this thread. */
const spares = new SpareMemories();

/** A prepared component, in the thread that will run it. */
export function loadComponent(prepared: PreparedComponent): LoadedComponent {
  return {
    type: prepared.plan.type,
    instantiate: (imports, limits, world = {}) => new ComponentGuest(prepared, imports, limits, world, spares),
  };
}

/** What a component imports and exports, without compiling it. Throws HostError `component-invalid` or `component-refused`. */
export function readComponentType(bytes: Uint8Array): ComponentType {
  return resolveComponent(bytes).plan.type;
}
