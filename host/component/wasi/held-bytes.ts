import { GuestTrap, type MemoryAccount } from "../../ports/components.ts";

/** What one attempt has the host hold for it: fields, and bodies that wait for the network or for the guest. */
const heldMax = 64 * 1024 * 1024;

/** What is taken from the account at once. */
const unitBytes = 64 * 1024;

/** What the host holds for one attempt, taken from an account that it shares with others. */
export class HeldBytes {
  readonly #account: MemoryAccount;
  #held = 0;
  #taken = 0;
  #released = false;

  constructor(account: MemoryAccount) {
    this.#account = account;
  }

  /** Throws GuestTrap. */
  add(bytes: number): void {
    if (this.#released) return;
    if (this.#held + bytes > heldMax) throw new GuestTrap(`the host holds ${this.#held} bytes for this guest already`);
    const more = unitsFor(this.#held + bytes) - this.#taken;
    if (more > 0 && !this.#account.take(more)) {
      throw new GuestTrap(`the host can't hold ${bytes} bytes more for this guest: it holds too much for all of them`);
    }
    this.#taken += Math.max(more, 0);
    this.#held += bytes;
  }

  remove(bytes: number): void {
    if (this.#released) return;
    this.#held -= bytes;
    const less = this.#taken - unitsFor(this.#held);
    this.#taken -= less;
    if (less > 0) this.#account.giveBack(less);
  }

  /** The attempt is over, and all that was held for it is let go of. */
  release(): void {
    this.remove(this.#held);
    this.#released = true;
  }
}

function unitsFor(bytes: number): number {
  return Math.ceil(bytes / unitBytes) * unitBytes;
}
