import type { PreparedComponent } from "../../host/component/component.ts";
import { builtGuest } from "./built-guest.ts";

/** The guest that tries what a host offers. */
export function probe(): Promise<PreparedComponent> {
  return builtGuest("probe");
}

export const probeInterface = "test:probe/probe";
