import { z } from "zod";
import type { Digest } from "../core/ids.ts";

/** What values of a manifest or of an operator's file look like, and what they are read as. */

export const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, "wants a letter, then letters, digits, _ and -");

export const digest = z.custom<Digest>(
  (value) => typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value),
  "wants sha256: and 64 hexadecimal digits",
);

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "wants the name of a variable: letters, digits and _");

/** A path of the guest's: absolute, and plainly written. */
export const guestPath = z
  .string()
  .regex(/^(?:\/[^/\0]+)+$/, "wants an absolute path, without / at its end")
  .refine((path) => !path.split("/").some((part) => part === "." || part === ".."), "wants a path without . and ..");

export const hostPath = z
  .string()
  .min(1, "wants a path")
  .refine((path) => !path.includes("\0"), "wants a path");

export const count = z.number().int().positive("wants a whole number from 1");

const unitMs = { milliseconds: 1, seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;
const tenYearsMs = 3_650 * unitMs.days;

/** `{ seconds = 1.5 }`, read as milliseconds. */
export const duration = measure(unitMs).refine(
  (ms) => ms >= 1 && ms <= tenYearsMs,
  "wants a millisecond at least, and ten years at most",
);

const unitBytes = { bytes: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 } as const;

/** `{ mib = 64 }`, read as bytes. */
export const size = measure(unitBytes).refine(
  (bytes) => bytes >= 1 && Number.isSafeInteger(bytes),
  "wants a byte at least, and less than eight million gib",
);

/** A table with one key, which is a unit: read as a whole number of the smallest. */
function measure(units: Readonly<Record<string, number>>) {
  const names = Object.keys(units);
  return z
    .strictObject(Object.fromEntries(names.map((unit) => [unit, z.number().positive().exactOptional()])))
    .refine((given) => Object.keys(given).length === 1, `wants one of ${names.join(", ")}`)
    .transform((given) => {
      const amounts = Object.entries(given).map(([unit, amount]) => (amount ?? 0) * (units[unit] ?? 0));
      return Math.round(amounts.reduce((sum, amount) => sum + amount, 0));
    });
}
