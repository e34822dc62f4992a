import type { GuestMemory } from "./memory.ts";

export type CoreValue = number | bigint;

/** Core values as they are taken off, one after the other. */
export interface Flat {
  readonly values: readonly CoreValue[];
  at: number;
}

/** One type between core WebAssembly and JavaScript, in jco's mapping (see ports/components.ts), after the
 *  component model's CanonicalABI.md. A value from the guest that is none throws GuestTrap, one from the host BadHostValue. */
export interface Abi {
  /** From memory; `pointer` is aligned and within bounds. */
  load(memory: GuestMemory, pointer: number): unknown;
  store(memory: GuestMemory, pointer: number, value: unknown): void;
  /** From core values. */
  lift(memory: GuestMemory, flat: Flat): unknown;
  lower(memory: GuestMemory, value: unknown, flat: CoreValue[]): void;
}

/** The host gave a value that does not fit the type: our mistake, not the guest's. */
export class BadHostValue extends Error {
  override readonly name = "BadHostValue";
}
