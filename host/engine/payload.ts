import type { Outcome } from "../core/event.ts";

/** Why a value must not go into the journal; undefined when it may. `bytesMax` bounds its JSON in UTF-8. */
export function payloadProblem(what: string, value: unknown, bytesMax: number): string | undefined {
  const text = JSON.stringify(value);
  // A character is at most three bytes in UTF-8, so most payloads need no exact count.
  if (text.length * 3 <= bytesMax) return undefined;
  const bytes = Buffer.byteLength(text);
  if (bytes <= bytesMax) return undefined;
  return `the ${what} is ${size(bytes)} of JSON; at most ${size(bytesMax)} is allowed (--payload-bytes-max)`;
}

/** The outcome as it may be recorded: a result that is too large becomes a failure. */
export function admissible(outcome: Outcome, bytesMax: number): Outcome {
  const reason = payloadProblem("result", outcome, bytesMax);
  return reason === undefined ? outcome : { failure: "uncategorized", reason, limit: "payload-bytes-max" };
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
