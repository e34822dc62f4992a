import type { Difference } from "../core/event.ts";
import type { Json } from "../core/json.ts";

export type InterruptReason =
  /** The guest waits for something that will take a while; its history brings it back. */
  | { readonly kind: "suspended" }
  /** The shard stops. */
  | { readonly kind: "stopped" }
  /** The guest asked to begin anew. */
  | { readonly kind: "continued"; readonly params: readonly Json[] }
  /** A replay without a host has come to the end of what was recorded. */
  | { readonly kind: "history-ends" }
  | ({ readonly kind: "diverged" } & Difference)
  /** The guest asked for something that the host can't do: it fails as a trap would. */
  | { readonly kind: "trapped"; readonly message: string; readonly limit?: "polls-max" | "payload-bytes-max" };

/** Unwinds a guest. Not an error: it is thrown into a host call and caught at the run's edge. */
export class Interrupt extends Error {
  override readonly name = "Interrupt";
  readonly reason: InterruptReason;

  constructor(reason: InterruptReason) {
    super(reason.kind === "trapped" ? reason.message : reason.kind);
    this.reason = reason;
  }
}
