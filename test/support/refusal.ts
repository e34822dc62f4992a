import { HostError } from "../../host/core/host-error.ts";

/** The HostError that an action throws. */
export function refusal(action: () => unknown): HostError {
  try {
    action();
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
