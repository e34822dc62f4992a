import { HostError } from "../core/host-error.ts";

export function corrupt(message: string, cause?: unknown): HostError {
  return new HostError("journal-corrupt", message, {
    hint: "run `stele check` to see what is damaged; other executions stay readable",
    ...(cause !== undefined && { cause }),
  });
}
