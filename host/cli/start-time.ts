import { InvalidArgumentError } from "commander";

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const fromNow = /^\+(\d{1,9})([smhd])$/;
const inIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** A time in ISO 8601 with its zone, or `+90s`, `+5m`, `+2h`, `+1d` from now: in milliseconds since the Unix epoch. */
export function parseTime(text: string): number {
  const [, amount, unit = ""] = fromNow.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs !== undefined) return Date.now() + Number(amount) * unitMs;
  const at = inIso.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new InvalidArgumentError("a time is wanted: 2030-01-31T09:00:00Z, or +90s, +5m, +2h, +1d from now");
}
