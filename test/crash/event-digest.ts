import { createHash } from "node:crypto";
import type { Event } from "../../host/core/event.ts";

/** Tells events apart, whatever the order of their fields. */
export function eventDigest(event: Event): string {
  const fields = Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex").slice(0, 16);
}
