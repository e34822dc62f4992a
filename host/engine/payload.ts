import type { Outcome } from "../core/event.ts";
import type { ExecutionFold } from "../core/fold.ts";
import { type Json, jsonBytes } from "../core/json.ts";
import type { ShardLimits } from "./limits.ts";

/** Why a value must not go into the journal; undefined when it may. `bytesMax` bounds its JSON in UTF-8. */
export function payloadProblem(what: string, value: unknown, bytesMax: number): string | undefined {
  const stopAt = bytesMax * 4;
  const bytes = jsonBytes(value, stopAt);
  if (bytes <= bytesMax) return undefined;
  const found = bytes < stopAt ? size(bytes) : `more than ${size(stopAt)}`;
  return `${what}: ${found} of JSON, and at most ${size(bytesMax)} is allowed (--payload-bytes-max)`;
}

/** The outcome as it may be recorded: a result that is too large becomes a failure. */
export function admissible(outcome: Outcome, bytesMax: number): Outcome {
  return tooLarge("the result", outcome, bytesMax) ?? outcome;
}

/** How a workflow ends that asks for too large a value; undefined when it is not. */
export function tooLarge(what: string, value: Json, bytesMax: number): Outcome | undefined {
  const reason = payloadProblem(what, value, bytesMax);
  return reason === undefined ? undefined : { failure: "uncategorized", reason, limit: "payload-bytes-max" };
}

/** Why a signal that nobody has asked for can't be kept. */
export function noRoom(
  { signals, signalCharacters }: ExecutionFold,
  value: Json,
  { signalsMax, signalCharactersMax }: ShardLimits,
): "too-many" | "too-much" | undefined {
  if (signals.length >= signalsMax) return "too-many";
  return signalCharacters + JSON.stringify(value).length > signalCharactersMax ? "too-much" : undefined;
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
