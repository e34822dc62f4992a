import type { ComponentType } from "../core/wit/type.ts";

/** A component that has been read, checked and compiled; cached per digest. */
export interface LoadedComponent {
  readonly type: ComponentType;
  /** A fresh instance with its own memory. Throws GuestTrap when the guest's start code traps. */
  instantiate(imports: HostImports, limits: GuestLimits, world?: GuestWorld): Guest;
}

/** What a guest shares with others. */
export interface GuestWorld {
  readonly turn?: Turn;
  readonly memory?: MemoryAccount;
}

/** Counts what guests use of memory together. */
export interface MemoryAccount {
  /** Counts so many bytes more; false when they may not be used. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

/** Asked again and again while a guest computes, every few milliseconds: what it throws ends the guest, and a promise
 *  that it gives, which it may do when `canWait`, is waited for before the guest goes on. */
export type Turn = (canWait: boolean) => Promise<void> | undefined;

/** What the host offers, by interface name as the component imports it, version included. Within an
 *  interface: functions by camelCase name and resources as classes by PascalCase name, values as jco
 *  maps them: u64/s64 bigint, records camelCase objects, variants `{ tag, val }`, enums strings, option
 *  value or undefined (a nested one `{ tag: 'some' | 'none', val }`), list<u8> Uint8Array. A function
 *  that returns a promise suspends the guest. One whose type is a result returns ok's payload; it throws
 *  err's payload either bare (not an Error) or as an Error's own property `payload`. Any other Error
 *  unwinds the guest and comes out of `call`, the same object. */
export type HostImports = (interfaceName: string) => HostInterface | undefined;
export type HostInterface = Readonly<Record<string, unknown>>;

export interface GuestLimits {
  /** Of all memories of the component together, in bytes; growing beyond it fails inside the guest. */
  readonly memoryBytesMax: number;
  /** Function entries, loop turns, 256 instructions in between, what bulk instructions move; the guest traps when it is used up. */
  readonly fuel: number;
  /** Of all tables of the component together; growing beyond it fails inside the guest. A million when absent. */
  readonly tableEntriesMax?: number;
}

export interface Guest {
  /** Calls an exported function. A result type comes back as `{ tag: 'ok' | 'err', val }`.
   *  Rejects with GuestTrap, OutOfFuel, or the Error that a host function threw; after any of
   *  these the instance answers no further call. */
  call(interfaceName: string, functionName: string, args: readonly unknown[]): Promise<unknown>;
  /** Fuel used since instantiation. */
  fuelUsed(): number;
  /** Gives back what it has taken of memory: it gets no more of it. */
  release(): void;
}

export class GuestTrap extends Error {
  override readonly name: string = "GuestTrap";
}

export class OutOfFuel extends GuestTrap {
  override readonly name = "OutOfFuel";
}
