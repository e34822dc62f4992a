import type { CanonMemory } from "./canon-memory.ts";
import type { CoreType } from "./layout.ts";

export type CoreValue = number | bigint;

/** Core values, each at a place that is known when the closures are made. */
export type Flat = CoreValue[];

export type LiftFlat = (memory: CanonMemory, flat: readonly CoreValue[]) => unknown;
export type LowerFlat = (memory: CanonMemory, value: unknown, flat: Flat) => void;

/** One type between core WebAssembly and JavaScript, in the mapping that ports/components.ts describes (CanonicalABI.md,
 *  "Loading", "Storing", "Lifting", "Lowering"). What the guest gives and is no value throws GuestTrap, what
 *  the host gives Misfit. `at` is an address that has been checked, or a place among core values. */
export interface ValueAbi {
  load(memory: CanonMemory, at: number): unknown;
  store(memory: CanonMemory, value: unknown, at: number): void;
  /** `slots` are the core types of all places: a variant shares its places among cases of other types. */
  liftFlat(slots: readonly CoreType[], at: number): LiftFlat;
  lowerFlat(slots: readonly CoreType[], at: number): LowerFlat;
}
