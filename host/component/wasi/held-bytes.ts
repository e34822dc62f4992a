import { GuestTrap } from "../../ports/components.ts";

/** What one attempt has the host hold for it: fields, and bodies that wait for the network or for the guest. */
const heldMax = 64 * 1024 * 1024;

export class HeldBytes {
  #held = 0;

  /** Throws GuestTrap. */
  add(bytes: number): void {
    if (this.#held + bytes > heldMax) throw new GuestTrap(`the host holds ${this.#held} bytes for this guest already`);
    this.#held += bytes;
  }

  remove(bytes: number): void {
    this.#held -= bytes;
  }
}
